"""tests/bad_input.md and the tests agree: every row has its test, every test its row."""

import pathlib
import re
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parent / "bad_input.md"
ROW = re.compile(r"^\| (?P<input>[^|]+) \| (?P<sees>[^|]+) \| `(?P<test>test_\w+)` \|$")
TEST = re.compile(r"^    def (test_\w+)\(self\):$", re.MULTILINE)


class Table(unittest.TestCase):
    def rows(self):
        lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ") and "---" not in line]
        lines = [line for line in lines if line != "| input | what the user sees | test |"]
        return [(line, ROW.match(line)) for line in lines]

    def written(self):
        files = [path for path in sorted(HERE.glob("bad_input_*_test.py")) if path.name != pathlib.Path(__file__).name]
        return [name for path in files for name in TEST.findall(path.read_text())]

    def test_every_line_of_the_table_is_a_row(self):
        self.assertEqual([], [line for line, match in self.rows() if match is None])

    def test_every_row_has_its_test_and_every_test_its_row(self):
        named = [match["test"] for _, match in self.rows()]
        self.assertGreater(len(named), 80)
        self.assertEqual(sorted(self.written()), sorted(named))

    def test_no_two_rows_have_the_same_input(self):
        inputs = [match["input"] for _, match in self.rows()]
        self.assertEqual(len(inputs), len(set(inputs)))


if __name__ == "__main__":
    unittest.main()
