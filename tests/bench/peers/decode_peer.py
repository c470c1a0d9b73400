"""Greedy replies by transformers: decode_peer.py ARTIFACT PROMPTS.json MAX_TOKENS THREADS

PROMPTS.json is an array of instructions. Prompts are token ids before the clock starts; a first pass is not counted.
Prints {"seconds", "cpu_seconds", "count": tokens, "texts"}.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main():
    torch.set_num_threads(int(sys.argv[4]))
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
    model = AutoModelForCausalLM.from_pretrained(sys.argv[1], attn_implementation="sdpa").eval()
    with open(sys.argv[2], encoding="utf-8") as file:
        prompts = json.load(file)
    inputs = [tokenizer.apply_chat_template([{"role": "user", "content": prompt}], add_generation_prompt=True,
                                            return_tensors="pt") for prompt in prompts]
    masks = [torch.ones_like(ids) for ids in inputs]
    options = {"do_sample": False, "use_cache": True, "max_new_tokens": int(sys.argv[3]), "repetition_penalty": 1.0,
               "no_repeat_ngram_size": 0, "temperature": None, "top_p": None, "top_k": None}
    with torch.inference_mode():
        for _ in range(2):
            wall, cpu = time.perf_counter(), time.process_time()
            replies = [model.generate(ids, attention_mask=mask, **options)[0, ids.shape[1]:].tolist()
                       for ids, mask in zip(inputs, masks)]
            seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    replies = [ids[:-1] if ids and ids[-1] == tokenizer.eos_token_id else ids for ids in replies]
    texts = [tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False) for ids in replies]
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "count": sum(map(len, replies)),
                      "texts": [text[1:] if text.startswith(" ") else text for text in texts]}))


main()
