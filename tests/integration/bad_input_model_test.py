"""Tampered artifacts, and runtimes that fail in amooz-chat (tests/bad_input.md): the model before keeps serving."""

import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bad_input import FAILED, UNAVAILABLE, BadInput, faulty_runtime  # noqa: E402
from harness import SAMPLES, wait_until  # noqa: E402


def model_file(folder):
    return max((path for path in folder.iterdir() if path.name != "manifest.json"), key=lambda path: path.stat().st_size)


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


class TwoModels(BadInput):
    def two_models(self, *options):
        """A server with two models; the second is active."""
        server, first = self.trained_server(*options)
        return server, first, self.next_model(server)

    def next_model(self, server):
        """Trains another model and puts it into service."""
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        cycle = server.cycle()
        digest = cycle["candidate_digest"]
        self.assertTrue(digest)
        if not cycle["summary"]["promoted"]:
            server.amooz("model", "promote", digest)
        return digest

    def failure(self, server, digest):
        return server.amooz("model", "show", digest)["model"]["failure"]


class TamperedArtifacts(TwoModels):
    def damages(self, change, says):
        """Neither handed out nor put into service, and `amooz model show` says why; the active one serves on."""
        server, first, second = self.two_models()
        chat = self.serving_chat(server)
        self.assertEqual(second, self.reply(chat)["model_digest"])
        change(server.data_dir / "artifacts" / first)
        out = self.bench.folder / "fetched"
        for words in (["model", "fetch", first, "--out", out], ["model", "promote", first], ["model", "rollback"]):
            with self.subTest(words=words):
                self.refused(server, *words, code=FAILED, says=["damaged", "train again", *says])
        self.assertFalse(out.exists())
        self.assert_says(["damaged", *says], self.failure(server, first))
        self.assert_says(["Failure", "damaged"], server.run("model", "show", first).stdout)
        self.assertEqual(second, self.reply(chat)["model_digest"])

    def test_a_tampered_model_file(self):
        self.damages(lambda folder: flip_a_bit(model_file(folder)), ["model.bin"])

    def test_a_tampered_manifest(self):
        self.damages(lambda folder: flip_a_bit(folder / "manifest.json"), ["manifest.json"])

    def test_a_model_file_that_is_missing(self):
        self.damages(lambda folder: model_file(folder).unlink(), ["model.bin"])

    def test_a_file_that_was_added_to_a_model(self):
        self.damages(lambda folder: (folder / "more.bin").write_bytes(b"x"), ["more.bin"])

    def test_a_tampered_active_model(self):
        self.loses_the_active_model(lambda folder: flip_a_bit(model_file(folder)), "model.bin")

    def test_the_only_models_folder_is_missing(self):
        self.loses_the_active_model(shutil.rmtree, "folder is missing")

    def loses_the_active_model(self, change, says):
        """amooz-chat serves on from its copy; a cycle says what is wrong, compares with no rubbish and replaces nothing."""
        server, active = self.trained_server()
        chat = self.serving_chat(server)
        change(server.data_dir / "artifacts" / active)
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        cycle = server.cycle()
        self.assert_says(["active_damaged", "damaged", says, active[:12], "amooz model promote"],
                         cycle["summary"]["promotion_reason"])
        self.assert_says(["damaged", says], self.failure(server, active))
        self.assertEqual(active, server.amooz("status")["active_model"])
        self.assertEqual(active, self.reply(chat)["model_digest"])
        server.amooz("model", "promote", cycle["candidate_digest"])
        self.assertEqual(cycle["candidate_digest"], server.amooz("status")["active_model"])
        self.assert_sound(server)

    def test_a_tampered_model_in_amooz_chats_copy(self):
        server, active = self.trained_server()
        chat = self.serving_chat(server)
        chat.stop()
        copy = model_file(chat.data_dir / "models" / active)
        whole = copy.read_bytes()
        flip_a_bit(copy)
        chat = self.serving_chat(server)
        self.assertEqual(active, self.reply(chat)["model_digest"])
        self.assertEqual(whole, copy.read_bytes(), "it was fetched again")
        self.assert_says(["model.bin", "fetched again"], chat.log)

    def test_a_tampered_copy_while_amoozd_is_away(self):
        server, active = self.trained_server()
        chat = self.serving_chat(server)
        chat.stop()
        server.stop()
        flip_a_bit(model_file(chat.data_dir / "models" / active))
        chat = self.bench.amooz_chat(server)
        self.assert_says(["model.bin", "fetched again"], chat.log)
        wait_until(lambda: "cannot follow amoozd" in chat.log, 30, "the failure to reach amoozd")
        result = chat.run("chat", "--message", "سلام", check=False)
        self.assertNotEqual(0, result.returncode, "a damaged model answered")
        self.assert_says(["no model is in service", "amoozd cannot be reached", server.address], result.stderr)
        self.assert_sound(chat)


class RestoredFolder(TwoModels):
    def test_a_data_folder_from_before_the_model_that_amooz_chat_serves(self):
        """amooz-chat, left running, follows amoozd back to a model and a generation of before."""
        server, first = self.trained_server()
        server.stop()
        backup = shutil.copytree(server.data_dir, self.bench.folder / "backup")
        server = self.server(listen=server.address)
        second = self.next_model(server)
        self.assertNotEqual(first, second)
        chat = self.serving_chat(server)
        self.assertEqual(second, self.reply(chat)["model_digest"])
        server.stop()
        shutil.rmtree(server.data_dir)
        backup.rename(server.data_dir)
        server = self.server(listen=server.address)
        self.assertEqual(first, server.amooz("status")["active_model"])

        def follows():
            status = chat.amooz("chat", "--status")
            return status["serving_digest"] == first and status["server_connected"]

        wait_until(follows, 30, "amooz-chat with the restored model, connected")
        self.assertEqual(first, self.reply(chat)["model_digest"])
        self.assert_sound(chat)
        self.assert_sound(server)


class FailingRuntimes(TwoModels):
    def rolls_back_with(self, fault):
        """The second model serves; the first, when it comes back, meets the fault."""
        self.fault_file = self.bench.folder / "fault"
        self.one, self.first, self.second = self.two_models(*faulty_runtime(self.fault_file))
        self.chat = self.serving_chat(self.one)
        self.fault_file.write_text(fault)
        self.one.amooz("model", "rollback")

    def check_failure(self, says):
        """What failed is shown, the old model stays, and it is loaded once that is mended."""
        wait_until(lambda: self.failure(self.one, self.first), 30, "the failure in amooz model show")
        self.assert_says(says, self.failure(self.one, self.first))
        self.assert_says(says, self.one.run("model", "show", self.first).stdout)
        self.assertTrue(any("active model" in problem for problem in self.one.amooz("status")["problems"]))
        self.assertEqual(self.second, self.reply(self.chat)["model_digest"])
        self.fault_file.unlink()
        wait_until(lambda: self.reply(self.chat)["model_digest"] == self.first, 60, "the mended model")
        self.assert_sound(self.chat)
        self.assert_sound(self.one)

    def test_a_runtime_that_fails_to_load(self):
        self.rolls_back_with("load_error")
        self.check_failure(["faulty", "cannot be loaded on purpose"])

    def test_a_runtime_that_crashes_while_it_loads(self):
        self.rolls_back_with("load_crash")
        self.check_failure(["faulty", "process has ended"])

    def test_a_runtime_that_fails_its_first_reply(self):
        self.rolls_back_with("first_reply_crash")
        self.check_failure(["faulty", "process has ended"])

    def test_a_runtime_that_hangs_while_it_loads(self):
        self.rolls_back_with("load_hang")
        wait_until(lambda: "hangs on purpose while it loads" in self.chat.log, 30, "the load that hangs")
        for _ in range(3):
            self.assertEqual(self.second, self.reply(self.chat)["model_digest"])
        self.one.amooz("model", "promote", self.second)
        self.fault_file.unlink()
        self.assertEqual(self.second, self.reply(self.chat)["model_digest"])
        self.assert_sound(self.chat)

    def fails_a_reply(self, fault, says):
        self.fault_file = self.bench.folder / "fault"
        self.one, active = self.trained_server(*faulty_runtime(self.fault_file))
        self.chat = self.serving_chat(self.one)
        self.fault_file.write_text(fault)
        result = self.chat.run("chat", "--message", "سلام", "--seed", 1, check=False, timeout=120)
        self.assertNotEqual(0, result.returncode)
        self.assert_says(says, result.stderr)
        self.fault_file.unlink()
        wait_until(lambda: self.chat.run("chat", "--message", "سلام", check=False).returncode == 0, 60, "the next reply")
        self.assertEqual(active, self.reply(self.chat)["model_digest"])
        self.assert_sound(self.chat)

    def test_a_runtime_that_crashes_in_a_reply(self):
        self.fails_a_reply("generate_crash", ["faulty"])

    def test_a_reply_that_is_not_utf8(self):
        self.fails_a_reply("generate_bytes", ["UTF-8"])


if __name__ == "__main__":
    unittest.main()
