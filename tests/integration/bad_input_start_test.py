"""Bad configuration, plugins and surroundings (tests/bad_input.md): refused before anything is changed."""

import pathlib
import shutil
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bad_input import FAILED, FAULTY, NOT_FOUND, REFUSED, UNAVAILABLE, BadInput, over  # noqa: E402
from harness import BUILD, FIXTURE, SAMPLES, fixture_options, wait_until  # noqa: E402

OWN = fixture_options()


class BadConfig(BadInput):
    def refuses(self, *settings, says):
        options = [word for setting in settings for word in ("--set", setting)]
        self.refuses_to_start(*OWN, *options, says=says)

    def refuses_file(self, text, says):
        self.refuses_to_start(*OWN, "--config", self.bench.write("amooz.yaml", text), says=says)

    def test_an_unknown_config_key(self):
        self.refuses_file("cycle:\n  min_chats_for_lerning: 5\n", ["cycle.min_chats_for_lerning", "min_chats_for_learning"])

    def test_an_unknown_section_of_the_config(self):
        self.refuses_file("cylce: {seed: 1}\n", ["cylce", "cycle"])

    def test_an_unknown_key_on_the_command_line(self):
        self.refuses("gate.min_improvment=0.1", says=["gate.min_improvment", "min_improvement"])

    def test_a_config_value_of_the_wrong_type(self):
        for setting, says in (("cycle.max_dataset_size=many", ["cycle.max_dataset_size", "many"]),
                              ("cycle.enhancement_interval=soon", ["cycle.enhancement_interval", "soon"]),
                              ("chat_log.clear_after_training=perhaps", ["chat_log.clear_after_training"]),
                              ("chat_log.max_chat_bytes=big", ["chat_log.max_chat_bytes"]),
                              ("cycle=5", ["cycle"]), ("cycle.seed=[1]", ["cycle.seed"])):
            with self.subTest(setting=setting):
                self.refuses(setting, says=says)

    def test_a_config_value_out_of_range(self):
        for setting, says in (("cycle.held_out_share=0.9", ["cycle.held_out_share", "0.5"]),
                              ("cycle.max_dataset_size=-1", ["cycle.max_dataset_size"]),
                              ("cycle.max_dataset_size=99999999999", ["cycle.max_dataset_size"]),
                              ("gate.mode=strict", ["gate.mode", "enforce", "report_only"]),
                              ("scoring.min_score={points: 8, of: 7}", ["scoring.min_score.points"])):
            with self.subTest(setting=setting):
                self.refuses(setting, says=says)

    def test_a_config_file_that_is_no_yaml(self):
        self.refuses_file("cycle: {seed: 1\nlisten: [", ["config file", "line"])

    def test_a_config_file_that_is_not_there(self):
        self.refuses_to_start("--config", self.bench.folder / "none.yaml", says=["none.yaml"])

    def test_malformed_utf8_in_the_config(self):
        self.refuses_file(b"cycle: {split_key: \"\xff\xfe\"}\n", ["config file", "line 1", "UTF-8"])

    def test_an_address_that_others_can_reach(self):
        for name in ("amoozd", "amooz-chat"):
            with self.subTest(server=name):
                self.cannot_start(name, "--data-dir", self.bench.folder / "new", "--listen", "0.0.0.0:0",
                                  says=["0.0.0.0:0", "insecure"])
                self.assertFalse((self.bench.folder / "new").exists())

    def test_an_address_that_is_none(self):
        for name in ("amoozd", "amooz-chat"):
            with self.subTest(server=name):
                self.cannot_start(name, "--data-dir", self.bench.folder / "new", "--listen", "here",
                                  says=["here", "HOST:PORT"])
                self.assertFalse((self.bench.folder / "new").exists())


class BadPlugins(BadInput):
    def refuses(self, says, trainer=FIXTURE, runtime=FIXTURE, *settings):
        options = [f"training.trainer={trainer}", f"serving.runtime={runtime}", *settings]
        self.refuses_to_start(*(word for option in options for word in ("--set", option)), says=says)

    def test_a_plugin_name_that_is_not_installed(self):
        self.refuses(["training.trainer", "torhc", "heuristic_scorer"], trainer="torhc")

    def test_a_plugin_file_that_is_missing(self):
        path = self.bench.folder / "gone.so"
        self.refuses(["serving.runtime", str(path)], runtime=path)

    def test_a_plugin_of_the_wrong_kind(self):
        self.refuses(["training.trainer", "heuristic_scorer", "trainer", "scorer"], trainer="heuristic_scorer")

    def test_a_plugin_file_that_is_no_library(self):
        path = self.bench.write("not_a_library.so", "this is not a shared library")
        self.refuses(["serving.runtime", "not_a_library.so"], runtime=path)

    def test_a_library_that_is_no_plugin(self):
        path = FIXTURE.parent / "not_a_plugin.so"
        self.refuses(["serving.runtime", "not_a_plugin.so", "amooz_plugin_v1"], runtime=path)

    def test_an_unknown_key_in_a_plugins_config(self):
        self.refuses(["scoring.scorers", "'mod'", "'mode'", "heuristic_scorer"], FIXTURE, FIXTURE,
                     "scoring.scorers=[{plugin: heuristic_scorer, config: {mod: classic}}]")

    def test_a_wrong_value_in_a_plugins_config(self):
        self.refuses(["training.trainer", "/fault", "explode"], FAULTY, FIXTURE, "training.config.fault=explode")

    def test_a_check_of_a_config_with_wrong_plugins(self):
        for setting, says in (("training.trainer=torhc", ["training.trainer", "torhc"]),
                              ("scoring.scorers=[{plugin: heuristic_scorer, config: {mod: classic}}]",
                               ["scoring.scorers", "'mod'", "'mode'"])):
            with self.subTest(setting=setting):
                self.cannot_start("amoozd", "--data-dir", self.bench.folder / "new", *OWN, "--set", setting, "--check-config",
                                  says=says)
                self.assertFalse((self.bench.folder / "new").exists())

    def test_a_plugin_host_that_is_missing(self):
        path = self.bench.folder / "amooz-plugin-host"
        server = self.bench.start("amoozd", *OWN, environment={"AMOOZ_PLUGIN_HOST": str(path)})
        self.assertEqual(FAILED, server.await_end())
        self.assert_says([f"{path}: No such file", "install Amooz again"], server.log)
        self.assertNotIn("no such plugin", server.log)

    def test_a_plugin_that_goes_away_while_the_server_runs(self):
        path = self.bench.folder / "passing.so"
        shutil.copy(FIXTURE, path)
        server, active = self.trained_server("--set", f"training.trainer={path}", "--set", f"serving.runtime={FIXTURE}")
        path.unlink()
        self.refused(server, "cycle", "start", code=NOT_FOUND, says=["training.trainer", str(path)])
        self.assertEqual(active, server.amooz("status")["active_model"])
        self.assertIn("passing.so", server.run("status").stdout)

    def test_a_plugin_that_was_replaced_while_a_cycle_was_interrupted(self):
        path = self.bench.folder / "passing.so"
        shutil.copy(FIXTURE, path)
        options = ["--set", f"training.trainer={path}", "--set", f"serving.runtime={FIXTURE}",
                   "--set", "training.config.steps=500", "--set", "training.config.step_ms=50"]
        server = self.server(*options)
        server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
        cycle = server.amooz("cycle", "start")["cycle"]["id"]
        wait_until(lambda: any((server.data_dir / "checkpoints").rglob("checkpoint")), 30, "the training")
        server.kill()
        path.unlink()
        shutil.copy(FAULTY, path)
        server = self.server(*fixture_options(), data_dir=server.data_dir)
        ended = wait_until(lambda: over(server, cycle), 30, "the cycle's end")
        self.assertEqual("CYCLE_STATE_FAILED", ended["state"])
        self.assert_says(["trainer 'fixture'", "its file has changed", "amooz cycle start"], ended["error"])
        self.assert_sound(server)


class BadSurroundings(BadInput):
    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            for name in ("amoozd", "amooz-chat"):
                with self.subTest(server=name):
                    self.cannot_start(name, "--data-dir", self.bench.folder / name, "--listen", f"127.0.0.1:{port}",
                                      *(OWN if name == "amoozd" else []), says=[str(port), "in use", "--listen"])

    def test_a_data_folder_in_use(self):
        server, active = self.trained_server()
        chat = self.serving_chat(server)
        with self.nothing_changes(server):
            for name, other, options in (("amoozd", server, OWN), ("amooz-chat", chat, ["--server", server.address])):
                with self.subTest(server=name):
                    self.cannot_start(name, "--data-dir", other.data_dir, "--listen", "127.0.0.1:0", *options,
                                      says=["in use", str(other.data_dir), "data"])
        self.assertEqual(active, self.reply(chat)["model_digest"])

    def test_a_data_folder_of_the_other_server(self):
        server, active = self.trained_server()
        chat = self.serving_chat(server)
        with self.nothing_changes(server):
            for name, other, options in (("amoozd", chat, OWN), ("amooz-chat", server, ["--server", server.address])):
                with self.subTest(server=name):
                    before = sorted(other.data_dir.iterdir())
                    self.cannot_start(name, "--data-dir", other.data_dir, "--listen", "127.0.0.1:0", *options,
                                      says=[f"{other.data_dir} is the data folder of an {other.name}", "--data-dir"])
                    self.assertEqual(before, sorted(other.data_dir.iterdir()))
        self.assertEqual(active, self.reply(chat)["model_digest"])

    def test_a_database_that_is_gone(self):
        server, _ = self.trained_server()
        server.stop()
        (server.data_dir / "amooz.db").unlink()
        self.finds(server, "database", ["amooz.db is missing", "1 model", "backup"], "--data-dir", server.data_dir)
        server = self.server(data_dir=server.data_dir)
        self.assert_says(["warning", "amooz.db is missing", str(server.data_dir), "1 model", "backup"], server.log)

    def test_no_server(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        process = subprocess.run([BUILD / "bin" / "amooz", "--address", address, "status"], capture_output=True, text=True,
                                 timeout=60)
        self.assertEqual(UNAVAILABLE, process.returncode)
        self.assert_says([address, "amoozd"], process.stderr)

    def test_no_model_yet(self):
        server = self.server()
        chat = self.bench.amooz_chat(server)
        result = chat.run("chat", "--message", "سلام", check=False)
        self.assertEqual(REFUSED, result.returncode)
        self.assertIn("amooz cycle start", result.stderr)

    def test_a_bad_chat_request(self):
        server, active = self.trained_server()
        chat = self.serving_chat(server)
        for words, says in ((["--message", " "], ["instruction", "empty"]),
                            (["--message", "x", "--temperature", "99"], ["temperature"]),
                            (["--message", "x", "--max-tokens", "100000"], ["max_tokens"])):
            with self.subTest(words=words):
                result = chat.run("chat", *words, check=False)
                self.assertNotEqual(0, result.returncode)
                self.assert_says(says, result.stderr.replace("-", "_"))
        self.assertEqual(active, self.reply(chat)["model_digest"])
        self.assert_sound(chat)


class Doctor(BadInput):
    def test_a_damaged_active_model_and_the_doctor(self):
        server, active = self.trained_server()
        self.serving_chat(server)
        self.assertIn("model files", server.run("doctor").stdout)
        folder = server.data_dir / "artifacts" / active
        for damage, says in (((folder / "model.bin").unlink, "model.bin is missing"),
                             (lambda: (folder / "model.bin").write_bytes(b"rubbish"), "does not match"),
                             (lambda: shutil.rmtree(folder.parent), "folder is missing")):
            with self.subTest(says=says):
                damage()
                self.finds(server, "model files", [active[:12], "damaged", says, "backup", "amooz model rollback"])

    def test_a_damaged_database_and_the_doctor(self):
        server, _ = self.trained_server()
        server.stop()
        database = server.data_dir / "amooz.db"
        whole = database.read_bytes()
        for bytes_, says in ((whole[:len(whole) // 2], ["cut short", "backup"]),
                             (b"x" * 100 + whole[100:], ["damaged", "backup"]),
                             (whole[:60] + (999).to_bytes(4, "big") + whole[64:], ["newer amoozd", "999", "backup"])):
            with self.subTest(says=says):
                database.write_bytes(bytes_)
                self.finds(server, "database", says, "--data-dir", server.data_dir)
        database.unlink()
        database.mkdir()
        self.finds(server, "database", ["is a folder", "backup"], "--data-dir", server.data_dir)

    def test_a_file_for_a_data_folder_and_the_doctor(self):
        server = self.server()
        file = self.bench.write("file", "no folder")
        self.finds(server, "data folder", [f"{file} is not a folder", "--data-dir DIR"], "--data-dir", file)


if __name__ == "__main__":
    unittest.main()
