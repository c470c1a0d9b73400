"""A reply without a word, which only a scorer called directly can meet: neither varied nor repetitive."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, Workbench  # noqa: E402

SCORER = BUILD / "lib/amooz/plugins/heuristic_scorer.so"
# Sixty marks: of a length that gives 2 points, ending as a sentence does (1), and not a word in unicode mode.
MARKS = "-" * 59 + "."


class NoWords(unittest.TestCase):
    def scores(self, mode, responses, placement):
        with Workbench() as bench:
            rows = bench.write_rows("rows.jsonl", [{"instruction": "Hello?", "response": text} for text in responses])
            run = bench.tool("score", SCORER, "--in", rows, "--config", json.dumps({"mode": mode}), "--json",
                             "--placement", placement)
            return [json.loads(line) for line in run.stdout.splitlines()]

    def test_it_gets_neither_the_points_of_variety_nor_the_issue_of_repetition(self):
        for placement in ("process", "in_process"):
            with self.subTest(placement=placement):
                empty, spaces, marks = self.scores("unicode", ["", " \t ", MARKS], placement)
                for nothing in (empty, spaces):
                    self.assertEqual(("0", "7"), (nothing["points"], nothing["of"]))
                    self.assertEqual(["too_short", "no_ending", "no_shared_word"], nothing["issues"].split(","))
                    self.assertTrue(nothing["vetoed"])
                self.assertEqual("3", marks["points"], "length and ending, no more")
                self.assertNotIn("repetitive", marks["issues"])
                self.assertFalse(marks["vetoed"])

    def test_in_classic_mode_only_white_space_is_no_word(self):
        for placement in ("process", "in_process"):
            with self.subTest(placement=placement):
                empty, spaces, marks = self.scores("classic", ["", "\u001c  \u0085", MARKS], placement)
                for nothing in (empty, spaces):
                    self.assertEqual(("0", "too_short", True),
                                     (nothing["points"], nothing["issues"], nothing["vetoed"]))
                # One word, once of one: written that often, so it repeats.
                self.assertEqual(("3", "repetitive"), (marks["points"], marks["issues"]))


if __name__ == "__main__":
    unittest.main()
