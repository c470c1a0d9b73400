"""The trainer's model in PyTorch, at its strongest in eager mode: fused q, k, v and gate, up; PyTorch's own attention,
RMS norm and fused AdamW.

    step_peer.py ARTIFACT SEGMENTS SEGMENT_TOKENS STEPS THREADS

The row and the optimiser are training_bench's. Prints {"seconds", "cpu_seconds", "count": tokens, "losses"}.
"""

import json
import pathlib
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

RATE = 1e-4
STEPS_BEFORE = 3


class Llama(torch.nn.Module):
    def __init__(self, config, weights):
        super().__init__()
        self.heads, self.kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
        self.head = config["hidden_size"] // self.heads
        self.epsilon = config["rms_norm_eps"]
        self.embedding = torch.nn.Parameter(weights["model.embed_tokens.weight"])
        self.norm = torch.nn.Parameter(weights["model.norm.weight"])
        self.layers = torch.nn.ModuleList()
        for i in range(config["num_hidden_layers"]):
            def of(name, i=i):
                return weights[f"model.layers.{i}.{name}.weight"]

            layer = torch.nn.ParameterDict({
                "attention_norm": of("input_layernorm"),
                "qkv": torch.cat([of(f"self_attn.{part}_proj") for part in "qkv"]),
                "o": of("self_attn.o_proj"), "mlp_norm": of("post_attention_layernorm"),
                "gate_up": torch.cat([of("mlp.gate_proj"), of("mlp.up_proj")]), "down": of("mlp.down_proj")})
            self.layers.append(layer)
        self.theta = config["rope_theta"]

    def rotary(self, length):
        frequency = self.theta ** -(torch.arange(0, self.head, 2, dtype=torch.float32) / self.head)
        angle = torch.outer(torch.arange(length, dtype=torch.float32), frequency).repeat(1, 2)  # T,D
        return angle.cos(), angle.sin()

    @staticmethod
    def rotate(x, rotary):
        cosine, sine = rotary
        a, b = x.chunk(2, -1)
        return x * cosine + torch.cat((-b, a), -1) * sine

    def forward(self, tokens, rotary):
        batch, length = tokens.shape
        x = F.embedding(tokens, self.embedding)  # B,T,C
        width = x.shape[-1]
        for layer in self.layers:
            y = F.rms_norm(x, (width,), layer["attention_norm"], self.epsilon)
            q, k, v = F.linear(y, layer["qkv"]).view(batch, length, -1, self.head).transpose(1, 2).split(
                [self.heads, self.kv_heads, self.kv_heads], 1)
            y = F.scaled_dot_product_attention(self.rotate(q, rotary), self.rotate(k, rotary), v, is_causal=True,
                                               enable_gqa=self.heads != self.kv_heads)
            x = x + F.linear(y.transpose(1, 2).reshape(batch, length, width), layer["o"])
            y = F.rms_norm(x, (width,), layer["mlp_norm"], self.epsilon)
            gate, up = F.linear(y, layer["gate_up"]).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer["down"])
        return F.linear(F.rms_norm(x, (width,), self.norm, self.epsilon), self.embedding)


def main():
    artifact = pathlib.Path(sys.argv[1])
    segments, length, steps, threads = map(int, sys.argv[2:])
    torch.set_num_threads(threads)
    config = json.loads((artifact / "config.json").read_text())
    model = Llama(config, load_file(artifact / "model.safetensors"))
    vocabulary = config["vocab_size"]
    ids = [1 + 7919 * (i + 1) % (vocabulary - 1) for i in range(segments * length)]
    tokens = torch.tensor(ids).view(segments, length)
    inputs, targets = tokens, tokens[:, 1:].reshape(-1)
    matrices = [p for p in model.parameters() if p.dim() > 1]
    norms = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 1.0}, {"params": norms, "weight_decay": 0.0}],
                                  lr=RATE, betas=(0.9, 0.95), eps=1e-8, fused=True)
    rotary = model.rotary(length)
    losses = []

    def run(count):
        for _ in range(count):
            optimizer.zero_grad(set_to_none=True)
            logits = model(inputs, rotary)[:, :-1].reshape(-1, vocabulary)
            loss = F.cross_entropy(logits, targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
            optimizer.step()
            losses.append(loss.item())

    run(STEPS_BEFORE)
    wall, cpu = time.perf_counter(), time.process_time()
    run(steps)
    print(json.dumps({"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu,
                      "count": steps * segments * length, "losses": losses}))


main()
