"""The demo that quickstart.sh runs, with the real trainer. It checks its own figures.

    demo_test.py [SEED | data]
"""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, ROOT, SHARED  # noqa: E402

SKIPPED = 77


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else "1"
    options = ["--seed", what]
    if what == "data":
        if not (SHARED / "data" / "chats.fa.jsonl").exists():
            print(f"SKIPPED: the shared chat data is not in {SHARED}/data (AMOOZ_SHARED)")
            return SKIPPED
        options = ["--data", SHARED / "data"]
    return subprocess.run([sys.executable, "-B", ROOT / "deploy" / "demo.py", "--build", BUILD, *options],
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
