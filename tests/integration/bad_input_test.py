"""Bad input, one named test each: a clear error with the remedy, nothing changed, nothing lost, the server stays up."""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, FIXTURE, SAMPLES, CommandFailed, Workbench, fixture_options, wait_until  # noqa: E402

USAGE, FAILED, NOT_FOUND, REFUSED = 2, 1, 3, 5
GOOD = {"instruction": "حالت چطور است؟", "response": "خوبم، ممنون که پرسیدی. تو چطوری؟"}


class BadInput(unittest.TestCase):
    def setUp(self):
        self.bench = Workbench().__enter__()
        self.addCleanup(lambda: self.bench.__exit__(None, None, None))

    # ---- Helpers ----

    def server(self, *options):
        return self.bench.amoozd("--set", "cycle.held_out_share=0.15", "--set", "cycle.split_key=bad-input",
                                 *(options or fixture_options(steps=5)))

    def trained_server(self):
        """A server with an active model."""
        server = self.server()
        server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
        cycle = server.cycle()
        self.assertTrue(cycle["summary"]["promoted"], cycle["summary"]["promotion_reason"])
        return server, cycle["candidate_digest"]

    def refused(self, server, *words, code, says):
        result = server.run(*words, check=False)
        self.assertEqual(code, result.returncode, result.stdout + result.stderr)
        for text in says:
            self.assertIn(text, result.stderr)
        self.assertNotIn("terminate called", server.log)
        server.amooz("status")  # it is up

    def refuses_to_start(self, *options, says, data_dir=None):
        folder = data_dir or self.bench.folder / "fresh"
        server = self.bench.start("amoozd", *options, data_dir=folder)
        self.assertIn(server.await_end(), (FAILED, USAGE))
        for text in says:
            self.assertIn(text, server.log)
        if data_dir is None:
            self.assertFalse((folder / "amooz.db").exists(), "it changed something before it refused")

    def counts(self, server):
        status = server.amooz("status")
        return status["total_chats"], status["dataset_size"]

    # ---- Texts ----

    def test_malformed_utf8_in_a_chat_file(self):
        server = self.server()
        path = self.bench.write("bad.jsonl", json.dumps(GOOD).encode() + b'\n{"instruction":"\xff\xfe","response":"x"}\n')
        self.refused(server, "chats", "import", path, code=FAILED, says=["line 2", "UTF-8"])
        self.assertEqual((0, 0), self.counts(server))

    def test_a_lone_surrogate_and_a_nul_in_a_chat_file(self):
        server = self.server()
        path = self.bench.write("bad.jsonl", '{"instruction":"\\ud800","response":"x"}\n{"instruction":"a\\u0000","response":"x"}\n')
        self.refused(server, "chats", "import", path, code=FAILED, says=["line 1", "line 2"])
        self.assertEqual((0, 0), self.counts(server))

    def test_an_empty_field(self):
        server = self.server()
        path = self.bench.write_rows("bad.jsonl", [GOOD, {"instruction": " \t ", "response": "x"}])
        self.refused(server, "chats", "import", path, code=FAILED, says=["line 2", "instruction", "empty"])
        self.refused(server, "dataset", "import", path, code=FAILED, says=["line 2", "instruction", "empty"])
        self.assertEqual((0, 0), self.counts(server))

    def test_an_oversized_field(self):
        server = self.server()
        path = self.bench.write_rows("bad.jsonl", [GOOD, {"instruction": "x", "response": "y" * (1 << 20)}])
        result = server.run("chats", "import", path, check=False)
        self.assertEqual(FAILED, result.returncode)
        self.assertIn("max_chat_bytes", result.stdout + result.stderr)
        self.assertEqual(1, self.counts(server)[0], "the good chat of the same file is kept")

    def test_skip_bad_imports_the_good_lines_and_counts_the_bad(self):
        server = self.server()
        path = self.bench.write_rows("bad.jsonl", [GOOD, {"instruction": "only"}, {**GOOD, "instruction": "دوم"}])
        result = server.run("chats", "import", path, "--skip-bad")
        self.assertIn("2", result.stdout + result.stderr)
        self.assertEqual(2, self.counts(server)[0])

    # ---- Config ----

    def test_an_unknown_config_key(self):
        config = self.bench.write("amooz.yaml", "cycle:\n  min_chats_for_lerning: 5\n")
        self.refuses_to_start("--config", config, says=["min_chats_for_lerning", "min_chats_for_learning"])

    def test_a_config_value_of_the_wrong_type_or_range(self):
        for setting, names in (("cycle.max_dataset_size=many", ["cycle.max_dataset_size"]),
                               ("cycle.held_out_share=0.9", ["cycle.held_out_share", "0.5"]),
                               ("cycle.enhancement_interval=soon", ["cycle.enhancement_interval"])):
            with self.subTest(setting=setting):
                self.refuses_to_start("--set", setting, says=names)

    def test_an_unknown_key_in_a_plugins_config(self):
        self.refuses_to_start("--set", "scoring.scorers=[{plugin: heuristic_scorer, config: {mod: classic}}]",
                              says=["mod", "mode", "heuristic_scorer"])

    # ---- Plugins ----

    def test_a_missing_plugin(self):
        self.refuses_to_start("--set", "training.trainer=torhc", says=["torhc", "training.trainer"])

    def test_a_plugin_of_the_wrong_kind(self):
        self.refuses_to_start("--set", "training.trainer=heuristic_scorer", says=["heuristic_scorer", "trainer"])

    def test_a_plugin_file_that_is_none(self):
        path = self.bench.write("not_a_plugin.so", "this is not a shared library")
        self.refuses_to_start("--set", f"serving.runtime={path}", says=["not_a_plugin.so"])

    # ---- Training ----

    def training_fails(self, says, **trainer):
        """A good model serves; then a training fails: the cycle says why, the dataset stands, the model still serves."""
        server, active = self.trained_server()
        server.stop()
        server = self.server(*fixture_options(steps=5, **trainer))
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        result = server.run("cycle", "start", "--wait", check=False)
        self.assertEqual(FAILED, result.returncode)
        cycle = server.amooz("cycle", "list")["cycles"][0]
        self.assertEqual("CYCLE_STATE_FAILED", cycle["state"])
        for text in says:
            self.assertIn(text, cycle["error"])
        self.assertEqual(active, server.amooz("status")["active_model"])
        self.assertTrue(server.amooz("status")["training_owed"])
        self.assertGreater(self.counts(server)[1], 320, "the dataset stands")
        self.assertFalse([path for path in (server.data_dir / "checkpoints").rglob("*") if path.is_file()])
        chat = self.bench.amooz_chat(server)
        wait_until(lambda: chat.amooz("chat", "--status")["serving_digest"], 30, "a served model")
        self.assertEqual(active, chat.amooz("chat", "--message", "سلام", "--seed", 1)["model_digest"])

    def test_a_trainer_that_dies(self):
        self.training_fails(["fixture"], exit_at=2)

    def test_nan_loss(self):
        self.training_fails(["loss", "step"], nan_at=2)

    def test_a_second_cycle_at_once(self):
        server = self.server(*fixture_options(steps=200, step_ms=50))
        server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
        running = server.amooz("cycle", "start")["cycle"]["id"]
        self.refused(server, "cycle", "start", code=REFUSED, says=[str(running)])
        server.amooz("cycle", "cancel", running)
        wait_until(lambda: server.amooz("cycle", "show", running)["cycle"]["state"] == "CYCLE_STATE_CANCELLED", 10,
                   "the cancelled cycle's end")

    # ---- Models ----

    def test_a_corrupt_artifact(self):
        server, active = self.trained_server()
        artifact = server.data_dir / "artifacts" / active
        victim = max((path for path in artifact.iterdir() if path.name != "manifest.json"), key=lambda p: p.stat().st_size)
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 1
        victim.chmod(0o644)
        victim.write_bytes(data)
        out = self.bench.folder / "fetched"
        self.refused(server, "model", "fetch", active, "--out", out, code=FAILED, says=[victim.name])
        self.assertFalse(out.exists())

    def test_a_corrupt_artifact_does_not_replace_the_model_that_amooz_chat_serves(self):
        server, active = self.trained_server()
        chat = self.bench.amooz_chat(server)
        wait_until(lambda: chat.amooz("chat", "--status")["serving_digest"], 30, "a served model")
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        cycle = server.cycle()
        second = cycle["candidate_digest"]
        self.assertTrue(second)
        server.amooz("model", "rollback", active) if cycle["summary"]["promoted"] else None
        shutil.rmtree(chat.data_dir / "models" / second, ignore_errors=True)
        for path in (server.data_dir / "artifacts" / second).iterdir():
            path.chmod(0o644)
            path.write_bytes(b"x" + path.read_bytes()[1:])
        server.run("model", "promote", second, check=False)
        self.assertEqual(active, chat.amooz("chat", "--message", "سلام", "--seed", 1)["model_digest"])

    # ---- The surroundings ----

    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            for name in ("amoozd", "amooz-chat"):
                process = subprocess.run(
                    [BUILD / "bin" / name, "--data-dir", self.bench.folder / f"taken-{name}", "--listen", f"127.0.0.1:{port}"],
                    capture_output=True, text=True, timeout=60)
                self.assertEqual(FAILED, process.returncode)
                self.assertIn(str(port), process.stdout + process.stderr)
                self.assertIn("in use", process.stdout + process.stderr)

    def test_a_data_folder_in_use(self):
        server = self.server()
        second = self.bench.start("amoozd", *fixture_options(), data_dir=server.data_dir)
        # Server.start removes the address file of a server that is gone; the first one is told by its own address.
        self.assertEqual(FAILED, second.await_end())
        self.assertIn("in use", second.log)
        server.amooz("status")

    def test_an_address_that_others_can_reach(self):
        process = subprocess.run([BUILD / "bin/amoozd", "--data-dir", self.bench.folder / "open", "--listen", "0.0.0.0:0"],
                                 capture_output=True, text=True, timeout=60)
        self.assertNotEqual(0, process.returncode)
        self.assertIn("insecure", process.stdout + process.stderr)

    def test_unknown_ids(self):
        server = self.server()
        for words in (["cycle", "show", "99"], ["why", "nobody/1"], ["model", "show", "abcdef"], ["plugin", "show", "nix"]):
            with self.subTest(words=words):
                self.refused(server, *words, code=NOT_FOUND, says=[words[-1]])

    def test_no_model_yet(self):
        server = self.server()
        chat = self.bench.amooz_chat(server)
        result = chat.run("chat", "--message", "سلام", check=False)
        self.assertEqual(REFUSED, result.returncode)
        self.assertIn("amooz cycle start", result.stderr)

    def test_a_wrong_command(self):
        server = self.server()
        self.refused(server, "cycel", "start", code=USAGE, says=["cycle"])
        self.refused(server, "cycle", "show", "--output", "xml", "1", code=USAGE, says=["xml"])


if __name__ == "__main__":
    unittest.main()
