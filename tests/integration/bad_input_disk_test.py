"""Full, read-only and damaged disks, and a clock that was set back (tests/bad_input.md). The last line says whether the
disks were small tmpfs or failpoints (small_disk.py)."""

import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bad_input import FAILED, GOOD, BadInput, faulty_trainer, over  # noqa: E402
from harness import FAILPOINT_BUILD, SAMPLES, fixture_options, needs_failpoints, wait_until  # noqa: E402
from small_disk import WAYS, SmallDisk  # noqa: E402

PAGE = 4096
DAY = 24 * 3600


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

    def test_a_full_spool(self):
        server, active = self.trained_server()
        chat = self.serving_chat(server, "--spool-limit", "1MiB")
        server.stop()
        messages = ["و" * 20_000 + str(i) for i in range(64)]
        refused = None
        for message in messages:
            result = chat.run("chat", "--message", message, "--seed", 1, check=False)
            if result.returncode != 0:
                refused = result
                break
        self.assertIsNotNone(refused, "the spool took more than its limit")
        self.assert_says(["spool", "full", "--spool-limit"], refused.stderr)
        waiting = chat.amooz("chat", "--status")["spooled_chats"]
        server = self.server(data_dir=server.data_dir)
        chat.stop()
        self.serving_chat(server, "--spool-limit", "1MiB")
        wait_until(lambda: self.counts(server)[0] >= waiting, 20, "what the spool held")


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


class DamagedDatabase(BadInput):
    def damaged(self, damage, first_chat=GOOD):
        server, _ = self.trained_server()
        server.amooz("chats", "import", self.bench.write_rows("first.jsonl", [first_chat]))
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        server.stop()
        database = server.data_dir / "amooz.db"
        data = bytearray(database.read_bytes())
        damage(data)
        database.write_bytes(data)
        return server.data_dir, bytes(data)

    def test_a_database_that_is_none(self):
        folder, data = self.damaged(lambda data: data.__setitem__(slice(0, 100), b"x" * 100))
        self.cannot_start("amoozd", "--data-dir", folder, "--listen", "127.0.0.1:0", *fixture_options(),
                          says=["amooz.db", "damaged", "backup"])
        self.assertEqual(data, (folder / "amooz.db").read_bytes(), "what is left must stay for a repair")

    def test_a_database_that_was_cut_short(self):
        folder, data = self.damaged(lambda data: data.__delitem__(slice(len(data) // 2 // PAGE * PAGE, None)))
        self.cannot_start("amoozd", "--data-dir", folder, "--listen", "127.0.0.1:0", *fixture_options(),
                          says=["amooz.db", "damaged", "backup"])
        self.assertEqual(data, (folder / "amooz.db").read_bytes(), "what is left must stay for a repair")

    def test_a_database_whose_pages_are_all_corrupted(self):
        def damage(data):
            for page in range(1, len(data) // PAGE):
                data[page * PAGE:page * PAGE + 200] = b"\x07" * 200
        folder, data = self.damaged(damage)
        self.cannot_start("amoozd", "--data-dir", folder, "--listen", "127.0.0.1:0", *fixture_options(),
                          says=["amooz.db", "damaged", "backup"])

    def test_a_corrupted_page_of_the_chats(self):
        text = "what only one chat says"

        def damage(data):
            self.assertEqual(1, data.count(text.encode()))
            page = data.find(text.encode()) // PAGE * PAGE
            data[page:page + 100] = b"\x07" * 100
        folder, _ = self.damaged(damage, first_chat={"id": "marked", "instruction": "سلام", "response": text})
        server = self.server(data_dir=folder)
        for words in (["why", "marked"], ["chats", "list", "--limit", 1000], ["cycle", "start", "--wait"]):
            with self.subTest(words=words):
                result = server.run(*words, check=False)
                self.assertEqual(FAILED, result.returncode, result.stdout + result.stderr)
                self.assert_says(["amooz.db", "damaged", "stop amoozd", "backup"], result.stderr)
        server.run("why", "s0150")
        self.assertEqual(self.counts(server)[1], len(server.export()))
        self.assert_sound(server)


@needs_failpoints
class ClockSetBack(BadInput):
    build = FAILPOINT_BUILD

    def test_a_clock_that_is_set_back(self):
        offset = self.bench.write("offset", str(2 * DAY))
        server = self.server("--set", "cycle.enhancement_interval=1h", "--set", "cycle.min_chats_for_learning=5",
                             *fixture_options(steps=5), environment={"AMOOZ_CLOCK_OFFSET_FILE": str(offset)})
        server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
        active = server.cycle()["candidate_digest"]
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        offset.write_text("0")
        wait_until(lambda: self.next_look_seconds(server) <= 3600, 10, "a look within an interval")
        offset.write_text("3700")
        wait_until(lambda: len(server.amooz("cycle", "list")["cycles"]) == 2, 20, "the scheduled cycle")
        cycle = wait_until(lambda: self.over(server), 30, "its end")
        self.assertEqual("CYCLE_STATE_FINISHED", cycle["state"])
        self.assertEqual("CYCLE_TRIGGER_SCHEDULE", cycle["trigger"])
        summary, candidate = cycle["summary"], cycle["candidate_digest"]
        self.assertTrue(summary["trained"], summary["training_reason"])
        self.assertNotIn(candidate, ("", active))
        self.assertEqual(candidate if summary["promoted"] else active, server.amooz("status")["active_model"])
        self.assertEqual(0, server.amooz("status")["unread_chats"])
        server.run("cycle", "report", cycle["id"])
        self.assert_sound(server)

    def over(self, server):
        cycle = server.amooz("cycle", "list")["cycles"][0]
        return cycle if cycle["state"] != "CYCLE_STATE_RUNNING" else None

    def next_look_seconds(self, server):
        next_look = server.amooz("schedule", "show")["schedule"]["next_look"]
        at = datetime.datetime.fromisoformat(next_look.replace("Z", "+00:00")[:19] + "+00:00")
        return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    print("disks:", ", ".join(sorted(WAYS)) or "none were needed")
    sys.exit(not result.wasSuccessful())
