"""abi.h: valid alone in C11 and C++20, frozen in history, every slot pinned, within its size."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "sdk" / "include"
ABI = INCLUDE / "amooz" / "sdk" / "abi.h"
HISTORY = ROOT / "sdk" / "abi_history"
MOST_LINES = 700
STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fsyntax-only"]


def compilers(*names):
    return [name for name in names if shutil.which(name)]


def fields(body):
    """The names of a struct's members: `type name;`, `type a, b;` and `type (*name)(...)`."""
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    for member in body.split(";"):
        slot = re.search(r"\(\*(\w+)\)", member)
        if slot:
            yield slot.group(1)
        elif member.strip():
            yield re.search(r"(\w+)\s*$", member).group(1)


class AbiHeader(unittest.TestCase):
    def compiles(self, compiler, standard, language, code):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / f"alone.{'c' if language == 'c' else 'cc'}"
            source.write_text(code)
            result = subprocess.run([compiler, f"-std={standard}", *STRICT, "-I", INCLUDE, source],
                                    capture_output=True, text=True)
        self.assertEqual(0, result.returncode, f"{compiler} -std={standard}: {result.stderr}")

    def test_it_compiles_alone_as_c11_and_cxx20(self):
        c, cxx = compilers("gcc", "clang", "clang-14"), compilers("g++", "clang++", "clang++-14")
        self.assertTrue(c and cxx, "no compiler found")
        for compiler in c:
            self.compiles(compiler, "c11", "c", '#include "amooz/sdk/abi.h"\nint main(void) { return AMOOZ_OK; }\n')
        for compiler in cxx:
            self.compiles(compiler, "c++20", "c++", '#include "amooz/sdk/abi.h"\nint main() { return AMOOZ_OK; }\n')

    def test_the_cxx_headers_compile_alone_as_cxx20(self):
        for header in ("plugin.hpp", "testing.hpp"):
            for compiler in compilers("g++", "clang++", "clang++-14"):
                self.compiles(compiler, "c++20", "c++", f'#include "amooz/sdk/{header}"\nint main() {{}}\n')

    def test_it_needs_no_other_header_of_ours(self):
        self.assertEqual({"stddef.h", "stdint.h"}, set(re.findall(r'#include [<"](.*)[>"]', ABI.read_text())))

    def test_its_size_is_within_the_budget(self):
        self.assertLessEqual(len(ABI.read_text().splitlines()), MOST_LINES)

    def test_it_is_the_minor_that_history_has_frozen(self):
        text = ABI.read_text()
        major, minor = (re.search(rf"#define AMOOZ_ABI_{part} (\d+)", text).group(1) for part in ("MAJOR", "MINOR"))
        frozen = HISTORY / f"{major}.{minor}.h"
        self.assertTrue(frozen.exists(), f"{frozen} is missing: each minor version is kept there, unedited")
        self.assertEqual(frozen.read_text(), text, "abi.h changed after its minor version was frozen; append and raise it")

    def test_every_slot_of_every_struct_is_pinned(self):
        text = ABI.read_text()
        structs = re.findall(r"typedef struct (\w+) \{\n(.*?)\n\} \1;", text, flags=re.S)
        self.assertGreaterEqual(len(structs), 15)
        pins = set(re.findall(r"AMOOZ_PIN_\((\w+), (\w+), \d+\);", text))
        sized = set(re.findall(r"AMOOZ_SIZE_\((\w+), \d+\);", text))
        for name, body in structs:
            self.assertIn(name, sized, "a struct's size is not pinned")
            for field in fields(body):
                self.assertIn((name, field), pins, "a slot is not pinned")


if __name__ == "__main__":
    unittest.main()
