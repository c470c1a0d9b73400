"""Full and read-only disks (tests/bad_input.md): tmpfs or, with AMOOZ_TEST_MOUNT=0, failpoints (small_disk.py)."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bad_input import BadInput, faulty_trainer, over  # noqa: E402
from harness import SAMPLES, fixture_options, wait_until  # noqa: E402
from small_disk import SmallDisk  # noqa: E402


class FullDisk(BadInput):
    def on_small_disk(self, *options):
        self.disk = SmallDisk(self, megabytes=24)
        self.addCleanup(self.end_servers)  # before the unmounting
        return self.trained_server(*options, data_dir=self.disk.path / "data", **self.disk.where)

    def await_disk_problem(self, server):
        wait_until(lambda: any("of the disk is free" in problem for problem in server.amooz("status")["problems"]), 10,
                   "the problem")

    def end_servers(self):
        for server in self.bench.servers:
            if server.process.poll() is None:
                server.kill()

    def test_a_disk_that_is_low_while_chats_come_in(self):
        server, active = self.on_small_disk()
        chat = self.serving_chat(server)
        self.disk.make_low()
        self.reply(chat)
        self.await_disk_problem(server)
        status = server.run("status").stdout
        self.assert_says(["disk", "free", "chat_log.min_free_disk_percent"], status)
        self.assertEqual(0, self.counts(server)[0], "nothing is read while the disk is low")
        self.assertEqual(active, self.reply(chat)["model_digest"], "amooz-chat's spool keeps the chats meanwhile")
        self.disk.free()
        wait_until(lambda: self.counts(server)[0] == 2, 20, "both chats")
        self.assert_sound(server)

    def test_a_disk_that_is_full_while_chats_come_in(self):
        server, active = self.on_small_disk("--set", "chat_log.min_free_disk_percent=0", *fixture_options(steps=5))
        self.disk.fill()
        result = server.run("chats", "import", SAMPLES / "chats.jsonl", check=False)
        self.assertNotEqual(0, result.returncode)
        self.assert_says(["disk", "full", "free some space"], result.stderr)
        self.assertEqual(0, self.counts(server)[0], "what is not on disk was not acknowledged")
        self.assertEqual(active, server.amooz("status")["active_model"])
        self.disk.free()
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        self.assertGreater(self.counts(server)[0], 100, "it goes on by itself")
        self.assert_sound(server)

    def test_a_disk_that_fills_in_training(self):
        server, active = self.on_small_disk()
        chat = self.serving_chat(server)
        server.stop()
        output = server.data_dir / "artifacts" / "staging-cycle-2" / "model.bin"
        where = {**self.disk.where, "environment": {"AMOOZ_DISK_FAULT_FILE": str(output)}}  # full as long as that is there
        server = self.server(*faulty_trainer("fill_disk"), data_dir=server.data_dir, **where)
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        before = self.disk.free_bytes()
        cycle = server.amooz("cycle", "start")["cycle"]["id"]
        self.await_disk_problem(server)
        self.assertTrue(output.exists(), "it is the trainer that fills the disk")
        ended = wait_until(lambda: over(server, cycle), 60, "the cycle's end")
        self.assertEqual("CYCLE_STATE_FAILED", ended["state"])
        self.assert_says(["faulty", "no space left", "training is owed"], ended["error"])
        self.assertEqual(2, len(server.amooz("cycle", "list")["cycles"]))
        self.assertEqual([], list((server.data_dir / "checkpoints").iterdir()))
        self.assertEqual([], list((server.data_dir / "artifacts").glob("staging-*")))
        if self.disk.is_mounted:
            self.assertGreater(self.disk.free_bytes(), before // 2, "what the trainer wrote is cleared away")
        self.assertEqual(active, self.reply(chat)["model_digest"])
        server.stop()
        server = self.server(data_dir=server.data_dir, **self.disk.where)
        self.assertTrue(server.cycle()["summary"]["trained"])
        self.assert_sound(server)

    def test_a_disk_that_is_filled_during_training(self):
        server, active = self.on_small_disk("--set", "training.config.step_ms=100", *fixture_options(steps=30))
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        cycle = server.amooz("cycle", "start")["cycle"]["id"]
        wait_until(lambda: any((server.data_dir / "checkpoints").rglob("checkpoint")), 30, "the training")
        self.disk.fill()
        wait_until(lambda: f"cycle {cycle}: " in server.log, 60, "the write that fails, whichever is the first")
        self.assert_says(["disk", "full", "taken up again"], server.log)
        self.assertEqual(active, server.amooz("status")["active_model"])
        self.assertIn(f"Cycle {cycle} is running", server.run("status").stdout)
        self.disk.free()
        ended = wait_until(lambda: over(server, cycle), 60, "the cycle's end")
        self.assertIn(ended["state"], ("CYCLE_STATE_FINISHED", "CYCLE_STATE_FAILED"))
        self.assertTrue(ended["state"] == "CYCLE_STATE_FINISHED" or "free" in ended["error"], ended["error"])
        self.assertLess(server.log.count("taken up again"), 4, "it was tried again and again")
        if ended["state"] == "CYCLE_STATE_FAILED":
            self.assertTrue(server.cycle()["summary"]["trained"])
        self.assert_sound(server)


class ReadOnlyFolder(BadInput):
    def test_a_data_folder_that_cannot_be_written(self):
        disk = SmallDisk(self, megabytes=24)
        server, active = self.trained_server(data_dir=disk.path / "data", **disk.where)
        chat = self.serving_chat(server)
        server.stop()
        disk.make_read_only()
        for name, folder, options in (("amoozd", disk.path / "data", fixture_options()),
                                      ("amoozd", disk.path / "new", fixture_options()),
                                      ("amooz-chat", disk.path / "new", [])):
            with self.subTest(server=name, folder=folder.name):
                self.cannot_start(name, "--data-dir", folder, "--listen", "127.0.0.1:0", *options,
                                  says=[str(folder), "ead-only"], **disk.where)
        disk.make_writable()
        server = self.server(data_dir=server.data_dir, **disk.where)
        self.addCleanup(server.kill)
        self.assertEqual(active, server.amooz("status")["active_model"])
        self.assertEqual(active, self.reply(chat)["model_digest"])


if __name__ == "__main__":
    unittest.main()
