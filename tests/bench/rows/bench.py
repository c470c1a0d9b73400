"""What every row needs: the binaries, the data, a scratch folder, sizes."""

import itertools
import json
import os
import subprocess
import sys

from harness import BUILD, ROOT, SAMPLES, SHARED, read_jsonl
from measure import Skipped

class Bench:
    def __init__(self, folder, environment, pairs, is_tiny, fdatasync_seconds):
        self.folder, self.environment, self.pairs, self.is_tiny = folder, environment, pairs, is_tiny
        self.fdatasync_seconds = fdatasync_seconds  # the machine's median
        self._models = {}

    def size(self, full, tiny):
        return tiny if self.is_tiny else full

    @property
    def threads(self):
        return os.cpu_count()

    # ---- Binaries ----

    def program(self, name):
        """A program of this folder, or of the product."""
        for path in (BUILD / "tests" / "bin" / name, BUILD / "bin" / name):
            if path.exists():
                return path
        raise Skipped(f"{name} is not in {BUILD} (AMOOZ_BUILD_DIR)")

    def plugin(self, name):
        path = BUILD / "lib" / "amooz" / "plugins" / f"{name}.so"
        if not path.exists():
            raise Skipped(f"{path} is not built")
        return path

    def plugin_host(self):
        return BUILD / "libexec" / "amooz-plugin-host"

    def plain_python(self, peer, *words):
        """The command that runs a peer which needs no package."""
        return [sys.executable, "-B", ROOT / "tests" / "bench" / "peers" / peer, *words]

    # ---- Data ----

    def chats(self):
        """The 22,677 Persian chats; the samples if tiny."""
        return SAMPLES / "chats.jsonl" if self.is_tiny else self._shared("chats.fa.jsonl")

    def dataset(self):
        return SAMPLES / "dataset.fa.jsonl" if self.is_tiny else self._shared("seed_dataset.fa.jsonl")

    @staticmethod
    def _shared(name):
        path = SHARED / "data" / name
        if not path.exists():
            raise Skipped(f"{name} is not in {SHARED}/data (AMOOZ_SHARED)")
        return path

    def some_chats(self, name, count):
        """A file of `count` chats spread evenly over chats()."""
        path = self.folder / f"{name}.jsonl"
        rows = read_jsonl(self.chats())
        step = max(1, len(rows) // count)
        with open(path, "w", encoding="utf-8", newline="\n") as out:
            for row in itertools.islice(rows[::step], count):
                out.write(json.dumps({"instruction": row["instruction"], "response": row["response"]}, ensure_ascii=False)
                          + "\n")
        return path

    # ---- A model ----

    def model(self):
        """An artifact of our trainer, as it comes from its defaults but for few steps: 7.3 million parameters (hidden
        256, 4 layers, vocabulary 8,000) on the Persian chats, a very small one if tiny."""
        if "model" not in self._models:
            config = {"max_steps": self.size(60, 4), "checkpoint_every_steps": 1000000}
            if self.is_tiny:
                config["model"] = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
                                   "num_attention_heads": 2, "num_key_value_heads": 2}
            out = self.folder / "model"
            subprocess.run([self.program("amooz-plugin"), "train", self.plugin("torch"), "--in", self.chats(), "--out", out,
                            "--config", json.dumps(config), "--threads", str(self.threads)], check=True, capture_output=True)
            self._models["model"] = out
        return self._models["model"]
