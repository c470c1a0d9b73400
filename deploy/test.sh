#!/usr/bin/env bash
# Sets up, builds and runs all tests; ends with ctest's summary. What takes too long for every change runs with --nightly.
#
#   deploy/test.sh              what CI runs, unit tests under sanitizers too (under 45 minutes from nothing on 2 cores)
#   deploy/test.sh --nightly    also: further seeds, more kills, the large data set, the bench's peers, the servers
#                               under AddressSanitizer, a build with clang, clang-tidy on every file
#   deploy/test.sh -R REGEX     only the tests whose names match; no sanitizers, no clang-tidy
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

nightly=
only=
while [ $# -gt 0 ]; do
  case $1 in
    --nightly) nightly=1 ;;
    -R) only=${2:?"-R needs a regular expression"}; shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) echo "test.sh: unknown option $1; try --help" >&2; exit 2 ;;
  esac
  shift
done

# step TITLE [BUDGET]: says how long the step before took. A budget is in seconds, from nothing on 2 cores.
title=
step() {
  if [ -n "$title" ]; then
    local took=$((SECONDS - began))
    printf -- '-- %s: %d s' "$title" $took
    if [ -n "$budget" ]; then printf ' of %d' "$budget"; fi
    if [ $took -gt "${budget:-$took}" ]; then printf ': OVER its budget'; fi
    printf '\n'
  fi
  title=$1 budget=${2:-} began=$SECONDS
  printf '\n-- %s (%s%s)\n' "$title" "$(date +%H:%M:%S)" "${budget:+, at most $budget s}"
}

step "set up"
deploy/setup.sh --tests

step "formatting"
git ls-files '*.cc' '*.h' '*.hpp' | xargs clang-format-14 --dry-run -Werror

step "protocol: lint, and no breaking change"
if command -v npm >/dev/null; then
  if [ "$(.deps/npm/node_modules/.bin/buf --version 2>/dev/null)" != 1.75.0 ]; then
    npm install --silent --no-fund --no-audit --prefix .deps/npm @bufbuild/buf@1.75.0 >/dev/null
  fi
  (cd proto && ../.deps/npm/node_modules/.bin/buf lint && ../.deps/npm/node_modules/.bin/buf breaking --against baseline.binpb)
  echo "clean"
else
  echo "SKIPPED: npm is not installed, so the protocol is not linted"
fi

step "build: release" 900
deploy/build.sh release
step "build: with failpoints, for the tests that kill"
deploy/build.sh debug amoozd amooz amooz-chat amooz-plugin-host heuristic_scorer pattern_variation fixture
step "build: with nothing changed" 5
deploy/build.sh release | tee build/unchanged.log
if ! grep -q 'no work to do' build/unchanged.log; then
  echo "test.sh: nothing has changed since the build before, and yet something was built again" >&2
  exit 1
fi

# sanitized PRESET BUDGET
sanitized() {
  step "build and unit tests: $1" "$2"
  deploy/build.sh "$1" "amooz_$1_tests"
  ctest --test-dir "build/$1" --output-on-failure -L "$1" -j 2
}

if [ -z "$only" ]; then
  sanitized asan 600
  sanitized tsan 360
  if [ -n "$nightly" ]; then
    # But what measures memory, and the kills of a training through LD_PRELOAD.
    step "integration tests with the servers of the asan build"
    deploy/build.sh asan
    AMOOZ_FAILPOINT_BUILD=$PWD/build/asan ctest --test-dir build/asan --output-on-failure -j 2 \
      -R '^(cycle|cancel|reply_gate|surfaces|bad_input_(start|training|model|damage|disk_pretended)|kill_(cycle|ingest|spool))$'
    step "build: clang 14 with thread-safety analysis"
    cmake -S . -B build/clang -G Ninja -DCMAKE_BUILD_TYPE=Release -DAMOOZ_BUILD_TORCH=OFF \
      -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 >build/clang-configure.log
    cmake --build build/clang --parallel "${AMOOZ_JOBS:-2}"
    step "clang-tidy: every file"
    deploy/tidy.sh --all
  else
    step "clang-tidy: the changed files"
    deploy/tidy.sh
  fi
fi

options=(--output-on-failure -j 2)
if [ -n "$only" ]; then
  options+=(-R "$only")
else
  # README's first command; it is what the test `demo` does, behind setting up and building.
  step "quickstart"
  deploy/quickstart.sh
  options+=(-E '^demo$')
fi

if [ -n "$nightly" ]; then
  step "the bench's peers"
  tests/bench/run --prepare
fi

if [ -z "$nightly" ]; then options+=(-LE nightly); fi
# ctest says how long they took.
step "tests" "$([ -n "$nightly$only" ] || echo 720)"
ctest --test-dir build/release "${options[@]}"
