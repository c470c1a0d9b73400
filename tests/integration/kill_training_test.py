"""kill -9 of amoozd while its trainer works: the same model, and the same loss curve to the last bit.

Holds docs/rules.md 2 and 4, with the fixture trainer at each instant of a checkpoint's writing, and with torch (of the
build without failpoints: its checkpoints are cut short from outside, see tests/fixtures/kill_at_file.cc).
"""

import pathlib
import random
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, fixture_options, needs_failpoints, small_torch_options  # noqa: E402
from kill_bench import (CHECKPOINT_INSTANTS, OPTIONS, RANDOM_KILLS, TRAINING_POINTS, KillBench,  # noqa: E402
                        state_of)

KILL_AT_FILE = BUILD / "tests" / "plugins" / "kill_at_file.so"
# What a training computes; tokens_per_second and eta_seconds are of the clock.
COMPUTED = {"loss", "validation_loss", "learning_rate"}


def curve(events):
    """(metric, step) → the values told, as a set of exact floats: one, if a step told twice says the same."""
    points = {}
    for event in events:
        metric = event.get("metric")
        if metric and metric["name"] in COMPUTED:
            points.setdefault((metric["name"], metric["step"]), set()).add(float(metric["value"]).hex())
    return points


def resumed_steps(events):
    return [int(event["resumed"]["step"]) for event in events
            if event.get("resumed") and event["stage"] == "STAGE_TRAIN"]


class KilledTraining(KillBench):
    def kill_and_compare(self, expected, expected_events, goes_on, **variables):
        folder = self.copy()
        self.start_and_await_kill(folder, **variables)
        server, cycle = self.recover(folder)
        events = server.events(cycle["id"])
        self.assertEqual(curve(expected_events), curve(events))
        steps = resumed_steps(events)
        self.assertEqual(1, len(steps))
        self.assertEqual(goes_on, steps[0] > 0, f"training went on at step {steps[0]}")
        self.check(folder, server, expected)

    def kill_at_checkpoint(self, expected, expected_events, instant):
        name, _, n = instant.partition(":")
        goes_on = int(n or 1) > 1 or name == "after_rename"
        self.kill_and_compare(expected, expected_events, goes_on, LD_PRELOAD=str(KILL_AT_FILE),
                              AMOOZ_KILL_AT_FILE=instant)


@needs_failpoints
class KilledFixtureTraining(KilledTraining):
    options = [*OPTIONS, *fixture_options(steps=20, step_ms=5)]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expected, cls.events = cls.undisturbed(cls.options)

    def test_the_undisturbed_run_has_a_curve(self):
        self.assertEqual(20, sum(name == "loss" for name, _ in curve(self.events)))

    def test_rule_2_a_kill_at_a_step(self):
        for point in TRAINING_POINTS:
            with self.subTest(point=point):
                # The first progress is told before the first step, so there is no checkpoint then.
                self.kill_and_compare(self.expected, self.events, not point.endswith(":1"), AMOOZ_FAILPOINT=point)

    def test_rule_2_a_kill_at_each_instant_of_a_checkpoints_writing(self):
        for instant in CHECKPOINT_INSTANTS:
            with self.subTest(instant=instant):
                self.kill_at_checkpoint(self.expected, self.events, instant)


@needs_failpoints
class KilledTorchTraining(KilledTraining):
    torch = BUILD / "lib/amooz/plugins/torch.so"
    # Reports come every 10 steps and checkpoints every 7: what a report tells spans a kill.
    options = [*OPTIONS, "--set", f"training.trainer={torch}", "--set", f"serving.runtime={torch}",
               *small_torch_options(epochs=6, checkpoint_every_steps=7)]

    @classmethod
    def setUpClass(cls):
        if not cls.torch.exists():
            raise unittest.SkipTest(f"no torch plugin in {cls.torch}")
        super().setUpClass()
        cls.expected, cls.events = cls.undisturbed(cls.options)

    def test_rule_2_a_killed_training_has_the_loss_curve_and_the_model_of_an_undisturbed_one(self):
        for instant in ("after_rename", "before_rename:2", "before_write:3", "after_rename:4"):
            with self.subTest(instant=instant):
                self.kill_at_checkpoint(self.expected, self.events, instant)

    def test_rule_2_a_kill_at_random_instants_of_a_training(self):
        instants, steps = random.Random(13), []
        for i in range(RANDOM_KILLS):
            after = instants.uniform(0, self.run_seconds)
            with self.subTest(kill=i, after_seconds=round(after, 3)):
                folder = self.copy()
                self.start_and_kill_after(folder, after)
                server, cycle = self.recover(folder)
                events = server.events(cycle["id"])
                self.assertEqual(curve(self.events), curve(events))
                steps += resumed_steps(events)
                self.check(folder, server, self.expected)
        self.assertGreater(max(steps, default=0), 0, "no kill came after a checkpoint")

    def test_rule_2_a_training_killed_twice_is_the_same_too(self):
        folder = self.copy()
        self.start_and_await_kill(folder, LD_PRELOAD=str(KILL_AT_FILE), AMOOZ_KILL_AT_FILE="after_rename:2")
        self.await_kill(self.bench.start("amoozd", *self.options, data_dir=folder, environment={
            "LD_PRELOAD": str(KILL_AT_FILE), "AMOOZ_KILL_AT_FILE": "before_rename:2"}))
        server, cycle = self.recover(folder)
        self.assertEqual(curve(self.events), curve(server.events(cycle["id"])))
        self.assertEqual(self.expected, state_of(server))
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
