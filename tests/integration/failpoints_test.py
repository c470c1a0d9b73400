"""No failpoint without a test: every name in the sources, and every one that is passed, is in the kill tests' lists, and
none of those is made up.
"""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import FAILPOINT_BUILD, ROOT, SAMPLES, Workbench, needs_failpoints, wait_until  # noqa: E402
from kill_bench import ALL_POINTS, KILL_SECONDS, OPTIONS, STAGES  # noqa: E402

LITERAL = re.compile(r'AMOOZ_FAILPOINT\("([^"]+)"\)')
# Put together in core/store (store.h, guarantee 4) and core/cycle (CycleRunner::Begin).
COMPOSED = {f"{what}.{side}" for what in ("ingest", "promotion", "retention", *(f"cycle.{stage}" for stage in (*STAGES, "end")))
            for side in ("before_commit", "after_commit")} | {f"cycle.{stage}.begun" for stage in STAGES[1:]}
FIXTURE = FAILPOINT_BUILD / "tests" / "plugins" / "fixture.so"


class Failpoints(unittest.TestCase):
    def test_each_is_in_the_list_of_a_test_that_awaits_it(self):
        named = set()
        for folder in ("core", "sdk", "client", "plugins"):
            for path in (ROOT / folder).rglob("*.cc"):
                if not path.name.endswith("_test.cc"):
                    named |= set(LITERAL.findall(path.read_text()))
        self.assertEqual(sorted(named | COMPOSED), sorted(ALL_POINTS))

    @needs_failpoints
    def test_no_other_is_passed_by_an_import_a_cycle_and_a_chat(self):
        with Workbench(FAILPOINT_BUILD) as bench:
            log = bench.folder / "passes"
            variables = {"AMOOZ_FAILPOINT_LOG": str(log)}
            server = bench.amoozd(*OPTIONS, "--set", f"training.trainer={FIXTURE}", "--set", f"serving.runtime={FIXTURE}",
                                  environment=variables)
            for name in ("dataset.fa.jsonl", "dataset.en.jsonl"):
                server.amooz("dataset", "import", SAMPLES / name)
            server.amooz("chats", "import", SAMPLES / "chats.jsonl")
            server.cycle()
            chat = bench.amooz_chat(server, environment=variables)
            wait_until(lambda: chat.amooz("chat", "--status")["serving_digest"], KILL_SECONDS, "a served model")
            chat.run("chat", "--message", "Which points does this pass?")
            for last in ("spool.trim.after", "retention.after_commit"):
                wait_until(lambda name=last: name in log.read_text().split(), KILL_SECONDS, last)
            chat.stop()
            server.stop()
            passed = set(log.read_text().split())
        self.assertEqual(set(), passed - ALL_POINTS)
        # Those not passed belong to a promotion by hand and to a cycle that is cancelled or fails.
        self.assertEqual({f"{what}.{side}" for what in ("promotion", "cycle.end")
                          for side in ("before_commit", "after_commit")}, COMPOSED - passed)


if __name__ == "__main__":
    unittest.main()
