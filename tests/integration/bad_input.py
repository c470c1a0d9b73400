"""What the tests of tests/bad_input.md share: the message is clear, nothing changed, the server stays up."""

import contextlib
import json
import os
import subprocess
import unittest

from harness import BUILD, FIXTURE, SAMPLES, Workbench, fixture_options, wait_until

USAGE, FAILED, NOT_FOUND, UNAVAILABLE, REFUSED = 2, 1, 3, 4, 5
GOOD = {"instruction": "حالت چطور است؟", "response": "خوبم، ممنون که پرسیدی. تو چطوری؟"}
# A trainer and a runtime that misbehave on request (tests/fixtures/faulty_model.cc).
FAULTY = BUILD / "tests" / "plugins" / "faulty.so"
SETTINGS = ["--set", "cycle.held_out_share=0.15", "--set", "cycle.split_key=bad-input"]


def faulty_trainer(fault):
    return ["--set", f"training.trainer={FAULTY}", "--set", f"training.config.fault={fault}",
            "--set", f"serving.runtime={FIXTURE}"]


def faulty_runtime(fault_file):
    """Serves with the runtime that does what `fault_file` says at that moment."""
    return ["--set", f"training.trainer={FIXTURE}", "--set", "training.config.step_ms=1",
            "--set", f"serving.runtime={FAULTY}", "--set", f"serving.config.fault_file={fault_file}"]


def over(server, cycle_id):
    """The cycle once it has ended; None before."""
    cycle = server.amooz("cycle", "show", cycle_id)["cycle"]
    return cycle if cycle["state"] != "CYCLE_STATE_RUNNING" else None


class BadInput(unittest.TestCase):
    build = None  # the harness's

    def setUp(self):
        self.bench = Workbench(self.build).__enter__()
        self.addCleanup(self.bench.__exit__, None, None, None)

    # ---- Servers ----

    def server(self, *options, **where):
        return self.bench.amoozd(*SETTINGS, *(options or fixture_options(steps=5)), **where)

    def trained_server(self, *options, **where):
        """A server with an active model, and that model's digest."""
        server = self.server(*options, **where)
        server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
        cycle = server.cycle()
        self.assertTrue(cycle["summary"]["promoted"], cycle["summary"]["promotion_reason"])
        return server, cycle["candidate_digest"]

    def serving_chat(self, server, *options):
        """An amooz-chat with a loaded model."""
        chat = self.bench.amooz_chat(server, *options)
        wait_until(lambda: chat.amooz("chat", "--status")["serving_digest"], 30, "a served model")
        return chat

    def reply(self, chat):
        return chat.amooz("chat", "--message", "سلام", "--seed", 1)

    # ---- What is the same everywhere ----

    def state(self, server):
        status = server.amooz("status")
        return {name: status.get(name) for name in ("total_chats", "unread_chats", "dataset_size", "active_model")}

    def counts(self, server):
        state = self.state(server)
        return state["total_chats"], state["dataset_size"]

    @contextlib.contextmanager
    def nothing_changes(self, server):
        before = self.state(server)
        yield
        self.assertEqual(before, self.state(server))
        self.assert_sound(server)

    def assert_sound(self, server):
        self.assertIsNone(server.process.poll(), f"{server.name} is not up:\n{server.log[-2000:]}")
        self.assertNotIn("terminate called", server.log)

    def assert_says(self, texts, where):
        for text in texts:
            self.assertIn(text, where)

    def refused(self, server, *words, code, says):
        """The command fails, its message holds each of `says`, and nothing changes on the server."""
        with self.nothing_changes(server):
            result = server.run(*words, check=False)
            self.assertEqual(code, result.returncode, result.stdout + result.stderr)
            self.assert_says(says, result.stderr)

    def finds(self, server, subject, says, *options):
        """`amooz doctor` has one thing wrong about `subject`, and it and its remedy hold each of `says`."""
        result = server.run("doctor", "--output", "json", *options, check=False)
        self.assertEqual(FAILED, result.returncode, result.stdout + result.stderr)
        found = [f for f in json.loads(result.stdout)["findings"] if (f["subject"], f["health"]) == (subject, "wrong")]
        self.assertEqual(1, len(found), result.stdout)
        self.assert_says(says, f"{found[0]['text']} {found[0]['remedy']}")

    def refuses_to_start(self, *options, says, name="amoozd"):
        """The server ends by itself before it has made anything in its data folder, and says each of `says`."""
        folder = self.bench.folder / "fresh"
        server = self.bench.start(name, *options, data_dir=folder)
        self.assertIn(server.await_end(), (FAILED, USAGE))
        self.assert_says(says, server.log)
        self.assertNotIn("terminate called", server.log)
        self.assertFalse(folder.exists(), "it changed something before it refused")

    def cannot_start(self, name, *options, says, build=BUILD, environment=None):
        """As refuses_to_start, with all options the caller's; it may have made its data folder."""
        process = subprocess.run([build / "bin" / name, *map(str, options)], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, timeout=60,
                                 env={**os.environ, **(environment or {})})
        self.assertIn(process.returncode, (FAILED, USAGE), process.stdout)
        self.assert_says(says, process.stdout)
