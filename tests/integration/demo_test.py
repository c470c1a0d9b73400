"""The demo that quickstart.sh runs, with the real trainer. It checks its own figures.

    demo_test.py [SEED | data]

Seed 1 in build/release is run by deploy/quickstart.sh itself, without options: that is README's first command, and what
it does before the demo (what is missing, the build) has no other test.
"""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, ROOT, SHARED  # noqa: E402

SKIPPED = 77


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else "1"
    if what == "1" and BUILD.resolve() == ROOT / "build" / "release":
        return subprocess.run([ROOT / "deploy" / "quickstart.sh"], check=False).returncode
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
