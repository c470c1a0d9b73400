"""kill -9 of amoozd, anywhere: the digests of an undisturbed run, and no acknowledged chat missing or doubled.

Holds cycle_rules.md 2, 3, 4 and 25 (issue: done when 5). Uses the build with failpoints and the fixture model; the
one test that kills a real training uses the torch plugin of the release build.
"""

import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import (BUILD, FAILPOINT_BUILD, SAMPLES, Workbench, fixture_options, needs_failpoints,  # noqa: E402
                     read_jsonl, small_torch_options, wait_until)

STAGES = ["collect", "score", "select", "vary", "merge", "snapshot", "train", "evaluate", "promote", "report"]
KILL_SECONDS = 60
RANDOM_CYCLE_KILLS = 20
RANDOM_INGEST_KILLS = 20
OPTIONS = ["--set", "cycle.held_out_share=0.15", "--set", "cycle.split_key=kill-test"]


def finished(server):
    """The newest cycle once it is over; None before."""
    cycles = server.amooz("cycle", "list")["cycles"]
    return cycles[0] if cycles and cycles[0]["state"] != "CYCLE_STATE_RUNNING" else None


def digests(cycle):
    return {key: cycle[key] for key in ("state", "dataset_digest", "candidate_digest")}


@needs_failpoints
class KilledCycle(unittest.TestCase):
    """Every test starts from a copy of one prepared data folder: datasets and chats imported, no cycle run."""

    options = [*OPTIONS, *fixture_options(steps=20, step_ms=5)]

    @classmethod
    def setUpClass(cls):
        cls.bench = Workbench(FAILPOINT_BUILD).__enter__()
        cls.addClassCleanup(cls.bench.__exit__, None, None, None)
        prepared = cls.bench.folder / "prepared"
        server = cls.bench.amoozd(*cls.options, data_dir=prepared)
        for name in ("dataset.fa.jsonl", "dataset.en.jsonl"):
            server.amooz("dataset", "import", SAMPLES / name)
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        server.stop()
        cls.prepared = prepared
        cls.n = 0
        undisturbed = cls.bench.amoozd(*cls.options, data_dir=cls.copy())
        began = time.monotonic()
        cls.expected = digests(undisturbed.cycle())
        cls.cycle_seconds = time.monotonic() - began
        undisturbed.stop()

    @classmethod
    def copy(cls):
        cls.n += 1
        folder = cls.bench.folder / f"run-{cls.n}"
        shutil.copytree(cls.prepared, folder)
        return folder

    def start_and_await_kill(self, folder, **variables):
        server = self.bench.amoozd(*self.options, data_dir=folder, environment=variables)
        server.run("cycle", "start", check=False)
        self.assertEqual(-signal.SIGKILL, server.await_end(KILL_SECONDS), "the failpoint was not hit")

    def recover(self, folder, **variables):
        """Restarts and returns (server, the finished cycle); starts the cycle if the kill came before it existed."""
        server = self.bench.amoozd(*self.options, data_dir=folder, environment=variables)
        if not server.amooz("cycle", "list")["cycles"]:
            server.run("cycle", "start")
        return server, wait_until(lambda: finished(server), KILL_SECONDS, "the cycle's end")

    def check(self, folder, server, cycle):
        self.assertEqual(self.expected, digests(cycle))
        self.assertEqual(1, len(server.amooz("cycle", "list")["cycles"]))
        server.stop()
        shutil.rmtree(folder)

    def test_rule_2_a_kill_on_either_side_of_each_stages_commit(self):
        for stage in STAGES:
            for side in ("before_commit", "after_commit"):
                with self.subTest(stage=stage, side=side):
                    folder = self.copy()
                    self.start_and_await_kill(folder, AMOOZ_FAILPOINT=f"cycle.{stage}.{side}")
                    self.check(folder, *self.recover(folder))

    def test_a_kill_at_random_instants_of_a_cycle(self):
        instants = random.Random(5)
        for i in range(RANDOM_CYCLE_KILLS):
            after = instants.uniform(0, self.cycle_seconds)
            with self.subTest(kill=i, after_seconds=round(after, 3)):
                folder = self.copy()
                server = self.bench.amoozd(*self.options, data_dir=folder)
                starter = subprocess.Popen([FAILPOINT_BUILD / "bin/amooz", "--address", server.address, "cycle", "start"],
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(after)
                server.kill()
                starter.wait()
                self.check(folder, *self.recover(folder))

    def test_rule_2_without_the_journal_this_test_fails(self):
        """The guard of the guard: with journal rows suppressed, a kill must show in the result."""
        differing = []
        for stage in ("snapshot", "train", "promote"):
            folder = self.copy()
            self.start_and_await_kill(folder, AMOOZ_FAILPOINT=f"cycle.{stage}.after_commit", AMOOZ_DISABLE_JOURNAL="1")
            try:
                server, cycle = self.recover(folder, AMOOZ_DISABLE_JOURNAL="1")
                versions = len(server.amooz("dataset", "list")["versions"])
                models = len(server.amooz("model", "list")["models"])
                if digests(cycle) != self.expected or versions != 3 or models != 1:
                    differing.append(stage)
                server.stop()
            except AssertionError:
                differing.append(stage)
        self.assertTrue(differing, "a kill went unnoticed although the journal was disabled")

    def test_rule_2_a_killed_training_resumes_at_its_checkpoint(self):
        self.options = [*OPTIONS, *fixture_options(steps=40, step_ms=50)]
        self.resumes_training(self.options)

    def resumes_training(self, options):
        undisturbed = self.bench.amoozd(*options, data_dir=self.copy())
        expected = digests(undisturbed.cycle())
        undisturbed.stop()
        folder = self.copy()
        server = self.bench.amoozd(*options, data_dir=folder)
        server.run("cycle", "start")
        checkpoints = folder / "checkpoints"
        wait_until(lambda: any(path.is_file() for path in checkpoints.rglob("*")), KILL_SECONDS, "a checkpoint")
        server.kill()
        server, cycle = self.recover(folder)
        self.assertEqual(expected, digests(cycle))
        steps = [int(event["resumed"]["step"]) for event in server.events(cycle["id"])
                 if event.get("resumed") and event["stage"] == "STAGE_TRAIN"]
        self.assertTrue(any(step > 0 for step in steps), f"resumed at steps {steps}")
        server.stop()

    def test_rule_2_a_killed_torch_training_resumes_at_its_checkpoint(self):
        torch = BUILD / "lib/amooz/plugins/torch.so"
        if not torch.exists():
            self.skipTest(f"no torch plugin in {torch}")
        options = [*OPTIONS, "--set", f"training.trainer={torch}", "--set", f"serving.runtime={torch}",
                   *small_torch_options(epochs=6, checkpoint_every_steps=5)]
        self.options = options
        self.resumes_training(options)


@needs_failpoints
class KilledIngest(unittest.TestCase):
    def setUp(self):
        self.bench = Workbench(FAILPOINT_BUILD).__enter__()
        self.addCleanup(lambda: self.bench.__exit__(None, None, None))
        rows = read_jsonl(SAMPLES / "chats.jsonl")
        self.chats = [{**row, "id": f"{row['id']}-{copy}"} for copy in range(40) for row in rows]
        self.file = self.bench.write_rows("chats.jsonl", self.chats)

    def stream(self, server):
        return subprocess.Popen([BUILD / "tests/bin/stream_client", server.address, "killed", self.file, "16"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def stored(self, server):
        """seq → text of all chats that the server lists."""
        found = {}
        for record in server.amooz("chats", "list", "--limit", 1000000)["chats"]:
            seq = int(record["seq"])
            self.assertNotIn(seq, found, "a chat is listed twice")
            found[seq] = record["chat"]["instruction"]
        return found

    def check_killed(self, kill, **variables):
        """Streams, lets `kill` end the server, and compares what was promised with what is there after a restart."""
        folder = self.bench.folder / f"data-{time.monotonic_ns()}"
        server = self.bench.amoozd(*fixture_options(), data_dir=folder, environment=variables)
        client = self.stream(server)
        kill(server)
        output, _ = client.communicate(timeout=60)
        promised = max((int(line.split()[1]) for line in output.splitlines() if line.startswith("upto")), default=0)
        server = self.bench.amoozd(*fixture_options(), data_dir=folder)
        stored = self.stored(server)
        self.assertEqual([], [seq for seq in range(1, promised + 1) if seq not in stored], "acknowledged, but missing")
        again = self.stream(server)
        again.communicate(timeout=60)
        self.assertEqual(0, again.returncode, "sending all of it again was not acknowledged")
        stored = self.stored(server)
        self.assertEqual({i: chat["instruction"] for i, chat in enumerate(self.chats, 1)}, stored)
        server.stop()
        shutil.rmtree(folder)
        return promised

    def test_rule_25_a_kill_on_either_side_of_a_commit(self):
        for side in ("before_commit", "after_commit"):
            with self.subTest(side=side):
                self.check_killed(lambda server: self.assertEqual(-signal.SIGKILL, server.await_end(KILL_SECONDS)),
                                  AMOOZ_FAILPOINT=f"ingest.{side}:3")

    def test_rule_25_a_kill_at_random_instants_of_ingest(self):
        instants = random.Random(7)
        promised = []
        for i in range(RANDOM_INGEST_KILLS):
            after = instants.uniform(0.005, 0.25)
            with self.subTest(kill=i, after_seconds=round(after, 3)):
                def kill(server, seconds=after):
                    time.sleep(seconds)
                    server.kill()
                promised.append(self.check_killed(kill))
        self.assertTrue(any(0 < n < len(self.chats) for n in promised), f"no kill came in the middle: {promised}")


if __name__ == "__main__":
    unittest.main()
