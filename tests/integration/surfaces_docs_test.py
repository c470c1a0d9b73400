"""Every command in docs/ is run: the guides' and "coming from the script"'s sessions as they stand, in order; the
configuration they show is read by amoozd; other commands are tried where no server is. What the servers write is in the
tables of docs/formats.

The models are the fixture's, which train in a second (README's session uses LibTorch). The sessions use the
servers' default ports; where they are taken, they are skipped and say so.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from docs_sessions import (FENCED, INLINE, LINK, blocks, command_problem, run_session, sandbox, session,  # noqa: E402
                           taken_ports)
from harness import BUILD, ROOT, SAMPLES, Workbench, fixture_options, read_jsonl, wait_until  # noqa: E402

SESSIONS = ["docs/guide.md", "docs/guide.fa.md", "docs/coming-from-the-script.md"]
# Parts of the names in docs/formats/README.md.
VARIABLE = {"<sha256>": "[0-9a-f]{64}", "<seq>": "[0-9]{20}", "<cycle>": "[0-9]+", "<id>": "[0-9]+", "*": "[^/]*",
            "<all>": ".*"}
# What the repository's folder is brought up to date with; deploy/test.sh runs these scripts, and nothing here pulls.
UPGRADE = "git pull\ndeploy/setup.sh\ndeploy/build.sh\n"


def documents():
    """All but the decisions, which tell of their time, and the bench's page, whose command is the bench."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")
                  if "decisions" not in path.parts and path.name != "bench.md")


class Sessions(unittest.TestCase):
    def setUp(self):
        if taken_ports():
            self.skipTest(f"default ports are taken: {taken_ports()}")
        self.folder = sandbox(self, {"amoozd": fixture_options(steps=5)})

    def run_document(self, path):
        code, said = run_session(session(path), self.folder, timeout=300)
        print(said)
        self.assertEqual(0, code)
        return said

    def check_guide(self, path):
        said = self.run_document(path)
        self.assertEqual(3, said.count("Enhancement Summary of cycle"))  # twice when a cycle ended, once in a report
        self.assertIn("Nothing is wrong.", said)
        self.assertTrue((self.folder / "amooz-data" / "my-model").is_dir())
        self.assertIn("<!DOCTYPE html>", (self.folder / "amooz-data" / "report.html").read_text())

    def test_the_guide(self):
        self.check_guide("docs/guide.md")

    def test_the_persian_guide(self):
        self.check_guide("docs/guide.fa.md")

    def test_coming_from_the_script(self):
        (self.folder / "classic.yaml").write_text(blocks("docs/coming-from-the-script.md", "yaml")[0])
        rows = read_jsonl(SAMPLES / "dataset.fa.jsonl")
        (self.folder / "dataset.json").write_text(json.dumps(rows, ensure_ascii=False))
        chats = [{key: chat[key] for key in ("instruction", "response", "timestamp")}
                 for chat in read_jsonl(SAMPLES / "chats.jsonl")]
        (self.folder / "chat_logs.json").write_text(json.dumps(chats, ensure_ascii=False))
        self.run_document("docs/coming-from-the-script.md")
        data = self.folder / "amooz-data"
        exported = read_jsonl(self.folder / "dataset.jsonl")
        self.assertEqual(exported, json.loads((data / "dataset.json").read_text()))
        log = json.loads((data / "enhancement_log.json").read_text())
        self.assertEqual(["timestamp", "original_size", "final_size", "added_from_chats", "added_variations", "growth"],
                         list(log[0])[:6])
        self.assertEqual(len(exported), log[0]["final_size"])


class Documents(unittest.TestCase):
    def test_both_guides_are_one_session(self):
        """Only what is said, and whose examples come first, differs."""
        def lines(path):
            return [line.split(" --message")[0].replace(".fa.", ".en.").replace("s0003", "s0001")
                    for line in session(path).splitlines()]
        self.assertEqual(lines("docs/guide.md"), lines("docs/guide.fa.md"))

    def test_no_command_hides_in_a_block_that_is_not_run(self):
        for path in documents():
            for language, text in FENCED.findall((ROOT / path).read_text()):
                with self.subTest(document=path, block=text[:40]):
                    if language == "sh":
                        self.assertIn(path, SESSIONS)
                    elif language == "" and text != UPGRADE:
                        self.check_cron_lines(text)
                    else:
                        self.assertIn(language, ("", "json", "yaml"))

    def check_cron_lines(self, text):
        """Of a crontab: five fields, then a command that exists."""
        for line in text.splitlines():
            command = line.split(None, 5)[5]
            self.assertRegex(command, r"^/opt/amooz/bin/amooz ")
            self.assertIsNone(command_problem(command.replace("/opt/amooz/bin/", "").split(" >>")[0]))

    def test_every_configuration_is_right(self):
        shown = [(path, text) for path in documents() for text in blocks(path, "yaml")]
        self.assertTrue(shown)
        for path, text in shown:
            with self.subTest(document=path), tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(text)
                file.flush()
                result = subprocess.run([BUILD / "bin" / "amoozd", "--config", file.name, "--check-config",
                                         *fixture_options()], capture_output=True, text=True)
                self.assertEqual(0, result.returncode, result.stderr)

    def test_every_other_command_exists(self):
        for path in documents():
            for command in INLINE.findall((ROOT / path).read_text()):
                if command.startswith("source ") or command.split()[0] in ("deploy/build.sh", "deploy/setup.sh"):
                    continue  # the completion has a test of its own; the scripts build what is tested here
                with self.subTest(document=path, command=command):
                    self.assertIsNone(command_problem(command))

    def test_every_link_leads_somewhere(self):
        for path in documents():
            for link in LINK.findall((ROOT / path).read_text()):
                self.assertTrue(((ROOT / path).parent / link).exists(), f"{path}: {link}")


class Files(unittest.TestCase):
    def test_every_file_that_is_written_is_in_the_formats(self):
        with Workbench() as bench:
            temporary = bench.folder / "tmp"
            temporary.mkdir()
            where = {"environment": {"TMPDIR": str(temporary)}}
            server = bench.amoozd(*fixture_options(steps=20, step_ms=200), **where)
            server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
            server.amooz("chats", "import", SAMPLES / "chats.jsonl")
            cycle = server.amooz("cycle", "start")["cycle"]["id"]
            wait_until(lambda: any((server.data_dir / "checkpoints").rglob("checkpoint")), 30, "the training")
            self.check("In the server's data folder", server.data_dir, "artifacts/staging-cycle-1/", "checkpoints/1/")
            server.run("cycle", "watch", cycle)
            chat = bench.amooz_chat(server, **where)
            wait_until(lambda: chat.amooz("chat", "--status")["serving_digest"], 30, "a served model")
            chat.run("chat", "--message", "سلام")
            no_desktop = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": "", "TMPDIR": str(temporary)}
            server.run("cycle", "report", "last", "--open", check=False, environment=no_desktop)
            model = server.amooz("status")["active_model"]
            self.check("In the server's data folder", server.data_dir, f"artifacts/{model}/", "amooz.db-wal",
                       "dataset.json")
            self.check("In the chat service's data folder", chat.data_dir, f"models/{model}/", "models/active.json")
            self.check("In the folder for temporary files", temporary, "amooz-scratch-", "amooz-report-.*html")

    def check(self, heading, folder, *some):
        """Every entry has a name of the heading's table, lies above one or in a folder of one; `some` are there."""
        text = (ROOT / "docs" / "formats" / "README.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
        names = [name for cell in re.findall(r"^\| (`[^|]*) \|", text, re.M) for name in re.findall("`([^`]+)`", cell)]
        known = re.compile("|".join(expression(name) for name in names))
        entries = []
        for path, folders, files in os.walk(folder):
            inside = pathlib.Path(path).relative_to(folder)
            entries += [f"{inside / name}/" for name in folders] + [str(inside / name) for name in files]
        self.assertEqual([], [entry for entry in entries if not known.fullmatch(entry)])
        for one in some:
            self.assertTrue(any(re.match(one, entry) for entry in entries), f"{one} is not among {entries}")


def expression(name):
    """A regular expression of the entries that a name in the tables stands for."""
    parts = name.split("/")
    above = ["/".join(parts[:i]) + "/" for i in range(1, len(parts))]
    itself = [name + "<all>"] if name.endswith("/") else [name, name + ".new"]
    return "|".join(re.sub(r"<\w+>|[*]", lambda part: VARIABLE[part[0]], text.replace(".", "[.]"))
                    for text in above + itself)


if __name__ == "__main__":
    unittest.main()
