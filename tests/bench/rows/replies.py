"""Greedy replies against transformers, and the tokenizer against the library `tokenizers`."""

import json

from harness import read_jsonl
from measure import by_time, cpu_of, from_json, in_turn, run_google_benchmark, run_json


class Decoding:
    ROWS = {"decoding": "greedy replies, one at a time, through the plugin's child process; the same texts"}

    @staticmethod
    def measure(bench):
        bench.environment.need()
        prompts = bench.folder / "prompts.json"
        rows = read_jsonl(bench.some_chats("prompt-chats", bench.size(20, 3)))
        prompts.write_text(json.dumps([row["instruction"] for row in rows], ensure_ascii=False), encoding="utf-8")
        request = (bench.model(), prompts, bench.size(64, 8), bench.threads)

        def sample(report):
            return from_json(report, report.pop("texts"))

        samples = in_turn(
            lambda: sample(run_json(bench.program("decode_bench"), bench.plugin("torch"), *request,
                                    environment={"AMOOZ_PLUGIN_HOST": str(bench.plugin_host())})),
            lambda: sample(run_json(*bench.environment.python("decode_peer.py", *request),
                                    environment=bench.environment.variables)),
            bench.pairs)
        return [by_time("decoding", "greedy decoding, batch 1", "tok", samples, 2)]


class Tokenizing:
    ROWS = {"tokenizer": "texts to token ids, one thread; the same ids"}

    @staticmethod
    def measure(bench):
        bench.environment.need()

        def peer():
            report = run_json(*bench.environment.python("tokenizer_peer.py", bench.model(), bench.chats(), bench.size(3, 1)),
                              environment={**bench.environment.variables, "TOKENIZERS_PARALLELISM": "false"})
            return from_json(report, report["proof"])

        samples = in_turn(
            lambda: run_google_benchmark(bench.program("tokenizer_bench"), bench.model(), bench.chats(),
                                         seconds=bench.size(1, 0.01)), peer, bench.pairs)
        return [by_time("tokenizer", "tokenizer, one thread", "texts", samples, 1, per=cpu_of)]


WORKS = [Decoding, Tokenizing]
