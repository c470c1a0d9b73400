"""The demo that quickstart.sh runs, with the real trainer (issue: done when 1 and 2).

    demo_test.py [SEED | data]
"""

import os
import pathlib
import re
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
    result = subprocess.run([sys.executable, "-B", ROOT / "deploy" / "demo.py", "--build", BUILD, *options],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ)
    print(result.stdout)
    if result.returncode != 0:
        return result.returncode
    # A first model that trained to its end: early stop, or a last epoch that gained under 1 %.
    epochs = [float(x) for x in re.findall(r"last_epoch_gain[^0-9.-]*(-?[0-9.]+)", result.stdout)]
    stopped = re.findall(r"stop_reason[^a-z]*([a-z_]+)", result.stdout)
    print(f"stop reasons shown: {stopped}; last epoch's gains shown: {epochs}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
