"""A damaged database, a full spool, and a clock that was set back (tests/bad_input.md)."""

import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bad_input import FAILED, GOOD, BadInput  # noqa: E402
from harness import FAILPOINT_BUILD, SAMPLES, fixture_options, needs_failpoints, wait_until  # noqa: E402

PAGE = 4096
DAY = 24 * 3600


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


class FullSpool(BadInput):
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
    unittest.main()
