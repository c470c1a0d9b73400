#!/usr/bin/env bash
# Configures and builds a preset (default: release) into build/PRESET, two jobs at a time unless AMOOZ_JOBS says otherwise.
#   deploy/build.sh [PRESET] [TARGET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# A compilation is the same in every clone: what one has compiled, another need not.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true
preset=${1:-release}
shift || true
options=()
if [ -n "${AMOOZ_TORCH_DIR:-}" ]; then options+=("-DAMOOZ_TORCH_DIR=$AMOOZ_TORCH_DIR"); fi
log=build/$preset-configure.log
mkdir -p build
if ! cmake --preset "$preset" "${options[@]}" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
targets=()
if [ $# -gt 0 ]; then targets=(--target "$@"); fi
cmake --build "build/$preset" --parallel "${AMOOZ_JOBS:-2}" "${targets[@]}"
