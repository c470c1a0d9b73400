"""Whole cycles with the real binaries and the fixture model: what a cycle promises to the people who use it."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import SAMPLES, Workbench, fixture_options, read_jsonl, wait_until  # noqa: E402

SUMMARY_FIELDS = {"original_size", "found_in_chats", "added_from_chats", "added_variations", "duplicates_removed",
                  "evicted", "final_size", "growth", "trained", "training_reason", "held_out_before", "held_out_after",
                  "promoted", "promotion_reason"}
OPTIONS = ["--set", "cycle.held_out_share=0.15", "--set", "cycle.split_key=cycle-test"]


class Cycle(unittest.TestCase):
    def setUp(self):
        self.bench = Workbench().__enter__()
        self.addCleanup(lambda: self.bench.__exit__(None, None, None))

    def server(self, *options, **where):
        return self.bench.amoozd(*OPTIONS, *fixture_options(steps=5), *options, **where)

    def with_data(self, *options):
        server = self.server(*options)
        for name in ("dataset.fa.jsonl", "dataset.en.jsonl"):
            server.amooz("dataset", "import", SAMPLES / name)
        chats = read_jsonl(SAMPLES / "chats.jsonl")
        self.first = self.bench.write_rows("first.jsonl", chats[:90])
        self.rest = self.bench.write_rows("rest.jsonl", chats[90:])
        return server

    def test_two_cycles_and_everything_that_is_said_of_them(self):
        server = self.with_data()
        server.amooz("chats", "import", self.first)
        first = server.cycle()
        self.assertEqual("CYCLE_STATE_FINISHED", first["state"])
        self.assertTrue(first["summary"]["promoted"], first["summary"]["promotion_reason"])
        self.assertIsNone(first["summary"]["held_out_before"])
        server.amooz("chats", "import", self.rest)
        second = server.cycle()
        for cycle in (first, second):
            s = cycle["summary"]
            self.assertLessEqual(SUMMARY_FIELDS, set(s))
            self.assertEqual(s["final_size"], s["original_size"] + s["found_in_chats"] + s["added_variations"]
                             - s["duplicates_removed"] - s["evicted"], "rule 11")
            self.assertEqual(s["growth"], s["final_size"] - s["original_size"])
        self.assertEqual(first["summary"]["final_size"], second["summary"]["original_size"])
        self.assertIsNotNone(second["summary"]["held_out_before"])
        self.rule_29_files(server, [first, second])
        self.rule_17_and_18_no_variation_of_a_held_out_row(server)
        self.texts(server, second["id"])
        self.every_sample_chat_is_explained(server)

    def rule_29_files(self, server, cycles):
        rows = json.loads((server.data_dir / "dataset.json").read_text())
        self.assertEqual(cycles[-1]["summary"]["final_size"], len(rows))
        self.assertEqual({"instruction", "response"}, set(rows[0]))
        log = json.loads((server.data_dir / "enhancement_log.json").read_text())
        self.assertEqual(2, len(log))
        self.assertEqual(["timestamp", "original_size", "final_size", "added_from_chats", "added_variations", "growth"],
                         list(log[0])[:6])

    def rule_17_and_18_no_variation_of_a_held_out_row(self, server):
        rows = server.export()
        self.assertEqual({"id", "instruction", "response", "origin", "split", "context", "source", "score", "created_in"},
                         set(rows[0]))
        self.assertNotIn("held_out", {row["split"] for row in rows if row["origin"] == "variation"})
        held_out = {row["response"] for row in rows if row["split"] == "held_out"}
        self.assertGreaterEqual(len(held_out), 20)
        self.assertFalse(held_out & {row["response"] for row in rows if row["split"] in ("train", "validation")})

    def texts(self, server, cycle_id):
        text = server.run("cycle", "report", cycle_id).stdout
        for words in ("Enhancement Summary", "Original size", "Promoted"):
            self.assertIn(words, text)
        page = self.bench.folder / "report.html"
        server.run("cycle", "report", cycle_id, "--format", "html", "--out", page)
        html = page.read_text()
        self.assertIn("<svg", html)
        self.assertNotIn("http://", html.replace("http://www.w3.org/", ""))
        self.assertNotIn("https://", html)
        self.assertEqual(cycle_id, json.loads(server.run("cycle", "report", cycle_id, "--format", "json").stdout)
                         ["report"]["cycle"]["id"])

    def every_sample_chat_is_explained(self, server):
        """The samples' labels, written by their author, against what was decided (rule 8: first reason counts)."""
        expected = {"too_short": "CHAT_OUTCOME_VETOED", "exact_duplicate": "CHAT_OUTCOME_DUPLICATE",
                    "in_dataset": "CHAT_OUTCOME_DUPLICATE_OF_EXAMPLE", "good": "CHAT_OUTCOME_ACCEPTED"}
        right = total = 0
        for row in read_jsonl(SAMPLES / "labels.jsonl"):
            if row["label"] in expected:
                total += 1
                right += server.amooz("why", row["id"])["decision"]["outcome"].startswith(expected[row["label"]])
        self.assertGreaterEqual(right / total, 0.9, f"{right} of {total} labels agree")

    def test_rule_5_a_file_imported_twice_adds_nothing(self):
        server = self.with_data()
        before = server.amooz("status")["dataset_size"]
        again = server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
        self.assertTrue(again["already_imported"])
        self.assertEqual(before, server.amooz("status")["dataset_size"])

    def test_rule_9_imported_rows_are_exported_byte_for_byte(self):
        server = self.server()
        rows = [{"instruction": "  كيف\u200c حال؟ ", "response": "خوبم\u0640\u0640.\u2028 "},
                {"instruction": "e\u0301", "response": "پاسخ ۱۲۳ ي"}]
        server.amooz("dataset", "import", self.bench.write_rows("rows.jsonl", rows))
        exported = [{key: row[key] for key in ("instruction", "response")} for row in server.export()]
        self.assertEqual(rows, exported)

    def test_no_train_ends_after_snapshot_and_training_is_owed(self):
        server = self.with_data()
        cycle = server.cycle("--no-train")
        self.assertEqual("CYCLE_STATE_FINISHED", cycle["state"])
        self.assertFalse(cycle["summary"]["trained"])
        self.assertTrue(server.amooz("status")["training_owed"])

    def test_rule_6_the_scheduler_starts_a_cycle_and_a_pause_survives_a_restart(self):
        server = self.with_data("--set", "cycle.enhancement_interval=1s")
        server.amooz("chats", "import", self.first)
        wait_until(lambda: [cycle for cycle in server.amooz("cycle", "list")["cycles"]
                            if cycle["trigger"] == "CYCLE_TRIGGER_SCHEDULE" and cycle["state"] == "CYCLE_STATE_FINISHED"],
                   60, "a cycle by schedule")
        server.amooz("schedule", "pause")
        server.stop()
        server = self.server("--set", "cycle.enhancement_interval=1s")
        self.assertTrue(server.amooz("schedule", "show")["schedule"]["paused"])
        self.assertFalse(server.amooz("schedule", "resume")["schedule"]["paused"])

    def test_rule_3_a_cancelled_training_leaves_the_dataset_and_is_owed(self):
        server = self.with_data(*fixture_options(steps=400, step_ms=50))
        server.amooz("chats", "import", self.first)
        cycle_id = server.amooz("cycle", "start")["cycle"]["id"]
        wait_until(lambda: server.amooz("cycle", "show", cycle_id)["cycle"]["stage"] == "STAGE_TRAIN", 30, "training")
        server.amooz("cycle", "cancel", cycle_id)
        wait_until(lambda: server.amooz("cycle", "show", cycle_id)["cycle"]["state"] == "CYCLE_STATE_CANCELLED", 3,
                   "the cancelled cycle's end")
        status = server.amooz("status")
        self.assertTrue(status["training_owed"])
        self.assertGreater(status["dataset_size"], 440)
        self.assertEqual(0, status["unread_chats"])

    def test_status_says_why_nothing_happens(self):
        server = self.server()
        text = server.run("status").stdout
        self.assertIn("0 of the 20 chats", text)
        self.assertTrue(server.amooz("status")["explanations"])

    def test_rule_24_rollback_goes_to_the_previous_model(self):
        server = self.with_data()
        first = server.cycle()["candidate_digest"]
        server.amooz("chats", "import", self.first)
        second = server.cycle()
        if not second["summary"]["promoted"]:
            server.amooz("model", "promote", second["candidate_digest"])
        self.assertEqual(first, server.amooz("model", "rollback")["promotion"]["digest"])
        self.assertEqual(first, server.amooz("model", "show", "active")["model"]["digest"])


if __name__ == "__main__":
    unittest.main()
