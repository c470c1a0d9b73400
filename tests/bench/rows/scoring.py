"""The heuristic scorer through its ABI against the classic rule in Python, one core each."""

import json

from measure import by_time, cpu_of, from_json, in_turn, run_google_benchmark, run_json


def ours(bench, mode):
    return run_google_benchmark(bench.program("score_bench"), bench.plugin("heuristic_scorer"), json.dumps({"mode": mode}),
                                bench.chats(), seconds=bench.size(1, 0.01))


def peer(bench):
    report = run_json(*bench.plain_python("classic_peer.py", "score", bench.chats(), bench.size(3, 1)))
    return from_json(report, report["proof"])


class Classic:
    ROWS = {"scoring-classic": "classic scoring through the ABI, one core; the same points, issues and vetoes"}

    @staticmethod
    def measure(bench):
        samples = in_turn(lambda: ours(bench, "classic"), lambda: peer(bench), bench.pairs)
        return [by_time("scoring-classic", "classic scoring", "docs", samples, 8, per=cpu_of)]


class Unicode:
    ROWS = {"scoring-unicode": "unicode scoring through the ABI, one core, against classic Python: it decides otherwise, "
                               "so only the number of documents is compared"}

    @staticmethod
    def measure(bench):
        def without_proof(sample):
            sample.proof = None
            return sample

        samples = in_turn(lambda: without_proof(ours(bench, "unicode")), lambda: without_proof(peer(bench)), bench.pairs)
        return [by_time("scoring-unicode", "unicode scoring", "docs", samples, 2, per=cpu_of)]


WORKS = [Classic, Unicode]
