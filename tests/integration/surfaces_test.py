"""What a person sees: `amooz` in a pseudo terminal and in a pipe, `amooz doctor` on a live installation, help, what is
installed for completion. (The report's page: surfaces_page_test.py.)
"""

import fcntl
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, wait_until  # noqa: E402
from surfaces_server import TwoCycles  # noqa: E402

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ERASE_LINE = "\r\x1b[2K"
BAR = re.compile("[█░]")


def width_of(text):
    """Columns that a terminal gives a text."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf", "Cc") else 2 if unicodedata.east_asian_width(c) in "WF"
               else 1 for c in COLOUR.sub("", text))


def in_terminal(command, columns=80, environment=None):
    """Runs a command whose standard output and error are one terminal; returns its exit code and what it showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    variables.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(environment or {})})
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=variables, start_new_session=True)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(), shown.decode().replace("\r\n", "\n")


class Surfaces(TwoCycles):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chat = cls.bench.amooz_chat(cls.server)
        wait_until(lambda: cls.chat.amooz("chat", "--status")["serving_digest"], 60, "a served model")

    def show(self, *words, columns=80, **environment):
        return in_terminal([BUILD / "bin" / "amooz", *map(str, words)], columns,
                           {**self.bench.addresses, **environment})

    # ---- The terminal ----

    def test_tables_fit_the_terminal_and_keep_their_columns(self):
        for words in (["chats", "list"], ["cycle", "list"], ["dataset", "list"], ["dataset", "show"],
                      ["dataset", "diff", "1", "4"], ["model", "list"], ["plugin", "list"]):
            for columns in (80, 120):
                code, shown = self.show(*words, columns=columns)
                lines = shown.splitlines()
                with self.subTest(words=words, columns=columns):
                    self.assertEqual(0, code, shown)
                    self.assertGreater(len(lines), 1)
                    self.assertEqual([], [line for line in lines[:-1] if width_of(line) > columns])

    def test_every_row_of_chats_begins_with_what_why_takes(self):
        self.chat.run("chat", "--message", "Can I be found?")
        wait_until(lambda: "Can I be found?" in self.server.run("chats", "list", "--limit", "5").stdout, 30, "the chat")
        _, shown = self.show("chats", "list", "--limit", "5")
        for row in shown.splitlines()[1:-1]:
            self.server.run("why", row.split()[0])

    def test_persian_texts_do_not_move_the_columns_behind_them(self):
        _, shown = self.show("dataset", "show", "--split", "train", "--limit", "30", columns=110)
        header, *rows = [line for line in shown.splitlines() if "INSTRUCTION" in line or " import " in line
                         or " chat " in line or " variation " in line]
        header = COLOUR.sub("", header)
        at = header.index("RESPONSE")
        self.assertTrue(any("\u0600" <= c <= "\u06ff" for row in rows for c in row))
        for row in rows:
            before, columns = "", 0
            for c in COLOUR.sub("", row):
                columns += width_of(c)
                if columns > at:
                    break
                before += c
            self.assertTrue(before.rstrip("\u200e\u200f").endswith("  ") or columns == at, row)

    def test_colours_are_for_terminals_that_want_them(self):
        self.assertRegex(self.show("chats", "list")[1], COLOUR)
        self.assertNotRegex(self.show("chats", "list", NO_COLOR="1")[1], COLOUR)
        self.assertNotRegex(self.show("chats", "list", TERM="dumb")[1], COLOUR)
        self.assertNotIn("\x1b", self.server.run("chats", "list").stdout)

    def test_bars_are_for_terminals(self):
        code, shown = self.show("cycle", "start", "--wait")
        self.assertEqual(0, code, shown)
        self.assertIn(ERASE_LINE, shown)
        piped = self.server.run("cycle", "start", "--wait")
        self.assertNotRegex(piped.stdout + piped.stderr, BAR)
        self.assertNotIn("\r", piped.stdout + piped.stderr)

    def test_a_right_to_left_mark_is_for_terminals(self):
        self.assertIn("\u200f", self.show("chats", "list")[1])
        self.assertNotIn("\u200f", self.server.run("chats", "list", "--limit", 20).stdout)

    # ---- Commands ----

    def test_tail_follows_what_is_said(self):
        tail = subprocess.Popen([BUILD / "bin" / "amooz", "chats", "tail", "--last", "0", "--limit", "1", "--output", "json"],
                                env={**os.environ, **self.bench.addresses}, stdout=subprocess.PIPE, text=True)
        self.addCleanup(tail.kill)
        said = []

        def is_heard():
            said.append(f"Is anybody listening to sentence {len(said)}?")
            self.chat.run("chat", "--message", said[-1])
            return tail.poll() is not None

        # The tail may begin after the first few: what comes then it must see.
        wait_until(is_heard, 60, "the tail's end")
        record = json.loads(tail.communicate()[0])
        self.assertIn(record["chat"]["instruction"], said)

    def test_doctor_finds_nothing_wrong_here(self):
        code, shown = self.show("doctor")
        self.assertEqual(0, code, shown)
        for subject in ("programs", "plugin files", "server", "plugins in use", "disk", "chat service", "spool", "clock"):
            self.assertIn(subject, shown)
        self.assertLessEqual(max(width_of(line) for line in shown.splitlines()), 80)

    def test_doctor_tells_what_is_wrong_and_exits_with_1(self):
        self.server.run("schedule", "pause")
        self.addCleanup(self.server.run, "schedule", "resume")
        config = self.bench.write("bad.yaml", "cycel: {seed: 1}\n")
        result = self.server.run("doctor", "--config", config, "--chat-address", "127.0.0.1:1", "--output", "json",
                                 check=False)
        self.assertEqual(1, result.returncode)
        found = {(f["subject"], f["health"]): f for f in json.loads(result.stdout)["findings"]}
        self.assertEqual("amooz schedule resume", found["schedule", "note"]["remedy"])
        self.assertIn("cycle", found["configuration", "wrong"]["text"])  # the nearest key
        self.assertIn("amooz-chat --data-dir", found["chat service", "wrong"]["remedy"])

    def test_the_completion_that_is_installed_is_this_clients(self):
        script = (BUILD / "share" / "bash-completion" / "completions" / "amooz").read_text()
        self.assertEqual(self.server.run("completion", "bash").stdout, script)

    def test_every_help_has_examples(self):
        seen = []

        def walk(words):
            text = subprocess.run([BUILD / "bin" / "amooz", *words, "--help"], capture_output=True, text=True,
                                  check=True).stdout
            seen.append(words)
            with self.subTest(words=words):
                self.assertRegex(text, r"(?m)^Examples:\n  .*amooz " + " ".join(words))
            commands = re.search(r"(?ms)^Commands:\n(.*?)\n\n", text)
            for name in re.findall(r"(?m)^  (\S+)", commands.group(1)) if commands else []:
                walk([*words, name])

        walk([])
        self.assertGreater(len(seen), 35)


if __name__ == "__main__":
    unittest.main()
