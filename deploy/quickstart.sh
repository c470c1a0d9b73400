#!/usr/bin/env bash
# From nothing to a model that has learned twice: installs what is missing, builds, and runs two whole learning cycles.
#
#   deploy/quickstart.sh                        the samples that come with Amooz
#   deploy/quickstart.sh --data FOLDER [--language fa]
#                                               your own: FOLDER/seed_dataset.LANG.jsonl and FOLDER/chats.LANG.jsonl
#   deploy/quickstart.sh --seed N               another seed (default 1)
#   deploy/quickstart.sh --keep                 leave the servers running and say how to talk to them
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case " $* " in
  *" -h "* | *" --help "*)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
    exit 0
    ;;
esac
"$root/deploy/setup.sh"
if ! python3 "$root/deploy/demo.py" --check-arguments "$@"; then exit 2; fi
echo "build: compiling (the first time takes some minutes)"
"$root/deploy/build.sh" release amooz_product
exec python3 "$root/deploy/demo.py" --build "$root/build/release" "$@"
