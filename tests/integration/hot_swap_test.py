"""Four clients stream without pause through two promotions and a rollback.

No request fails; every reply names one model and is what `amooz-plugin generate` gives for that model, request and
seed; all expected models are seen; the old child is gone within 10 s.
"""

import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, SAMPLES, Workbench, fixture_options, read_jsonl, small_torch_options, wait_until  # noqa: E402

CLIENTS = 4
TOKENS = 64
SECONDS_FOR_A_SWITCH = 30
OLD_CHILD_SECONDS = 10
QUESTIONS = ["دلم برای مادرم تنگ شده", "I feel lonely tonight.", "سلام", "می‌خواهم حرف بزنم"]


class Client(threading.Thread):
    """Asks without pause until told to stop; keeps every reply and every failure."""

    def __init__(self, number, environment):
        super().__init__()
        self.number, self.environment = number, environment
        self.replies, self.failures = [], []
        self.done = threading.Event()

    def run(self):
        i = 0
        while not self.done.is_set():
            question, seed = QUESTIONS[(self.number + i) % len(QUESTIONS)], 1000 * self.number + i
            result = subprocess.run(
                [BUILD / "bin/amooz", "chat", "--message", question, "--seed", str(seed), "--min-tokens", str(TOKENS),
                 "--max-tokens", str(TOKENS + 16), "--output", "json"],
                env=self.environment, capture_output=True, text=True)
            if result.returncode != 0:
                self.failures.append((question, seed, result.stderr))
            else:
                self.replies.append((question, seed, json.loads(result.stdout)))
            i += 1


class HotSwap(unittest.TestCase):
    """With the fixture model; TorchHotSwap repeats it with LibTorch."""

    options = fixture_options(steps=10, step_ms=1)
    plugin = BUILD / "tests/plugins/fixture.so"

    def seen(self, clients):
        return {reply["model_digest"] for client in clients for _, _, reply in list(client.replies)}

    def children(self, chat):
        return {int(model["pid"]): model["digest"] for model in chat.amooz("chat", "--status")["models"] if model["pid"]}

    def await_model(self, clients, chat, digest, old):
        wait_until(lambda: digest in self.seen(clients), SECONDS_FOR_A_SWITCH, f"a reply of {digest[:12]}")
        if old:
            wait_until(lambda: old not in self.children(chat).values(), OLD_CHILD_SECONDS, "the old child's end")

    def test_no_request_fails_through_two_promotions_and_a_rollback(self):
        with Workbench() as bench:
            server = bench.amoozd(*self.options, "--set", "cycle.held_out_share=0.15",
                                  "--set", "cycle.split_key=hot-swap", "--set", "gate.mode=report_only")
            server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
            first = server.cycle()
            self.assertTrue(first["summary"]["promoted"], first["summary"]["promotion_reason"])
            chat = bench.amooz_chat(server)
            wait_until(lambda: chat.amooz("chat", "--status")["serving_digest"], SECONDS_FOR_A_SWITCH, "a served model")
            environment = {**os.environ, "AMOOZ_CHAT_ADDRESS": chat.address}
            clients = [Client(i, environment) for i in range(CLIENTS)]
            for client in clients:
                client.start()
            try:
                models = [first["candidate_digest"]]
                self.await_model(clients, chat, models[0], None)
                chats = read_jsonl(SAMPLES / "chats.jsonl")
                for part in (chats[:75], chats[75:]):
                    server.amooz("chats", "import", bench.write_rows(f"part-{len(part)}-{len(models)}.jsonl", part))
                    cycle = server.cycle()
                    self.assertTrue(cycle["candidate_digest"], cycle["summary"]["training_reason"])
                    if not cycle["summary"]["promoted"]:
                        server.amooz("model", "promote", cycle["candidate_digest"])
                    self.await_model(clients, chat, cycle["candidate_digest"], models[-1])
                    models.append(cycle["candidate_digest"])
                before = sum(len(client.replies) for client in clients)
                rollback = server.amooz("model", "rollback")["promotion"]
                self.assertEqual(models[1], rollback["digest"])
                wait_until(lambda: models[2] not in self.children(chat).values(), SECONDS_FOR_A_SWITCH, "the rollback")
                wait_until(lambda: sum(len(client.replies) for client in clients) > before + 2 * CLIENTS,
                           SECONDS_FOR_A_SWITCH, "replies after the rollback")
            finally:
                for client in clients:
                    client.done.set()
                for client in clients:
                    client.join()
            self.assertEqual([], [failure for client in clients for failure in client.failures])
            self.assertEqual(set(models), self.seen(clients))
            self.assertEqual(3, len(set(models)))
            self.check_replies(bench, server, clients, models)

    def check_replies(self, bench, server, clients, models):
        """Every reply against what the tool says for that model, request and seed."""
        for digest in models:
            folder = bench.folder / f"model-{digest[:12]}"
            server.run("model", "fetch", digest, "--out", folder)
            replies = [reply for client in clients for reply in client.replies if reply[2]["model_digest"] == digest]
            self.assertTrue(replies)
            for question, seed, reply in replies:
                expected = bench.tool("generate", self.plugin, "--model", folder, "--prompt", question, "--seed", seed,
                                      "--min-tokens", TOKENS, "--max-tokens", TOKENS + 16, "--json")
                self.assertEqual(json.loads(expected.stdout)["text"], reply["text"])
                self.assertGreaterEqual(int(reply["reply_tokens"]), TOKENS)


@unittest.skipUnless((BUILD / "lib/amooz/plugins/torch.so").exists(), "no torch plugin in this build")
class TorchHotSwap(HotSwap):
    options = small_torch_options()
    plugin = BUILD / "lib/amooz/plugins/torch.so"


if __name__ == "__main__":
    unittest.main()
