"""Cancelling a cycle during each stage, with the real binaries: what rule 3 says is left, within 2 seconds.

The stage is held at a failpoint, the cancel arrives, the stage goes on; a refusal does not wait for that. What plugins
do in a call to delay a cancel is in tests/bad_input.md; here is what they do once the call is over.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bad_input import faulty_runtime, faulty_trainer  # noqa: E402
from bad_input_training_test import Misbehaviour  # noqa: E402
from harness import FAILPOINT_BUILD, fixture_options, needs_failpoints, wait_until  # noqa: E402
from kill_bench import CANCEL_POINTS, KILL_SECONDS, OPTIONS, STAGES, KillBench, finished, state_of  # noqa: E402

CANCEL_SECONDS = 2
REFUSED = 5  # the client's exit code
BEFORE_SNAPSHOT = ["cycle.collect.after_commit", *(f"cycle.{stage}.{instant}" for stage in STAGES[1:5]
                                                   for instant in ("begun", "before_commit")),
                   "cycle.snapshot.begun"]
AFTER_SNAPSHOT = ["cycle.snapshot.before_commit", "cycle.snapshot.after_commit", "cycle.train.begun",
                  "cycle.train.running:5", "artifact.publish.before_rename", "cycle.train.before_commit",
                  "cycle.evaluate.begun", "cycle.evaluate.before_commit", "cycle.promote.begun"]
TOO_LATE = ["cycle.promote.before_commit", "cycle.promote.after_commit", "cycle.report.begun",
            "cycle.report.before_commit"]


@needs_failpoints
class Cancelled(KillBench):
    options = [*OPTIONS, *fixture_options(steps=20, step_ms=5)]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expected, _ = cls.undisturbed(cls.options)
        server = cls.bench.amoozd(*cls.options, data_dir=cls.copy())
        cls.untouched = state_of(server)
        server.stop()

    def cancel_at(self, point, folder, *start_options):
        """Returns (server, the cancelling client's result, the seconds it took once it had arrived)."""
        hold, log = folder / "hold", folder / "passes"
        server = self.serve(folder, AMOOZ_FAILPOINT_HOLD=point, AMOOZ_FAILPOINT_HOLD_FILE=str(hold),
                            AMOOZ_FAILPOINT_LOG=str(log))
        starter = subprocess.Popen(
            [FAILPOINT_BUILD / "bin/amooz", "--address", server.address, "cycle", "start", *start_options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(hold.exists, KILL_SECONDS, f"the hold at {point}")
        canceller = subprocess.Popen(
            [FAILPOINT_BUILD / "bin/amooz", "--address", server.address, "cycle", "cancel", "1", "--output", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # A cycle that is about to be run answers by itself.
        is_soon = point in BEFORE_SNAPSHOT[1:] + AFTER_SNAPSHOT
        arrived = "cycle.cancel.asked" if is_soon else "cycle.cancel.called"
        wait_until(lambda: arrived in log.read_text().split(), KILL_SECONDS, arrived)
        began = time.monotonic()
        if point not in TOO_LATE:
            hold.unlink()
        out, err = canceller.communicate(timeout=KILL_SECONDS)
        seconds = time.monotonic() - began
        # The stage is held until the refusal is there: without that the cycle may be over before its runner is asked.
        hold.unlink(missing_ok=True)
        starter.wait()
        result = subprocess.CompletedProcess(canceller.args, canceller.returncode, out, err)
        log.unlink()
        return server, result, seconds

    def check_cancelled(self, point, result, seconds, sentence):
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertLess(seconds, CANCEL_SECONDS)
        cycle = json.loads(result.stdout)["cycle"]
        self.assertEqual("CYCLE_STATE_CANCELLED", cycle["state"])
        self.assertIn(sentence, cycle["error"])
        self.assertTrue(cycle["error"].startswith("cancelled by hand during "), cycle["error"])

    def check_nothing_is_left(self, server):
        left = state_of(server)
        self.assertEqual({**self.untouched, "cycles": left["cycles"]}, left)

    def check_the_dataset_stands(self, server):
        left = state_of(server)
        for same in ("versions", "chats", "dataset.json"):
            self.assertEqual(self.expected[same], left[same], same)
        self.assertEqual([], left["checkpoints"])
        self.assertEqual([digest for digest, _ in left["models"]], left["artifacts"])
        self.assertNotIn("MODEL_STATE_ACTIVE", [state for _, state in left["models"]])
        self.assertTrue(server.amooz("status")["training_owed"])

    def test_rule_3_before_the_snapshot_nothing_is_left(self):
        for point in BEFORE_SNAPSHOT:
            with self.subTest(point=point):
                folder = self.copy()
                server, result, seconds = self.cancel_at(point, folder)
                self.check_cancelled(point, result, seconds, "nothing was changed")
                self.check_nothing_is_left(server)
                # The next one finds all as it was. (Its seed is another, so its variations may be.)
                again = server.cycle("--no-train")
                self.assertEqual(2, again["id"])
                self.assertEqual(self.chats_read(self.expected), self.chats_read(state_of(server)))
                server.stop()
                shutil.rmtree(folder)

    @staticmethod
    def chats_read(state):
        return [chat[:4] for chat in state["chats"]]

    def test_rule_3_after_the_snapshot_the_dataset_stands_and_training_is_owed(self):
        for point in AFTER_SNAPSHOT:
            with self.subTest(point=point):
                folder = self.copy()
                server, result, seconds = self.cancel_at(point, folder)
                self.check_cancelled(point, result, seconds, "the dataset stands, training is owed")
                self.check_the_dataset_stands(server)
                again = server.cycle()
                self.assertTrue(again["summary"]["promoted"], again["summary"]["promotion_reason"])
                server.stop()
                shutil.rmtree(folder)

    def test_rule_3_once_the_promotion_is_decided_it_is_refused_and_the_model_serves(self):
        for point in TOO_LATE:
            with self.subTest(point=point):
                folder = self.copy()
                server, result, seconds = self.cancel_at(point, folder)
                self.assertEqual(REFUSED, result.returncode, result.stderr)
                self.assertLess(seconds, CANCEL_SECONDS)
                self.assertIn("already in service", result.stderr)
                wait_until(lambda: finished(server), KILL_SECONDS, "the cycle's end")
                self.check(folder, server, self.expected)

    def test_rule_3_during_the_report_of_a_cycle_without_training(self):
        folder = self.copy()
        server, result, seconds = self.cancel_at("cycle.report.before_commit", folder, "--no-train")
        self.assertEqual(REFUSED, result.returncode, result.stderr)
        self.assertLess(seconds, CANCEL_SECONDS)
        self.assertEqual("CYCLE_STATE_FINISHED", server.amooz("cycle", "list")["cycles"][0]["state"])
        server.stop()

    def test_rule_3_a_kill_during_a_cancel(self):
        """It happened or it did not: once its end is stored the cycle is cancelled, before that it goes on."""
        for stage, check_cancelled in (("cycle.merge.begun", self.check_nothing_is_left),
                                       ("cycle.train.running:5", self.check_the_dataset_stands)):
            for point in CANCEL_POINTS:
                with self.subTest(stage=stage, point=point):
                    folder = self.copy()
                    self.kill_while_cancelling(stage, point, folder)
                    server, cycle = self.recover(folder)
                    if point == "cycle.end.after_commit":
                        self.assertEqual("CYCLE_STATE_CANCELLED", cycle["state"])
                        check_cancelled(server)
                        server.stop()
                        shutil.rmtree(folder)
                    else:
                        self.check(folder, server, self.expected)

    def kill_while_cancelling(self, stage, point, folder):
        hold, log = folder / "hold", folder / "passes"
        server = self.serve(folder, AMOOZ_FAILPOINT=point, AMOOZ_FAILPOINT_HOLD=stage,
                            AMOOZ_FAILPOINT_HOLD_FILE=str(hold), AMOOZ_FAILPOINT_LOG=str(log))
        server.run("cycle", "start")
        wait_until(hold.exists, KILL_SECONDS, f"the hold at {stage}")
        canceller = subprocess.Popen(
            [FAILPOINT_BUILD / "bin/amooz", "--address", server.address, "cycle", "cancel", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        arrived = point if point.startswith("cycle.cancel.") else "cycle.cancel.asked"
        wait_until(lambda: arrived in log.read_text().split(), KILL_SECONDS, arrived)
        hold.unlink()
        self.await_kill(server)
        self.assertNotEqual(0, canceller.wait())
        log.unlink()


class HangingEnds(Misbehaviour):
    """A plugin that heeds the cancel, but whose unload or destroy hangs."""

    def hangs(self, stage):
        cycle = self.one.amooz("cycle", "start")["cycle"]["id"]
        self.await_stage(cycle, stage)
        time.sleep(0.5)  # so that it has been called
        self.cancels(cycle)

    def runtime_hangs(self, fault):
        fault_file = self.bench.folder / "fault"
        self.with_model(*faulty_runtime(fault_file))
        fault_file.write_text(fault)
        self.hangs("STAGE_EVALUATE")
        fault_file.unlink()
        self.assert_unharmed()

    def test_a_trainer_that_hangs_as_it_is_destroyed(self):
        self.with_model(*faulty_trainer("hang_at_destroy"))
        self.hangs("STAGE_TRAIN")
        self.assert_unharmed()
        self.mends()

    def test_a_runtime_that_hangs_as_it_unloads_the_candidate(self):
        self.runtime_hangs("unload_hang")

    def test_a_runtime_that_hangs_as_it_is_destroyed(self):
        self.runtime_hangs("destroy_hang")


if __name__ == "__main__":
    unittest.main()
