"""Full fine-tuning with transformers, at its strongest on a CPU: examples grouped by length, so that little is padded.

    epoch_peer.py ARTIFACT SEQUENCES.json THREADS

SEQUENCES.json is [[tokens, first target], ...]. A step has as many tokens, padding included, as a row of our trainer, or
one example. Padding is on the right, where causal attention never looks from a real token, so no mask is needed and
PyTorch's fast attention is used. Prints {"seconds", "cpu_seconds", "count": useful tokens, "losses", "padding"}.
"""

import json
import random
import sys
import time

import torch
from transformers import AutoModelForCausalLM

ROW_TOKENS = 512  # training_config.h
RATE = 1e-4
BATCHES_BEFORE = 3
STEPS_PER_REPORT = 10


def batches_of(sequences):
    """[(ids, labels)], each of sequences of about one length."""
    batches, group = [], []
    for tokens, first in sorted(sequences, key=lambda sequence: len(sequence[0])):
        if group and (len(group) + 1) * len(tokens) > ROW_TOKENS:
            batches.append(group)
            group = []
        group.append((tokens, first))
    batches.append(group)
    tensors = []
    for group in batches:
        longest = max(len(tokens) for tokens, _ in group)
        ids = torch.zeros(len(group), longest, dtype=torch.long)
        labels = torch.full((len(group), longest), -100)
        for i, (tokens, first) in enumerate(group):
            ids[i, :len(tokens)] = torch.tensor(tokens)
            labels[i, first:len(tokens)] = ids[i, first:len(tokens)]
        tensors.append((ids, labels))
    random.Random(1).shuffle(tensors)
    return tensors


def main():
    torch.set_num_threads(int(sys.argv[3]))
    with open(sys.argv[2], encoding="utf-8") as file:
        sequences = json.load(file)
    batches = batches_of(sequences)

    def train(batches):
        model = AutoModelForCausalLM.from_pretrained(sys.argv[1], attn_implementation="sdpa").train()
        matrices = [p for p in model.parameters() if p.dim() > 1]
        norms = [p for p in model.parameters() if p.dim() == 1]
        optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 1.0}, {"params": norms, "weight_decay": 0.0}],
                                      lr=RATE, betas=(0.9, 0.95), fused=True)
        total, losses = 0.0, []
        wall, cpu = time.perf_counter(), time.process_time()
        for step, (ids, labels) in enumerate(batches, 1):
            optimizer.zero_grad(set_to_none=True)
            loss = model(input_ids=ids, labels=labels, use_cache=False).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
            optimizer.step()
            total += loss.item()
            if step % STEPS_PER_REPORT == 0 or step == len(batches):
                losses.append(total / (STEPS_PER_REPORT if step % STEPS_PER_REPORT == 0 else step % STEPS_PER_REPORT))
                total = 0.0
        return time.perf_counter() - wall, time.process_time() - cpu, losses

    train(batches[:BATCHES_BEFORE])
    seconds, cpu_seconds, losses = train(batches)
    useful = sum(len(tokens) for tokens, _ in sequences)
    run = sum(ids.numel() for ids, _ in batches)
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "count": useful, "losses": losses,
                      "padding": 1 - useful / run}))


main()
