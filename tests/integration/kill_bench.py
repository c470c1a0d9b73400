"""What the tests that kill share: prepared data folders, undisturbed runs to compare with, the instants of a kill.

A kill is SIGKILL at a named failpoint (sdk/base/failpoint.h; the build with failpoints), at a file operation of a
trainer (tests/fixtures/kill_at_file.cc), or at a random instant. Whoever kills awaits the signal, so an instant that
is never reached fails its test; failpoints_test.py sees to it that no failpoint is left out of the lists here.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import FAILPOINT_BUILD, SAMPLES, Workbench, wait_until  # noqa: E402

STAGES = ["collect", "score", "select", "vary", "merge", "snapshot", "train", "evaluate", "promote", "report"]
KILL_SECONDS = 60
# At random instants, of each kind of work. AMOOZ_NIGHTLY is set by the ctest entries with the label `nightly`.
RANDOM_KILLS = 50 if os.environ.get("AMOOZ_NIGHTLY") else 10

# All that a cycle passes which trains, promotes and then retires chats. `name:n` is the n-th pass.
CYCLE_POINTS = [
    *(f"cycle.{stage}.{side}" for stage in STAGES for side in ("before_commit", "after_commit")),
    *(f"cycle.{stage}.begun" for stage in STAGES[1:]),
    "artifact.publish.before_manifest", "artifact.publish.before_rename", "artifact.publish.after_rename",
    "promotion.in_transaction",
    "retention.before_commit", "retention.after_commit",
]
TRAINING_POINTS = ["cycle.train.running:1", "cycle.train.running:7", "cycle.train.running:20"]
CHECKPOINT_INSTANTS = ["before_write", "before_rename", "after_rename", "before_write:5", "before_rename:5",
                       "after_rename:5"]
ROLLBACK_POINTS = ["promotion.before_commit", "promotion.in_transaction", "promotion.after_commit"]
MODEL_RETENTION_POINTS = ["retention.model_marked"]
INGEST_POINTS = ["ingest.taken:3", "ingest.in_transaction:3", "ingest.before_commit:3", "ingest.after_commit:3",
                 "ingest.before_ack:3", "ingest.after_ack:3"]
SPOOL_POINTS = ["spool.append.before_write:3", "spool.append.before_sync:3", "spool.append.after_sync:3",
                "spool.trim.before:3", "spool.trim.after:3", "spool.trim.segment_removed"]
# Until the end is stored, a killed cancel did not happen: the cycle goes on.
CANCEL_POINTS = ["cycle.cancel.called", "cycle.cancel.asked", "cycle.end.cleared", "cycle.end.before_commit",
                 "cycle.end.after_commit"]
WAL_POINTS = ["store.wal_lengthened", "store.wal_lengthened:9"]
FETCH_POINTS = ["model_fetch.file_written", "model_fetch.before_rename", "model_fetch.after_rename"]
ALL_POINTS = {point.split(":")[0] for point in (
    *CYCLE_POINTS, *TRAINING_POINTS, *ROLLBACK_POINTS, *MODEL_RETENTION_POINTS, *INGEST_POINTS, *SPOOL_POINTS,
    *CANCEL_POINTS, *WAL_POINTS, *FETCH_POINTS)}

# 20 of the samples' chats keep their text, so that retention has something to do; the key makes runs comparable.
OPTIONS = ["--set", "cycle.held_out_share=0.15", "--set", "cycle.split_key=kill-test", "--set", "chat_log.max_chats=20"]


def finished(server):
    """The newest cycle once it is over; None before."""
    cycles = server.amooz("cycle", "list")["cycles"]
    return cycles[0] if cycles and cycles[0]["state"] != "CYCLE_STATE_RUNNING" else None


def state_of(server):
    """All that a kill must leave as an undisturbed run does: what the server says, and what lies in its folder."""
    folder = server.data_dir
    chats = server.amooz("chats", "list", "--limit", 100000)["chats"]
    return {
        "cycles": [{key: cycle[key] for key in ("id", "state", "dataset_digest", "candidate_digest", "error")}
                   for cycle in server.amooz("cycle", "list")["cycles"]],
        "versions": [version["digest"] for version in server.amooz("dataset", "list")["versions"]],
        "models": [(model["digest"], model["state"]) for model in server.amooz("model", "list")["models"]],
        "chats": sorted((chat["producer"], chat["seq"], chat["digest"], chat["outcome"], chat["is_retired"])
                        for chat in chats),
        "artifacts": sorted(path.name for path in (folder / "artifacts").glob("*")),
        "checkpoints": sorted(path.name for path in (folder / "checkpoints").glob("*")),
        "dataset.json": (folder / "dataset.json").read_text() if (folder / "dataset.json").exists() else None,
        "log": [entry["final_size"] for entry in json.loads((folder / "enhancement_log.json").read_text())]
               if (folder / "enhancement_log.json").exists() else None,
    }


class KillBench(unittest.TestCase):
    """Every test starts from a copy of one prepared data folder: the samples imported, no cycle run."""

    options = OPTIONS

    @classmethod
    def setUpClass(cls):
        cls.bench = Workbench(FAILPOINT_BUILD).__enter__()
        cls.addClassCleanup(cls.bench.__exit__, None, None, None)
        cls.copies = 0
        cls.prepared = cls.bench.folder / "prepared"
        server = cls.bench.amoozd(*cls.options, data_dir=cls.prepared)
        cls.prepare(server)
        server.stop()

    @classmethod
    def prepare(cls, server):
        for name in ("dataset.fa.jsonl", "dataset.en.jsonl"):
            server.amooz("dataset", "import", SAMPLES / name)
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")

    @classmethod
    def copy(cls, of=None):
        cls.copies += 1
        folder = cls.bench.folder / f"run-{cls.copies}"
        shutil.copytree(of or cls.prepared, folder)
        return folder

    @classmethod
    def undisturbed(cls, options):
        """The state after a cycle that nothing happened to, and its events; run_seconds is how long it took."""
        folder = cls.copy()
        server = cls.bench.amoozd(*options, data_dir=folder)
        began = time.monotonic()
        cycle = server.cycle()
        cls.run_seconds = time.monotonic() - began
        server.stop()
        server = cls.bench.amoozd(*options, data_dir=folder)  # whatever follows a cycle is done by now
        state = state_of(server)
        events = server.events(cycle["id"])
        server.stop()
        shutil.rmtree(folder)
        return state, events

    def serve(self, folder, **variables):
        return self.bench.amoozd(*self.options, data_dir=folder, environment=variables)

    def await_kill(self, server):
        self.assertEqual(-signal.SIGKILL, server.await_end(KILL_SECONDS), "the instant of the kill was not reached")

    def start_and_await_kill(self, folder, **variables):
        server = self.serve(folder, **variables)
        server.run("cycle", "start", check=False)
        self.await_kill(server)

    def start_and_kill_after(self, folder, seconds):
        """Kills the server so long after a cycle was asked for: before it began, within it, or after its end."""
        server = self.serve(folder)
        starter = subprocess.Popen([FAILPOINT_BUILD / "bin/amooz", "--address", server.address, "cycle", "start"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        server.kill()
        starter.wait()

    def recover(self, folder, **variables):
        """Restarts and returns (server, the finished cycle); starts the cycle if the kill came before it existed."""
        server = self.serve(folder, **variables)
        if not server.amooz("cycle", "list")["cycles"]:
            server.run("cycle", "start", "--wait")
        return server, wait_until(lambda: finished(server), KILL_SECONDS, "the cycle's end")

    def check(self, folder, server, expected):
        """The state is, or soon becomes, the expected one: retention follows a cycle's end."""
        try:
            wait_until(lambda: state_of(server) == expected, 10, "the undisturbed run's state")
        except AssertionError:
            self.maxDiff = None
            self.assertEqual(expected, state_of(server))
        server.stop()
        shutil.rmtree(folder)
