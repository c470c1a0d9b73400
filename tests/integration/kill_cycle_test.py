"""kill -9 of amoozd anywhere in a cycle, with a fixture trainer: what an undisturbed run leaves, to the file.

Holds docs/rules.md 2, 3, 4, 24 and 27.
"""

import pathlib
import random
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import FAILPOINT_BUILD, fixture_options, needs_failpoints, wait_until  # noqa: E402
from kill_bench import (CYCLE_POINTS, KILL_SECONDS, MODEL_RETENTION_POINTS, OPTIONS, RANDOM_KILLS, ROLLBACK_POINTS,  # noqa: E402
                        WAL_POINTS, KillBench, state_of)


@needs_failpoints
class KilledCycle(KillBench):
    options = [*OPTIONS, *fixture_options(steps=20, step_ms=5)]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expected, _ = cls.undisturbed(cls.options)

    def test_the_undisturbed_run_does_what_the_kills_are_to_disturb(self):
        self.assertEqual("CYCLE_STATE_FINISHED", self.expected["cycles"][0]["state"])
        self.assertEqual([self.expected["cycles"][0]["candidate_digest"]], self.expected["artifacts"])
        self.assertEqual(20, sum(not retired for *_, retired in self.expected["chats"]))
        self.assertGreater(sum(retired for *_, retired in self.expected["chats"]), 20)

    def test_rule_2_a_kill_at_each_failpoint(self):
        for point in CYCLE_POINTS:
            with self.subTest(point=point):
                folder = self.copy()
                self.start_and_await_kill(folder, AMOOZ_FAILPOINT=point)
                server, _ = self.recover(folder)
                self.check(folder, server, self.expected)

    def test_a_kill_while_the_store_makes_its_log_long(self):
        """Half a second after a start, beside whatever a cycle does then."""
        for point in WAL_POINTS:
            with self.subTest(point=point):
                folder = self.copy()
                server = self.bench.start("amoozd", *self.options, data_dir=folder,
                                          environment={"AMOOZ_FAILPOINT": point})
                self.start_a_cycle_if_it_serves(server)
                self.await_kill(server)
                server, _ = self.recover(folder)
                self.check(folder, server, self.expected)

    @staticmethod
    def start_a_cycle_if_it_serves(server):
        """On a slow machine the kill may come before that."""
        try:
            server.await_serving().run("cycle", "start", check=False)
        except AssertionError:
            if server.process.poll() is None:
                raise

    def test_a_start_waits_while_the_cycle_before_is_put_away(self):
        folder = self.copy()
        hold = folder / "hold"
        server = self.serve(folder, AMOOZ_FAILPOINT_HOLD="retention.before_commit", AMOOZ_FAILPOINT_HOLD_FILE=str(hold))
        server.cycle()
        wait_until(hold.exists, KILL_SECONDS, "the hold")
        starter = subprocess.Popen(
            [FAILPOINT_BUILD / "bin/amooz", "--address", server.address, "cycle", "start", "--no-train"],
            stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        self.assertIsNone(starter.poll())
        self.assertFalse(server.amooz("status").get("running_cycle_id"), "the first one is over")
        hold.unlink()
        self.assertEqual(0, starter.wait(KILL_SECONDS))
        server.stop()

    def test_rule_2_two_kills_in_one_cycle(self):
        for first, second in (("cycle.score.after_commit", "cycle.snapshot.before_commit"),
                              ("artifact.publish.before_rename", "artifact.publish.after_rename"),
                              ("cycle.report.before_commit", "cycle.report.before_commit")):
            with self.subTest(first=first, second=second):
                folder = self.copy()
                self.start_and_await_kill(folder, AMOOZ_FAILPOINT=first)
                # The cycle goes on by itself, perhaps before the server serves.
                self.await_kill(self.bench.start("amoozd", *self.options, data_dir=folder,
                                                 environment={"AMOOZ_FAILPOINT": second}))
                server, _ = self.recover(folder)
                self.check(folder, server, self.expected)

    def test_a_kill_at_random_instants_of_a_cycle(self):
        instants = random.Random(5)
        for i in range(RANDOM_KILLS):
            after = instants.uniform(0, self.run_seconds)
            with self.subTest(kill=i, after_seconds=round(after, 3)):
                folder = self.copy()
                self.start_and_kill_after(folder, after)
                server, _ = self.recover(folder)
                self.check(folder, server, self.expected)

    def test_rule_2_without_the_journal_this_test_fails(self):
        """The guard of the guard: with journal rows suppressed, a kill must show in the digests."""
        def digests(cycle):
            return cycle["dataset_digest"], cycle["candidate_digest"]

        for stage in ("score", "merge", "snapshot"):
            with self.subTest(stage=stage):
                folder = self.copy()
                # The first row is left: without any a server cannot take a cycle up.
                self.start_and_await_kill(folder, AMOOZ_FAILPOINT="cycle.collect.after_commit")
                self.await_kill(self.bench.start("amoozd", *self.options, data_dir=folder, environment={
                    "AMOOZ_FAILPOINT": f"cycle.{stage}.after_commit", "AMOOZ_DISABLE_JOURNAL": "1"}))
                server, cycle = self.recover(folder)
                self.assertNotEqual(digests(self.expected["cycles"][0]), digests(cycle))
                server.stop()
                shutil.rmtree(folder)


@needs_failpoints
class KilledModelChange(KillBench):
    """From a folder with an active model, one before it, and rejected ones as many as are kept."""

    # No second model gains that much: all but the first are rejected.
    options = [*OPTIONS, *fixture_options(steps=4, step_ms=0), "--set", "gate.min_improvement=0.9"]

    @classmethod
    def prepare(cls, server):
        super().prepare(server)
        cls.cycles = [server.cycle()]
        for n in range(5):
            cls.add_rows(server, n)
            cls.cycles.append(server.cycle())

    @classmethod
    def add_rows(cls, server, n):
        """The n-th thirty rows: enough for another training."""
        rows = [{"instruction": f"Row {i}?", "response": f"Yes, {i * i * 7919} it is."}
                for i in range(30 * n, 30 * n + 30)]
        server.amooz("dataset", "import", cls.bench.write_rows(f"more-{n}.jsonl", rows))

    def active(self, server):
        return [model["digest"] for model in server.amooz("model", "list")["models"]
                if model["state"] == "MODEL_STATE_ACTIVE"]

    def test_rule_24_a_kill_while_the_active_model_changes(self):
        server = self.serve(self.copy())
        before = self.active(server)
        other = self.cycles[-1]["candidate_digest"]
        server.amooz("model", "promote", other)
        after = self.active(server)
        server.stop()
        self.assertEqual(([other], 1), (after, len(before)))
        for point in ROLLBACK_POINTS:
            with self.subTest(point=point):
                folder = self.copy()
                server = self.serve(folder, AMOOZ_FAILPOINT=point)
                server.run("model", "promote", other, check=False)
                self.await_kill(server)
                server = self.serve(folder)
                self.assertEqual(after if point == "promotion.after_commit" else before, self.active(server))
                if self.active(server) == before:
                    server.amooz("model", "promote", other)
                self.assertEqual(after, self.active(server))
                self.assertEqual(before, [server.amooz("model", "rollback")["promotion"]["digest"]])
                server.stop()
                shutil.rmtree(folder)

    def test_rule_24_a_kill_while_old_models_are_deleted(self):
        folder = self.copy()
        server = self.serve(folder)
        self.add_rows(server, 5)
        server.cycle()
        server.stop()
        server = self.serve(folder)
        expected = state_of(server)
        server.stop()
        deleted = [digest for digest, state in expected["models"] if state == "MODEL_STATE_DELETED"]
        self.assertTrue(deleted, "the undisturbed run deletes none")
        for point in MODEL_RETENTION_POINTS:
            with self.subTest(point=point):
                folder = self.copy()
                server = self.serve(folder, AMOOZ_FAILPOINT=point)
                self.add_rows(server, 5)
                server.run("cycle", "start", check=False)
                self.await_kill(server)
                server, _ = self.recover(folder)
                self.check(folder, server, expected)


if __name__ == "__main__":
    unittest.main()
