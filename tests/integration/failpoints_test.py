"""No failpoint without a test: every name in the sources is in the kill tests' lists, and none of those is made up."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import ROOT  # noqa: E402
from kill_bench import ALL_POINTS, STAGES  # noqa: E402

LITERAL = re.compile(r'AMOOZ_FAILPOINT\("([^"]+)"\)')
# Put together in core/store (store.h, guarantee 4) and core/cycle (CycleRunner::Begin).
COMPOSED = {f"{what}.{side}" for what in ("ingest", "promotion", "retention", *(f"cycle.{stage}" for stage in STAGES))
            for side in ("before_commit", "after_commit")} | {f"cycle.{stage}.begun" for stage in STAGES[1:]}


class Failpoints(unittest.TestCase):
    def test_each_is_in_the_list_of_a_test_that_awaits_it(self):
        named = set()
        for folder in ("core", "sdk", "client", "plugins"):
            for path in (ROOT / folder).rglob("*.cc"):
                if not path.name.endswith("_test.cc"):
                    named |= set(LITERAL.findall(path.read_text()))
        self.assertEqual(sorted(named | COMPOSED), sorted(ALL_POINTS))


if __name__ == "__main__":
    unittest.main()
