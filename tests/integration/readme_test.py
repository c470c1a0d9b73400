"""README.md and README.fa.md stay true: the session they show is run as it stands, every other command is tried where no server is.

The session uses the servers' default ports; where they are taken, the test is skipped and says so.
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from docs_sessions import INLINE, LINK, command_problem, run_session, sandbox, session, taken_ports  # noqa: E402
from harness import ROOT  # noqa: E402


class Readme(unittest.TestCase):
    files = ["README.md", "README.fa.md"]

    def test_the_session_runs_as_it_stands(self):
        if taken_ports():
            self.skipTest(f"default ports are taken: {taken_ports()}")
        for name in self.files:
            with self.subTest(file=name):
                code, said = run_session(session(name), sandbox(self), timeout=1200)
                print(said)
                self.assertEqual(0, code)

    def test_both_languages_show_the_same_commands(self):
        english, persian = (session(name).splitlines() for name in self.files)
        self.assertLessEqual({line.split(" --message")[0] for line in persian if "why" not in line},
                             {line.split(" --message")[0] for line in english})

    def test_every_other_command_exists(self):
        for name in self.files:
            for command in INLINE.findall((ROOT / name).read_text()):
                with self.subTest(file=name, command=command):
                    self.assertIsNone(command_problem(command))

    def test_every_link_leads_somewhere(self):
        for name in self.files:
            for link in LINK.findall((ROOT / name).read_text()):
                self.assertTrue((ROOT / link).exists(), f"{name}: {link}")


if __name__ == "__main__":
    unittest.main()
