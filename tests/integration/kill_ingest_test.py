"""kill -9 of amoozd while chats stream in: no acknowledged chat is missing, none is there twice (rule 25)."""

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
                     read_jsonl)
from kill_bench import INGEST_POINTS, KILL_SECONDS, RANDOM_KILLS  # noqa: E402


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

    @staticmethod
    def upto(output):
        """What was acknowledged last."""
        return max((int(line.split()[1]) for line in output.splitlines() if line.startswith("upto")), default=0)

    def stored(self, server):
        """seq → text of all chats that the server lists."""
        found = {}
        for record in server.amooz("chats", "list", "--limit", 1000000)["chats"]:
            seq = int(record["seq"])
            self.assertNotIn(seq, found, "a chat is listed twice")
            found[seq] = record["chat"]["instruction"]
        return found

    def undisturbed_seconds(self):
        """From the first acknowledgement to the last."""
        server = self.bench.amoozd(*fixture_options())
        with self.stream(server) as client:
            client.stdout.readline()
            began = time.monotonic()
            self.assertEqual(len(self.chats), self.upto(client.stdout.read()))
            seconds = time.monotonic() - began
        server.stop()
        return seconds

    def check_killed(self, kill, **variables):
        """Streams, lets `kill` end the server, and compares what was promised with what is there after a restart."""
        folder = self.bench.folder / f"data-{time.monotonic_ns()}"
        server = self.bench.amoozd(*fixture_options(), data_dir=folder, environment=variables)
        with self.stream(server) as client:
            first = client.stdout.readline()  # an acknowledgement, or nothing if the server is killed before
            kill(server)
            promised = self.upto(first + client.stdout.read())
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

    def test_rule_25_a_kill_at_each_failpoint(self):
        promised = []
        for point in INGEST_POINTS:
            with self.subTest(point=point):
                promised.append(self.check_killed(
                    lambda server: self.assertEqual(-signal.SIGKILL, server.await_end(KILL_SECONDS)),
                    AMOOZ_FAILPOINT=point))
        # Each comes after two acknowledgements, but a killed server's connection may lose them on their way.
        self.assertGreater(max(promised, default=0), 0)

    def test_rule_25_a_kill_at_random_instants_of_ingest(self):
        instants, seconds = random.Random(7), self.undisturbed_seconds()
        promised = []
        for i in range(RANDOM_KILLS):
            after = instants.uniform(0, seconds)
            with self.subTest(kill=i, after_seconds=round(after, 3)):
                def kill(server, seconds=after):
                    time.sleep(seconds)
                    server.kill()
                promised.append(self.check_killed(kill))
        self.assertTrue(any(0 < n < len(self.chats) for n in promised), f"no kill came in the middle: {promised}")


if __name__ == "__main__":
    unittest.main()
