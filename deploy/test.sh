#!/usr/bin/env bash
# Sets up, builds and runs all tests; ends with ctest's summary. What takes too long for every change runs with --nightly.
#
#   deploy/test.sh              what CI runs (under 45 minutes from nothing on 2 cores)
#   deploy/test.sh --nightly    also: further seeds, the large data set, sanitizers, clang, clang-tidy
#   deploy/test.sh -R REGEX     only the tests whose names match
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

# step TITLE: says how long the step before took.
title=
step() {
  if [ -n "$title" ]; then printf -- '-- %s: %d s\n' "$title" $((SECONDS - began)); fi
  title=$1 began=$SECONDS
  printf '\n-- %s (%s)\n' "$title" "$(date +%H:%M:%S)"
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

step "build: release"
deploy/build.sh release
step "build: with failpoints, for the tests that kill"
deploy/build.sh debug amoozd amooz amooz-chat amooz-plugin-host heuristic_scorer pattern_variation fixture
step "build: with nothing changed"
deploy/build.sh release

if [ -n "$nightly" ]; then
  for sanitizer in asan tsan; do
    step "build and unit tests: $sanitizer"
    deploy/build.sh "$sanitizer" amooz_"$sanitizer"_tests
    ctest --test-dir "build/$sanitizer" --output-on-failure -L "$sanitizer" -j 2
  done
  # But what measures memory, and the kills of a training through LD_PRELOAD.
  step "integration tests with the servers of the asan build"
  deploy/build.sh asan
  AMOOZ_FAILPOINT_BUILD=$PWD/build/asan ctest --test-dir build/asan --output-on-failure -j 2 \
    -R '^(cycle|cancel|reply_gate|surfaces|bad_input_(start|training|model|disk_pretended)|kill_(cycle|ingest|spool))$'
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

step "tests"
options=(--output-on-failure -j 2)
if [ -n "$only" ]; then options+=(-R "$only"); fi
if [ -z "$nightly" ]; then options+=(-LE nightly); fi
ctest --test-dir build/release "${options[@]}"
