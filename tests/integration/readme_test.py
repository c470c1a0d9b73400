"""README.md and README.fa.md stay true: the session they show is run as it stands, every other command is asked for help.

The session uses the servers' default ports; where they are taken, the test is skipped and says so.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, ROOT  # noqa: E402

DEFAULT_PORTS = (50650, 50651)
SESSION = re.compile(r"```sh\n(.*?)```", re.S)
INLINE = re.compile(r"`(amooz(?:-chat|-plugin|d)? [^`]*|deploy/[^`]*)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
# Steps of a session may need what the line before has only just started.
AWAIT = """
await() { for _ in $(seq 600); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done; echo "waited for: $*" >&2; return 1; }
"""


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Readme(unittest.TestCase):
    files = ["README.md", "README.fa.md"]

    def sandbox(self):
        """A folder where build/release and deploy are what the README expects."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="amooz-readme-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        (folder / "build").mkdir()
        (folder / "build" / "release").symlink_to(BUILD)
        (folder / "deploy").symlink_to(ROOT / "deploy")
        return folder

    def run_session(self, text):
        lines = []
        for line in text.strip().splitlines():
            lines.append(f"echo '+' {line!r}" if "'" not in line else "echo +")
            lines.append(line)
            if line.startswith("amooz-chat"):
                lines.append("await amooz status; await amooz chat --status")
            if "cycle start --wait" in line:
                lines.append("""await sh -c 'amooz chat --status --output json | grep -q "\\"serving_digest\\": *\\"[0-9a-f]"'""")
        script = "set -em\n" + AWAIT + "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + "\n".join(lines) + "\nwait\n"
        result = subprocess.run(["bash", "-c", script], cwd=self.sandbox(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1200)
        print(result.stdout)
        return result.returncode

    def test_the_session_runs_as_it_stands(self):
        taken = [port for port in DEFAULT_PORTS if not is_free(port)]
        if taken:
            self.skipTest(f"default ports are taken: {taken}")
        for name in self.files:
            with self.subTest(file=name):
                sessions = SESSION.findall((ROOT / name).read_text())
                self.assertEqual(1, len(sessions))
                self.assertEqual(0, self.run_session(sessions[0]))

    def test_both_languages_show_the_same_commands(self):
        english, persian = (SESSION.findall((ROOT / name).read_text())[0].splitlines() for name in self.files)
        self.assertLessEqual({line.split(" --message")[0] for line in persian if "why" not in line},
                             {line.split(" --message")[0] for line in english})

    def test_every_other_command_exists(self):
        for name in self.files:
            for command in INLINE.findall((ROOT / name).read_text()):
                words = command.replace("FILE", "x").replace("FOLDER", "x").split()
                with self.subTest(file=name, command=command):
                    program = ROOT / words[0] if "/" in words[0] else BUILD / "bin" / words[0]
                    result = subprocess.run([program, *words[1:], "--help"], capture_output=True, text=True)
                    self.assertEqual(0, result.returncode, result.stdout + result.stderr)

    def test_every_link_leads_somewhere(self):
        for name in self.files:
            for link in LINK.findall((ROOT / name).read_text()):
                self.assertTrue((ROOT / link).exists(), f"{name}: {link}")


if __name__ == "__main__":
    unittest.main()
