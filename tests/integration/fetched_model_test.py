"""What `amooz model fetch` writes after two cycles opens in transformers and means the same there.

The model has the default size; it is trained briefly, because what is compared is the arithmetic, not the quality.
"""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, ROOT, SAMPLES, Workbench, read_jsonl  # noqa: E402


class FetchedModel(unittest.TestCase):
    def test_it_means_the_same_in_transformers(self):
        with Workbench() as bench:
            server = bench.amoozd("--set", "training.config.epochs=2", "--set", "gate.mode=report_only",
                                  "--set", "cycle.held_out_share=0.15", "--set", "cycle.split_key=fetched-model")
            for name in ("dataset.fa.jsonl", "dataset.en.jsonl"):
                server.amooz("dataset", "import", SAMPLES / name)
            chats = read_jsonl(SAMPLES / "chats.jsonl")
            digests = []
            for part in (chats[:90], chats[90:]):
                server.amooz("chats", "import", bench.write_rows(f"chats-{len(digests)}.jsonl", part))
                digests.append(server.cycle()["candidate_digest"])
            self.assertEqual(2, len(set(digests)))
            self.assertEqual(digests[1], server.amooz("model", "show", "active")["model"]["digest"])
            folder = bench.folder / "model"
            server.run("model", "fetch", "active", "--out", folder)
            server.stop()
            result = subprocess.run([sys.executable, "-B", ROOT / "tests" / "oracles" / "transformers_test.py"],
                                    env={**os.environ, "AMOOZ_ARTIFACT": str(folder), "AMOOZ_BUILD_DIR": str(BUILD)},
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            print(result.stdout)
            self.assertEqual(0, result.returncode)


if __name__ == "__main__":
    unittest.main()
