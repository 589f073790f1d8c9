#!/usr/bin/env bash
# Formats our C and C++ sources in place; with --check only says where they differ, and fails if any does.
#
#   scripts/format.sh [--check]
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

options=(-i)
case ${1-} in
  '') ;;
  --check) options=(--dry-run -Werror --ferror-limit=1) ;;
  *) echo "usage: scripts/format.sh [--check]" >&2 && exit 2 ;;
esac

# Versions of clang-format differ in details; 14 is the one that CI uses.
formatter=$(command -v clang-format-14 || command -v clang-format) || {
  echo "error: clang-format is missing (Debian: apt-get install clang-format)" >&2
  exit 1
}

find . -type d \( -name build -o -name '.?*' -o -path ./data -o -path ./runs \) -prune \
  -o -type f \( -name '*.hpp' -o -name '*.h' -o -name '*.cpp' -o -name '*.c' \) -print0 |
  xargs -0 --no-run-if-empty "$formatter" --style=file "${options[@]}" || {
  echo "error: run scripts/format.sh" >&2
  exit 1
}
