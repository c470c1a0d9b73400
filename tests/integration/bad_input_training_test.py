"""Trainers and runtimes that misbehave during a cycle (tests/bad_input.md): the cycle ends with the reason, the dataset
stands, the active model keeps serving, and the next cycle with a sound plugin trains."""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bad_input import FAILED, REFUSED, BadInput, faulty_runtime, faulty_trainer  # noqa: E402
from harness import BUILD, SAMPLES, fixture_options, wait_until  # noqa: E402

CANCEL_SECONDS = 2
CALL_LIMIT = ["--set", "plugins.max_call_minutes=0.02"]
ECHO = BUILD / "tests" / "plugins" / "echo.so"


class Misbehaviour(BadInput):
    """A good model serves through amooz-chat; then the server comes back with something that misbehaves."""

    also_imports = None  # a file of more chats

    def with_model(self, *options):
        server, self.active = self.trained_server()
        server.stop()
        self.one = self.server(*options, data_dir=server.data_dir)
        self.chat = self.serving_chat(self.one)
        self.one.amooz("chats", "import", SAMPLES / "chats.jsonl")
        if self.also_imports:
            self.one.amooz("chats", "import", self.also_imports)
        return self.one

    def fails(self, says, *options):
        self.with_model(*options)
        result = self.one.run("cycle", "start", "--wait", check=False)
        self.assertEqual(FAILED, result.returncode, result.stdout + result.stderr)
        self.check_failed(self.one.amooz("cycle", "list")["cycles"][0], says)

    def check_failed(self, cycle, says):
        self.assertEqual("CYCLE_STATE_FAILED", cycle["state"])
        self.assert_says(says, cycle["error"])
        self.assert_unharmed()
        self.assertTrue(self.one.amooz("status")["training_owed"])
        self.assertGreater(self.counts(self.one)[1], 320, "the dataset stands")
        self.mends()

    def await_stage(self, cycle, stage):
        wait_until(lambda: self.one.amooz("cycle", "show", cycle)["cycle"]["stage"] == stage, 30, stage)

    def cancels(self, cycle):
        began = time.monotonic()
        self.one.amooz("cycle", "cancel", cycle)
        self.assertLess(time.monotonic() - began, CANCEL_SECONDS)
        self.assertEqual("CYCLE_STATE_CANCELLED", self.one.amooz("cycle", "show", cycle)["cycle"]["state"])

    def assert_unharmed(self):
        self.assert_sound(self.one)
        self.assertEqual(self.active, self.one.amooz("status")["active_model"])
        self.assertEqual(self.active, self.reply(self.chat)["model_digest"])
        files = [path for path in (self.one.data_dir / "checkpoints").rglob("*") if path.is_file()]
        files += list((self.one.data_dir / "artifacts").glob("staging-*"))
        self.assertEqual([], files, "what it left is cleared away")

    def mends(self):
        """With a sound trainer the training that is owed is done."""
        self.one.stop()
        self.one = self.server(data_dir=self.one.data_dir)
        summary = self.one.cycle()["summary"]
        self.assertTrue(summary["trained"], summary["training_reason"])


class BadTrainers(Misbehaviour):
    def test_a_trainer_that_fails(self):
        self.fails(["faulty", "failed on purpose", "training is owed"], *faulty_trainer("error"))

    def test_a_trainer_that_exits(self):
        self.fails(["faulty", "process has ended", "exit code 0"], *faulty_trainer("exit"))

    def test_a_trainer_that_dies_at_a_step(self):
        self.fails(["fixture", "exit code 3", "exits on purpose at step 2"], *fixture_options(steps=5, exit_at=2))

    def test_a_trainer_that_crashes(self):
        self.fails(["faulty", "process has ended", "signal 11"], *faulty_trainer("crash"))

    def test_a_trainer_that_hangs_is_ended_at_the_limit(self):
        self.fails(["faulty", "killed", "training.max_minutes"], *faulty_trainer("hang"),
                   "--set", "training.max_minutes=0.001")

    def test_a_trainer_that_hangs_can_be_cancelled(self):
        server = self.with_model(*faulty_trainer("hang"))
        cycle = server.amooz("cycle", "start")["cycle"]["id"]
        self.await_stage(cycle, "STAGE_TRAIN")
        self.cancels(cycle)
        self.assert_unharmed()
        self.mends()

    def test_a_trainer_that_hangs_as_it_is_made_can_be_cancelled(self):
        server = self.with_model(*faulty_trainer("hang_at_create"))
        cycle = server.amooz("cycle", "start")["cycle"]["id"]
        self.await_stage(cycle, "STAGE_TRAIN")
        time.sleep(0.5)  # so that its process has been started
        self.cancels(cycle)
        self.assert_unharmed()
        self.mends()

    def test_a_loss_that_is_not_a_number(self):
        self.fails(["loss", "step 2"], *fixture_options(steps=5, nan_at=2))

    def test_a_trainer_that_goes_on_after_a_loss_that_is_not_a_number(self):
        self.fails(["faulty", "loss", "step 1"], *faulty_trainer("nan"))

    def test_a_trainer_that_writes_nothing(self):
        self.fails(["wrote no files"], *faulty_trainer("nothing"))

    def test_a_trainer_that_writes_a_manifest_of_its_own(self):
        self.fails(["manifest.json"], *faulty_trainer("manifest"))

    def test_a_trainer_that_writes_an_unsafe_file_name(self):
        self.fails(["a name", "in two lines", "[A-Za-z0-9._-]"], *faulty_trainer("name"))

    def test_a_trainer_that_writes_a_link(self):
        self.fails(["tokenizer.json", "plain files"], *faulty_trainer("link"))

    def test_a_trainer_that_writes_a_folder(self):
        self.fails(["'more'", "plain files"], *faulty_trainer("folder"))

    def test_a_trainer_that_writes_rubbish(self):
        self.fails(["model.bin", "damaged"], *faulty_trainer("rubbish"))

    def test_a_trainer_whose_message_is_not_utf8(self):
        self.fails(["faulty", "not", "UTF-8"], *faulty_trainer("text"))

    def test_a_second_cycle_at_once(self):
        server = self.with_model(*fixture_options(steps=500, step_ms=50))
        running = server.amooz("cycle", "start")["cycle"]["id"]
        self.await_stage(running, "STAGE_TRAIN")
        self.refused(server, "cycle", "start", code=REFUSED, says=[f"cycle {running}", "amooz cycle cancel"])
        server.amooz("cycle", "cancel", running)
        self.assert_unharmed()

    def test_a_cancel_of_a_cycle_that_is_over(self):
        server = self.with_model(*fixture_options(steps=5))
        self.refused(server, "cycle", "cancel", "1", code=REFUSED, says=["cycle 1", "over"])


class BadRuntimesAtTheGate(Misbehaviour):
    def with_fault(self, fault, *options):
        self.fault_file = self.bench.folder / "fault"
        self.with_model(*faulty_runtime(self.fault_file), *options)
        self.fault_file.write_text(fault)

    def gate_fails(self, fault, says, *options):
        self.with_fault(fault, *options)
        result = self.one.run("cycle", "start", "--wait", check=False)
        self.assertEqual(FAILED, result.returncode, result.stdout + result.stderr)
        self.fault_file.unlink()
        cycle = self.one.amooz("cycle", "list")["cycles"][0]
        self.assertEqual("CYCLE_STATE_FAILED", cycle["state"])
        self.assert_says(says, cycle["error"])
        self.assert_unharmed()

    def test_a_runtime_that_cannot_load_the_candidate(self):
        self.gate_fails("load_error", ["faulty", "cannot be loaded on purpose"])

    def test_a_runtime_that_crashes_while_it_measures(self):
        self.gate_fails("evaluate_crash", ["faulty", "process has ended", "signal 11"])

    def test_a_likelihood_that_is_not_a_number(self):
        self.with_fault("evaluate_nan")
        summary = self.one.cycle()["summary"]
        self.assertFalse(summary["promoted"])
        self.assertIn("not_finite", summary["promotion_reason"])
        self.fault_file.unlink()
        self.assert_unharmed()

    def test_a_runtime_that_hangs_while_it_measures_can_be_cancelled(self):
        self.hangs("evaluate_hang")

    def test_a_runtime_that_hangs_as_it_loads_the_candidate_can_be_cancelled(self):
        self.hangs("load_hang")

    def test_a_runtime_that_hangs_while_it_measures_is_ended_at_the_limit(self):
        self.gate_fails("evaluate_hang", ["faulty", "killed", "plugins.max_call_minutes"], *CALL_LIMIT)

    def test_a_runtime_that_hangs_as_it_loads_the_candidate_is_ended_at_the_limit(self):
        self.gate_fails("load_hang", ["faulty", "killed", "plugins.max_call_minutes"], *CALL_LIMIT)

    def hangs(self, fault):
        self.with_fault(fault)
        cycle = self.one.amooz("cycle", "start")["cycle"]["id"]
        self.await_stage(cycle, "STAGE_EVALUATE")
        self.cancels(cycle)
        self.fault_file.unlink()
        self.assert_unharmed()


class HangsBeforeTheDataset(Misbehaviour):
    """In a process of their own, as plugins from elsewhere are."""

    def begins(self, *options):
        """A cycle with a plugin that hangs; returns its id."""
        self.with_model(*fixture_options(steps=5), *options)
        self.before = self.state(self.one)
        return self.one.amooz("cycle", "start")["cycle"]["id"]

    def changed_nothing(self):
        self.assertEqual(self.before, self.state(self.one))
        self.assert_unharmed()
        self.mends()

    def hangs(self, stage, *options):
        cycle = self.begins(*options)
        self.await_stage(cycle, stage)
        time.sleep(0.5)  # so that it has been called
        self.cancels(cycle)
        self.changed_nothing()

    def hangs_past_the_limit(self, says, *options):
        cycle = self.begins(*options, *CALL_LIMIT)
        wait_until(lambda: self.one.amooz("cycle", "show", cycle)["cycle"]["state"] == "CYCLE_STATE_FAILED", 30, "its end")
        self.assert_says([*says, "killed", "plugins.max_call_minutes"],
                         self.one.amooz("cycle", "show", cycle)["cycle"]["error"])
        self.changed_nothing()

    def hanging_scorer(self):
        self.also_imports = self.bench.write_rows("hanging.jsonl", [{"instruction": "And you?", "response": "hang"}])
        return "--set", f"scoring.scorers=[{{plugin: {ECHO}, placement: process}}]"

    def hanging_generator(self):
        return "--set", f"variation.generators=[{{plugin: {ECHO}, placement: process, config: {{hang: true}}}}]"

    def test_a_scorer_that_hangs_can_be_cancelled(self):
        self.hangs("STAGE_SCORE", *self.hanging_scorer())

    def test_a_scorer_that_hangs_is_ended_at_the_limit(self):
        self.hangs_past_the_limit(["echo", "one of the"], *self.hanging_scorer())

    def test_a_generator_that_hangs_can_be_cancelled(self):
        self.hangs("STAGE_VARY", *self.hanging_generator())

    def test_a_generator_that_hangs_is_ended_at_the_limit(self):
        self.hangs_past_the_limit(["echo"], *self.hanging_generator())


if __name__ == "__main__":
    unittest.main()
