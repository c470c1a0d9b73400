#!/usr/bin/env bash
# Installs what Amooz needs to build, run and be tested: Debian 12 packages by apt, LibTorch by pip into .deps/libtorch.
# Idempotent: what is there already is left alone. Without the rights, or on another system, it prints the packages and
# the exact command, and stops.
#
#   deploy/setup.sh           what building and running needs
#   deploy/setup.sh --tests   also what deploy/test.sh needs
#
#   AMOOZ_TORCH_DIR    a LibTorch of your own (a folder with include/ and lib/); nothing is downloaded then
#   AMOOZ_TORCH_INDEX  where to take the CPU build from if pip offers only the CUDA one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

torch_version=2.13.0
torch_index=${AMOOZ_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}

say() { printf '%s\n' "setup: $*"; }
die() { printf '%s\n' "setup: $*" >&2; exit 1; }

lists=(deploy/packages.txt)
case ${1:-} in
  '') ;;
  --tests) lists+=(deploy/packages-tests.txt) ;;
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  *) die "unknown option $1; try --help" ;;
esac
mapfile -t packages < <(grep -hvE '^(#|$)' "${lists[@]}")

is_debian_12() { [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ]); }
has_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
# pyenv and the like bring a Python of their own; what counts is that it works.
is_needed() {
  case $1 in
    python3) ! command -v python3 >/dev/null ;;
    python3-pip) ! python3 -m pip --version >/dev/null 2>&1 ;;
    python3-venv) ! python3 -c 'import venv, ensurepip' >/dev/null 2>&1 ;;
    *) ! has_package "$1" ;;
  esac
}

install_packages() {
  is_debian_12 || die "this is not Debian 12, the system that Amooz is built and tested on.
Install what corresponds to these Debian packages, then run cmake --preset release && cmake --build --preset release:
  ${packages[*]}"
  local missing=() package
  for package in "${packages[@]}"; do
    if is_needed "$package"; then missing+=("$package"); fi
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "all ${#packages[@]} Debian packages are there"
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      as_root=(sudo)
    else
      die "these packages are missing and need root's rights:
  ${missing[*]}
Run this, then start again:
  su -c 'apt-get update && apt-get install --no-install-recommends -y ${missing[*]}'"
    fi
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Prints cpu or cuda: what `pip install torch==VERSION` would bring here.
offered_torch() {
  python3 -m pip install --quiet --no-deps --ignore-installed --dry-run --report - "torch==$torch_version" 2>/dev/null |
    python3 -c '
import json, sys
needs = json.load(sys.stdin)["install"][0]["metadata"].get("requires_dist", [])
print("cuda" if any(need.startswith(("nvidia-", "cuda-")) for need in needs) else "cpu")' 2>/dev/null || echo none
}

install_torch() {
  if [ -n "${AMOOZ_TORCH_DIR:-}" ]; then
    [ -f "$AMOOZ_TORCH_DIR/lib/libtorch_cpu.so" ] ||
      die "AMOOZ_TORCH_DIR is $AMOOZ_TORCH_DIR, but there is no lib/libtorch_cpu.so in it: give the folder that holds include/ and lib/"
    say "LibTorch: $AMOOZ_TORCH_DIR (AMOOZ_TORCH_DIR)"
    return
  fi
  if [ "$(cat .deps/libtorch/.amooz-version 2>/dev/null)" = "$torch_version" ]; then
    say "LibTorch $torch_version is there"
    return
  fi
  local from=()
  case $(offered_torch) in
    cpu) ;;
    cuda)
      say "pip offers only the CUDA build of LibTorch (several GB); taking the CPU build from $torch_index"
      from=(--index-url "$torch_index")
      ;;
    *)
      say "pip does not offer torch $torch_version; trying $torch_index"
      from=(--index-url "$torch_index")
      ;;
  esac
  say "installing LibTorch $torch_version into .deps/libtorch (about 200 MB to fetch, 1 GB on disk)"
  rm -rf .deps/libtorch.partial
  mkdir -p .deps
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-deps --target .deps/libtorch.partial "${from[@]}" "torch==$torch_version" ||
    die "LibTorch could not be installed. Try again, name another index by AMOOZ_TORCH_INDEX, or a LibTorch by AMOOZ_TORCH_DIR."
  printf '%s\n' "$torch_version" >.deps/libtorch.partial/.amooz-version
  rm -rf .deps/libtorch
  mv .deps/libtorch.partial .deps/libtorch
}

install_packages
install_torch
