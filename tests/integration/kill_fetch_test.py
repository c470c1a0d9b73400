"""kill -9 of amooz-chat while it fetches a model: the next start fetches what is not whole, and serves it (rule 28)."""

import pathlib
import shutil
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import FAILPOINT_BUILD, SAMPLES, Workbench, fixture_options, needs_failpoints, wait_until  # noqa: E402
from kill_bench import FETCH_POINTS, KILL_SECONDS  # noqa: E402


@needs_failpoints
class KilledFetch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Workbench(FAILPOINT_BUILD).__enter__()
        cls.addClassCleanup(cls.bench.__exit__, None, None, None)
        cls.amoozd = cls.bench.amoozd(*fixture_options(steps=2, step_ms=0), "--set", "cycle.held_out_share=0.15")
        cls.amoozd.amooz("dataset", "import", SAMPLES / "dataset.en.jsonl")
        cls.digest = cls.amoozd.cycle()["candidate_digest"]

    def serve(self, folder, **variables):
        return self.bench.start("amooz-chat", "--server", self.amoozd.address, data_dir=folder, environment=variables)

    def served_models(self, folder):
        """The folder's models after a start that serves the active one."""
        chat = self.serve(folder).await_serving()
        wait_until(lambda: chat.amooz("chat", "--status").get("serving_digest") == self.digest, KILL_SECONDS,
                   "the served model")
        chat.stop()
        return {str(path.relative_to(folder)): path.read_bytes()
                for path in (folder / "models").rglob("*") if path.is_file()}

    def test_rule_28_a_kill_at_each_failpoint(self):
        expected = self.served_models(self.bench.folder / "undisturbed")
        self.assertTrue(any(self.digest in name for name in expected), expected.keys())
        for point in FETCH_POINTS:
            with self.subTest(point=point):
                folder = self.bench.folder / "killed"
                killed = self.serve(folder, AMOOZ_FAILPOINT=point)
                self.assertEqual(-signal.SIGKILL, killed.await_end(KILL_SECONDS), "not reached")
                self.assertEqual(point == "model_fetch.after_rename", (folder / "models" / self.digest).exists())
                self.assertEqual(expected, self.served_models(folder))
                shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
