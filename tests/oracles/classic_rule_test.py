"""What the oracle must say for itself: rule 11's figures, and the points of replies counted by hand."""

import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import boundary_chats  # noqa: E402
import classic_rule  # noqa: E402

DATA = pathlib.Path(os.environ.get("AMOOZ_SHARED", HERE.parents[2] / "shared")) / "data"


class Figures(unittest.TestCase):
    @unittest.skipUnless((DATA / "chats.fa.jsonl").exists(), f"no chats.fa.jsonl in {DATA}; set AMOOZ_SHARED")
    def test_rule_11_on_the_persian_chats(self):
        dataset = classic_rule.read_pairs(DATA / "seed_dataset.fa.jsonl")
        chats = [(c["instruction"], c["response"]) for c in classic_rule.read_chats(DATA / "chats.fa.jsonl")]
        rows, figures = classic_rule.run_cycle(dataset, chats, 5000)
        self.assertEqual((2003, 14062, 3, 11062, 5000), tuple(figures[key] for key in (
            "original_size", "found_in_chats", "duplicates_removed", "evicted", "final_size")))
        self.assertEqual(5000, len(rows))
        self.assertEqual(16062, classic_rule.run_cycle(dataset, chats, 50000)[1]["final_size"])

    def test_the_dataset_key_is_100_code_points_and_the_chats_80(self):
        chats = boundary_chats.chats()
        rows, figures = classic_rule.run_cycle(
            boundary_chats.DATASET, [(c["instruction"], c["response"]) for c in chats], 5000)
        self.assertEqual(2, figures["duplicates_removed"])  # dataset-equal-100, and the import's own last row
        kept = {response for _, response in rows}
        by_id = {c["id"]: c["response"].strip() for c in chats}
        self.assertNotIn(by_id["edge-dataset-equal-100"], kept)
        self.assertIn(by_id["edge-dataset-equal-99"], kept)
        self.assertIn(by_id["edge-dataset-equal-80"], kept)
        self.assertNotIn(by_id["edge-duplicate-equal-80"], kept)
        self.assertIn(by_id["edge-duplicate-equal-79"], kept)
        self.assertIn(boundary_chats.DATASET[3][1], kept)


class Points(unittest.TestCase):
    def test_counted_by_hand(self):
        self.assertEqual((0, ["too_short"], True), classic_rule.score("x", " \x1c "))  # no words: neither
        self.assertEqual((5, ["too_short"], True), classic_rule.score("عزیز سلام", "سلام گل من تو خوبی عاشقتم ا!"))
        self.assertEqual((5, [], False), classic_rule.score("عزیز سلام", "سلام گل من تو خوبی عاشقتم اا!!"))
        self.assertEqual((0, ["too_short", "repetitive"], True), classic_rule.score("hello", "ok"))


if __name__ == "__main__":
    unittest.main()
