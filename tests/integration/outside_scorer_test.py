"""A scorer of at most 40 lines, outside the tree, against an install prefix, flips named chats."""

import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, SAMPLES, Workbench, fixture_options, read_jsonl  # noqa: E402

# Likes what the built-in scorer refuses, and the other way round: short replies pass, replies with a comma do not.
SCORER = """\
#include <amooz/sdk/plugin.hpp>

namespace sdk = amooz::sdk;

struct Terse {
  static constexpr sdk::Info kInfo{.name = "terse",
                                   .version = "1.0.0",
                                   .vendor = "outside",
                                   .license = "MIT",
                                   .config_schema = R"({"type":"object","properties":{
                                       "most_bytes":{"type":"integer","minimum":1,"default":60}}})",
                                   .caps = AMOOZ_CAP_DETERMINISTIC | AMOOZ_CAP_BATCH_INVARIANT};
  explicit Terse(const sdk::Config& config) : most_bytes(config.I64("/most_bytes")) {}

  double Score(const sdk::Example& example, const sdk::Item& item) {
    const bool terse = static_cast<std::int64_t>(example.response().size()) <= most_bytes;
    item.Annotate("points", terse ? "1" : "0");
    item.Annotate("of", "1");
    if (!terse) item.Annotate("issues", "wordy");
    return terse ? 1.0 : 0.0;
  }

  std::int64_t most_bytes;
};

AMOOZ_PLUGINS(sdk::Scorer<Terse>)
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.22)
project(terse CXX)
find_package(amooz_sdk REQUIRED)
amooz_add_plugin(terse terse.cc)
"""


class OutsideScorer(unittest.TestCase):
    def test_it_flips_named_chats_in_both_placements(self):
        self.assertLessEqual(len(SCORER.splitlines()), 40)
        with Workbench() as bench:
            source = bench.folder / "terse"
            source.mkdir()
            (source / "terse.cc").write_text(SCORER)
            (source / "CMakeLists.txt").write_text(CMAKE)
            prefix = bench.folder / "prefix"
            for command in (["cmake", "--install", BUILD, "--prefix", prefix],
                            ["cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={prefix}"],
                            ["cmake", "--build", source / "build"]):
                result = subprocess.run(command, capture_output=True, text=True)
                self.assertEqual(0, result.returncode, result.stdout + result.stderr)
            plugin = source / "build" / "terse.so"
            chats = {row["id"]: row for row in read_jsonl(SAMPLES / "chats.jsonl")}
            labels = {row["id"]: row["label"] for row in read_jsonl(SAMPLES / "labels.jsonl")}
            good = next(i for i, label in labels.items() if label == "good" and len(chats[i]["response"].encode()) > 120)
            short = next(i for i, label in labels.items()
                         if label == "too_short" and len(chats[i]["response"].encode()) <= 60)
            builtin = self.outcomes(bench, "heuristic_scorer", "in_process", good, short)
            self.assertEqual(("CHAT_OUTCOME_ACCEPTED", "CHAT_OUTCOME_VETOED"), builtin)
            for placement in ("in_process", "process"):
                with self.subTest(placement=placement):
                    flipped = self.outcomes(bench, plugin, placement, good, short)
                    self.assertEqual(("CHAT_OUTCOME_LOW_QUALITY", "CHAT_OUTCOME_ACCEPTED"), flipped)

    def outcomes(self, bench, plugin, placement, *ids):
        folder = bench.folder / f"data-{pathlib.Path(plugin).stem}-{placement}"
        server = bench.amoozd("--set", f"scoring.scorers=[{{plugin: {plugin}, placement: {placement}}}]",
                              *fixture_options(), data_dir=folder)
        server.amooz("dataset", "import", SAMPLES / "dataset.fa.jsonl")
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        server.cycle("--no-train")
        found = tuple(server.amooz("why", i)["decision"]["outcome"] for i in ids)
        for i in ids:
            self.assertIn(i, server.run("why", i).stdout)
        server.stop()
        return found


if __name__ == "__main__":
    unittest.main()
