"""Classic mode equals an independent Python reimplementation, row for row (docs/rules.md 8 to 12)."""

import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import ROOT, SHARED, Workbench, fixture_options, needs_shared_data, read_jsonl  # noqa: E402

ORACLES = ROOT / "tests" / "oracles"
CLASSIC = ["--set", "scoring.scorers=[{plugin: heuristic_scorer, config: {mode: classic}}]",
           "--set", "variation.max_per_cycle=0", "--set", "cycle.eviction=newest_first"]
# Rule 11's figures for a cap of 5,000.
RULE_11 = {"original_size": 2003, "found_in_chats": 14062, "added_variations": 0, "duplicates_removed": 3,
           "evicted": 11062, "final_size": 5000}


def pairs(rows):
    return [(row["instruction"], row["response"]) for row in rows]


class ClassicEquality(unittest.TestCase):
    def compare(self, dataset, chats, cap):
        """Runs both on the same files; returns (summary of ours, decisions are compared by rows and order)."""
        with Workbench() as bench:
            expected = bench.folder / "expected.jsonl"
            subprocess.run([sys.executable, ORACLES / "classic_rule.py", "--seed-dataset", dataset, "--chats", chats,
                            "--cap", str(cap), "--out", expected], check=True, capture_output=True)
            server = bench.amoozd(*CLASSIC, *fixture_options(), "--set", f"cycle.max_dataset_size={cap}")
            server.amooz("dataset", "import", dataset)
            server.amooz("chats", "import", chats)
            summary = server.cycle("--no-train")["summary"]
            ours, theirs = pairs(server.export()), pairs(read_jsonl(expected))
            self.assertEqual(len(theirs), len(ours))
            for i, (a, b) in enumerate(zip(theirs, ours)):
                self.assertEqual(a, b, f"row {i} differs")
            return summary

    @needs_shared_data
    def test_rule_11_all_persian_chats_at_a_cap_of_5000(self):
        summary = self.compare(SHARED / "data/seed_dataset.fa.jsonl", SHARED / "data/chats.fa.jsonl", 5000)
        self.assertEqual(RULE_11, {key: summary[key] for key in RULE_11})

    @needs_shared_data
    def test_all_persian_chats_at_a_cap_of_50000(self):
        summary = self.compare(SHARED / "data/seed_dataset.fa.jsonl", SHARED / "data/chats.fa.jsonl", 50000)
        self.assertEqual(0, summary["evicted"])

    def test_boundary_chats(self):
        with Workbench() as bench:
            chats = bench.folder / "boundary.jsonl"
            dataset = bench.folder / "seed.jsonl"  # its rows exercise the 100 code points of the dataset key
            subprocess.run([sys.executable, ORACLES / "boundary_chats.py", "--out", chats, "--dataset-out", dataset],
                           check=True)
            self.assertEqual(200, len(read_jsonl(chats)))
            summary = self.compare(dataset, chats, 5000)
            self.assertGreater(summary["duplicates_removed"], 0)


if __name__ == "__main__":
    unittest.main()
