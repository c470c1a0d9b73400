#!/usr/bin/env bash
# clang-tidy. What counts as changed: what differs from the branch's upstream, or, where nothing does, the last commit.
#
#   deploy/tidy.sh          the changed files (the first 20; --all looks at the rest)
#   deploy/tidy.sh --all    every file (about half an hour on 2 cores)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

most=20
build=build/tidy
generated=proto/generated/amooz/v1/types.pb.h

all_sources() { git ls-files '*.cc'; }
# A header is checked through the source beside it.
changed_sources() {
  local base
  base=$(git merge-base HEAD '@{upstream}' 2>/dev/null || git rev-parse HEAD)
  if git diff --quiet "$base" -- '*.cc' '*.h' '*.hpp'; then base=$(git rev-parse --quiet --verify HEAD~1 || git hash-object -t tree /dev/null); fi
  git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.h' '*.hpp' | sed 's/\.h\(pp\)\?$/.cc/' | sort -u
}

case ${1:-} in
  --all) sources=all_sources most=100000 ;;
  '') sources=changed_sources ;;
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  *) echo "tidy.sh: unknown option $1; try --help" >&2; exit 2 ;;
esac

mkdir -p build
# Without precompiled headers, which clang and gcc cannot share; nothing but the generated headers is built.
options=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14)
if [ -n "${AMOOZ_TORCH_DIR:-}" ]; then options+=("-DAMOOZ_TORCH_DIR=$AMOOZ_TORCH_DIR"); fi
if ! cmake -S . -B $build -G Ninja "${options[@]}" >$build-configure.log 2>&1; then
  cat $build-configure.log >&2
  exit 1
fi
cmake --build $build --target $generated >>$build-configure.log

mapfile -t known < <($sources | while read -r file; do grep -qF "\"$PWD/$file\"" $build/compile_commands.json && echo "$file" || true; done)
echo "${#known[@]} files"
if [ ${#known[@]} -gt $most ]; then
  echo "looking at the first $most; deploy/tidy.sh --all looks at every file"
  known=("${known[@]:0:$most}")
fi
[ ${#known[@]} -gt 0 ] || exit 0
printf '%s\n' "${known[@]}" |
  xargs -P "${AMOOZ_JOBS:-2}" -n 2 clang-tidy-14 --quiet -p $build 2>&1 |
  { grep -vE '^[0-9]+ warnings? generated\.$' || true; }
