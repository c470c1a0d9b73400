"""A whole cycle but for training and evaluation, against the same in Python's memory."""

import hashlib
import json

from harness import Workbench, fixture_options, read_jsonl
from measure import Sample, by_time, cpu_of, cpu_seconds_of, from_json, in_turn, run_json

CAP = 5000
# The original program's rule on both sides.
CLASSIC = ["--set", "scoring.scorers=[{plugin: heuristic_scorer, config: {mode: classic}}]",
           "--set", "variation.max_per_cycle=0", "--set", "cycle.eviction=newest_first",
           "--set", f"cycle.max_dataset_size={CAP}"]
FIGURES = ("original_size", "found_in_chats", "duplicates_removed", "evicted", "final_size")


def ours(bench):
    with Workbench() as workbench:
        server = workbench.amoozd(*CLASSIC, *fixture_options())
        server.amooz("dataset", "import", bench.dataset())
        server.amooz("chats", "import", bench.chats())
        before = cpu_seconds_of(server.pid)
        started = server.cycle("--no-train")
        cpu_seconds = cpu_seconds_of(server.pid) - before
        rows = [(row["instruction"], row["response"]) for row in server.export()]
        unread = server.amooz("chats", "list")["unread_chats"]
        digest = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
        proof = {**{key: started["summary"][key] for key in FIGURES}, "rows": digest}
        # All of it is judged by the server's CPU; its wall time holds the waiting for the disk.
        return Sample(cpu_seconds, cpu_seconds, len(read_jsonl(bench.chats())) - unread, proof)


def peer(bench):
    for name, rows in (("dataset.json", bench.dataset()), ("chats.json", bench.chats())):
        path = bench.folder / name
        if not path.exists():
            path.write_text(json.dumps(read_jsonl(rows), ensure_ascii=False), encoding="utf-8")
    out = bench.folder / "cycle-peer"
    out.mkdir(exist_ok=True)
    report = run_json(*bench.plain_python("classic_peer.py", "cycle", bench.folder / "dataset.json",
                                          bench.folder / "chats.json", CAP, out))
    return from_json(report, report["proof"])


class Cycle:
    ROWS = {"cycle": "collect to report without training and evaluation: CPU of amoozd, everything durable and each "
                     "decision kept; the same rows"}

    @staticmethod
    def measure(bench):
        samples = in_turn(lambda: ours(bench), lambda: peer(bench), bench.pairs)
        return [by_time("cycle", "collect to report (CPU)", "chats", samples, 0.5, per=cpu_of)]


WORKS = [Cycle]
