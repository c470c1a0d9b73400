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


@needs_failpoints
class KilledSpool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Workbench(FAILPOINT_BUILD).__enter__()
        cls.addClassCleanup(cls.bench.__exit__, None, None, None)
        cls.amoozd = cls.bench.amoozd(*fixture_options(steps=2, step_ms=0), "--set", "cycle.held_out_share=0.15")
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

    def ask_until_it_dies(self, chat, delivered):
        """Asks one question after the other; notes those whose reply came to its end."""
        while chat.process.poll() is None:
            type(self).asked += 1
            question = f"Question {self.asked}, {LONG}"
            result = subprocess.run(
                [FAILPOINT_BUILD / "bin/amooz", "--chat-address", chat.address, "chat", "--message", question,
                 "--max-tokens", "8"], capture_output=True, text=True, timeout=60)
            if result.returncode == 0:
                delivered.append(question)

    def check_killed(self, kill, **variables):
        delivered = []
        chat = self.serve(**variables)
        asking = threading.Thread(target=self.ask_until_it_dies, args=(chat, delivered))
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
        return delivered

    def test_rule_28_a_kill_at_each_failpoint(self):
        for point in SPOOL_POINTS:
            with self.subTest(point=point):
                delivered = self.check_killed(
                    lambda chat: self.assertEqual(-signal.SIGKILL, chat.await_end(KILL_SECONDS), "not reached"),
                    AMOOZ_FAILPOINT=point)
                if point.endswith(":3"):
                    self.assertTrue(delivered)

    def test_rule_28_a_kill_at_random_instants(self):
        instants = random.Random(11)
        for i in range(RANDOM_KILLS):
            after = instants.uniform(0.05, 1)
            with self.subTest(kill=i, after_seconds=round(after, 3)):
                def kill(chat, seconds=after):
                    time.sleep(seconds)
                    chat.kill()
                self.check_killed(kill)


if __name__ == "__main__":
    unittest.main()
