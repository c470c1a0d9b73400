"""kill -9 of amooz-chat around its spool: a chat whose reply was delivered reaches amoozd once (rule 28)."""

import collections
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import FAILPOINT_BUILD, SAMPLES, Workbench, fixture_options, needs_failpoints, wait_until  # noqa: E402
from kill_bench import KILL_SECONDS, RANDOM_KILLS, SPOOL_POINTS  # noqa: E402

# The smallest segments: two of these chats fill one.
CHAT_OPTIONS = ["--spool-limit", "1MiB"]
LONG = "and so on " * 800
# A reply takes longer than its client's start, so that a kill may well come in its middle.
REPLY_TOKENS = 16
TOKEN_MS = 40


@needs_failpoints
class KilledSpool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Workbench(FAILPOINT_BUILD).__enter__()
        cls.addClassCleanup(cls.bench.__exit__, None, None, None)
        cls.amoozd = cls.bench.amoozd(*fixture_options(steps=2, step_ms=0), "--set", "cycle.held_out_share=0.15",
                                       "--set", f"serving.config.delay_ms={TOKEN_MS}")
        cls.amoozd.amooz("dataset", "import", SAMPLES / "dataset.en.jsonl")
        cls.amoozd.amooz("cycle", "start", "--wait")
        cls.folder = cls.bench.folder / "chat"
        cls.asked = 0
        chat = cls.serve()
        cls.producer = chat.amooz("chat", "--status")["producer"]
        chat.stop()

    @classmethod
    def serve(cls, **variables):
        chat = cls.bench.amooz_chat(cls.amoozd, *CHAT_OPTIONS, data_dir=cls.folder, environment=variables)
        wait_until(lambda: chat.process.poll() is not None or
                   chat.amooz("chat", "--status")["serving_digest"], KILL_SECONDS, "a served model")
        return chat

    def ask(self, chat):
        """Returns the question and what became of it."""
        type(self).asked += 1
        question = f"Question {self.asked}, {LONG}"
        return question, subprocess.run(
            [FAILPOINT_BUILD / "bin/amooz", "--chat-address", chat.address, "chat", "--message", question,
             "--min-tokens", str(REPLY_TOKENS), "--max-tokens", str(REPLY_TOKENS)],
            capture_output=True, text=True, timeout=60)

    def undisturbed_seconds(self, questions):
        chat = self.serve()
        began = time.monotonic()
        for _ in range(questions):
            self.assertEqual(0, self.ask(chat)[1].returncode)
        seconds = time.monotonic() - began
        chat.stop()
        return seconds

    def ask_until_it_dies(self, chat, delivered, cut_short):
        """Asks one question after the other; notes whose reply came to its end, and whose only began."""
        while chat.process.poll() is None:
            question, result = self.ask(chat)
            if result.returncode == 0:
                delivered.append(question)
            elif result.stdout:
                cut_short.append(question)

    def check_killed(self, kill, **variables):
        """Returns the questions with a whole reply and those with a part of one."""
        delivered, cut_short = [], []
        chat = self.serve(**variables)
        asking = threading.Thread(target=self.ask_until_it_dies, args=(chat, delivered, cut_short))
        asking.start()
        try:
            kill(chat)
        finally:
            if chat.process.poll() is None:
                chat.kill()
            asking.join()
        chat = self.serve()
        wait_until(lambda: chat.amooz("chat", "--status")["spooled_chats"] == 0, KILL_SECONDS, "an empty spool")
        self.assertEqual(0, chat.amooz("chat", "--status")["rejected_chats"])
        chat.stop()
        records = [record for record in self.amoozd.amooz("chats", "list", "--limit", 100000)["chats"]
                   if record["producer"] == self.producer]
        times = collections.Counter(record["chat"]["instruction"] for record in records)
        self.assertEqual([], [question for question in delivered if times[question] != 1])
        self.assertEqual({1}, set(times.values()) | {1}, "a chat is there twice")
        return delivered, cut_short

    def test_rule_28_a_kill_at_each_failpoint(self):
        for point in SPOOL_POINTS:
            with self.subTest(point=point):
                delivered, _ = self.check_killed(
                    lambda chat: self.assertEqual(-signal.SIGKILL, chat.await_end(KILL_SECONDS), "not reached"),
                    AMOOZ_FAILPOINT=point)
                if point.endswith(":3"):
                    self.assertTrue(delivered)

    def test_rule_28_a_kill_at_random_instants(self):
        instants, seconds = random.Random(11), self.undisturbed_seconds(questions=4)
        delivered, cut_short = [], []
        for i in range(RANDOM_KILLS):
            after = instants.uniform(0, seconds)
            with self.subTest(kill=i, after_seconds=round(after, 3)):
                def kill(chat, seconds=after):
                    time.sleep(seconds)
                    chat.kill()
                before, during = self.check_killed(kill)
                delivered += before
                cut_short += during
        self.assertTrue(delivered, "no kill came after a reply")
        self.assertTrue(cut_short, "no kill came within a reply")


if __name__ == "__main__":
    unittest.main()
