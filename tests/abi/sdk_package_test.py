"""A plugin author's way: install, find_package(amooz_sdk), build the template, score with it in both placements."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["AMOOZ_BUILD_DIR"])
CXX = os.environ.get("AMOOZ_CXX", "g++")
MOST_LINES = 40


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.stdout}{result.stderr}")
    return result.stdout


class SdkPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="amooz-sdk-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = cls.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix, "--component", "sdk")

    def build(self, source):
        run("cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={CXX}")
        run("cmake", "--build", source / "build")
        return source / "build"

    def tool(self, *words, **options):
        return run(self.prefix / "bin" / "amooz-plugin", *words, **options)

    def test_the_template_builds_outside_the_tree_and_scores_in_both_placements(self):
        source = self.folder / "polite"
        shutil.copytree(self.prefix / "share" / "amooz" / "template", source)
        self.assertLessEqual(len((source / "polite.cc").read_text().splitlines()), MOST_LINES)
        plugin = self.build(source) / "polite.so"
        rows = "".join(json.dumps({"instruction": "tea?", "response": reply}) + "\n"
                       for reply in ("Yes please.", "Give it.", "ممنون از تو"))
        for placement in ("process", "in_process"):
            with self.subTest(placement=placement):
                out = self.tool("score", plugin, "--in", "-", "--json", "--placement", placement, input=rows)
                results = [json.loads(line) for line in out.splitlines()]
                self.assertEqual([1, 0, 1], [result["score"] for result in results])
                self.assertEqual("impolite", results[1]["issues"])
        configured = self.tool("score", plugin, "--in", "-", "--json", "--config", '{"words": ["Give"]}', input=rows)
        self.assertEqual([0, 1, 0], [json.loads(line)["score"] for line in configured.splitlines()])

    def test_a_plugin_exports_the_entry_symbol_alone(self):
        source = self.folder / "exports"
        shutil.copytree(self.prefix / "share" / "amooz" / "template", source)
        symbols = run("nm", "-D", "--defined-only", self.build(source) / "polite.so").split("\n")
        self.assertEqual(["amooz_plugin_v1"], [line.split()[-1] for line in symbols if line])

    def test_the_text_library_is_there_for_plugins(self):
        source = self.folder / "text"
        source.mkdir()
        (source / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.22)\nproject(text CXX)\nfind_package(amooz_sdk REQUIRED)\n"
            "if(NOT ICU_FOUND)\n  return()\nendif()\n"
            "add_executable(words words.cc)\ntarget_link_libraries(words PRIVATE amooz::sdk_text)\n")
        (source / "words.cc").write_text(
            '#include <amooz/sdk/text/text.h>\n#include <cstdio>\n'
            'int main() { std::printf("%zu\\n", amooz::text::SplitWords("یک دو سه").size()); }\n')
        program = self.build(source) / "words"
        if not program.exists():
            self.skipTest("no ICU")
        self.assertEqual("3\n", run(program))


if __name__ == "__main__":
    unittest.main()
