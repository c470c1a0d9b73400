"""The peers' Python: .deps/venv-bench with the packages of requirements.txt, and PyTorch.

PyTorch is the one whose libraries our plugin links (.deps/libtorch), if that is a whole wheel.
"""

import hashlib
import pathlib
import subprocess
import sys
import venv

from measure import Skipped, say

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIBTORCH = ROOT / ".deps" / "libtorch"
FOLDER = ROOT / ".deps" / "venv-bench"
REQUIREMENTS = [HERE / "requirements.txt", HERE.parent / "oracles" / "transformers_requirements.txt"]
# glibc keeps freed memory, as our trainer tells it to: without it PyTorch pays a sixth of its time in page faults.
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "1073741824", "MALLOC_MMAP_THRESHOLD_": "1073741824"}


class Environment:
    def __init__(self):
        wanted = b"".join(path.read_bytes() for path in REQUIREMENTS) + sys.version.encode()
        self._digest = hashlib.sha256(wanted).hexdigest()
        self._stamp = FOLDER / "amooz-requirements"

    @property
    def is_ready(self):
        return self._stamp.exists() and self._stamp.read_text() == self._digest

    def prepare(self):
        """Installs what is missing (some minutes, once)."""
        if self.is_ready:
            return
        say(f"making {FOLDER}")
        venv.create(FOLDER, with_pip=True, clear=True)
        pip = [FOLDER / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", REQUIREMENTS[0]], check=True)
        if not self._has_own_torch():
            subprocess.run([*pip, "torch==2.13.0"], check=True)
        self._stamp.write_text(self._digest)

    def need(self):
        if not self.is_ready:
            raise Skipped(f"the peers' packages are not in {FOLDER.relative_to(ROOT)}: run tests/bench/run --prepare")

    def python(self, peer, *words):
        """The command that runs peers/`peer`."""
        return [FOLDER / "bin" / "python", "-B", HERE / "peers" / peer, *words]

    @property
    def variables(self):
        result = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "PYTHONUTF8": "1", **KEEP_MEMORY}
        if self._has_own_torch():
            result["PYTHONPATH"] = str(LIBTORCH)
        return result

    @staticmethod
    def _has_own_torch():
        return (LIBTORCH / "torch" / "__init__.py").exists()
