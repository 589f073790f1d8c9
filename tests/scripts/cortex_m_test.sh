#!/usr/bin/env bash
# An exported model has the same answers on Cortex-M processors, which QEMU emulates, as on this machine.
#
#   tests/scripts/cortex_m_test.sh PROGRAM MODEL
#
# MODEL reads images of 28 x 28 pixels. Exits with 77 without the cross-compiler or QEMU.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT

# Ten images of noise, each brighter than the one before it.
noise=$(awk 'BEGIN {
  srand(1)
  for (i = 0; i < 7840; ++i) printf "\\%03o", int(rand() * 25.6 * (1 + int(i / 784)))
}')
printf "\0\0\10\3\0\0\0\12\0\0\0\34\0\0\0\34%b" "$noise" >"$temporary/images"
SCANLINE=$1 "$root/scripts/measure_cortex_m.sh" "$2" "$temporary/images" 10 | tee "$temporary/table"
awk 'NR > 1 { ++rows; failed += !($3 > 1000 && $4 > 3136 && $5 > 100000) }
  END { exit failed || rows != 6 }' "$temporary/table"
