#!/usr/bin/env bash
# Objects that are compiled for wider instructions share no function with others: the linker keeps
# one definition of an inline function, and if that were theirs, it would not run everywhere.
#
#   tests/scripts/kernel_symbols_test.sh OBJECT...
set -euo pipefail

status=0
for object in "$@"; do
  # Functions that others see are weak (W) or in the text (T).
  nm --defined-only --demangle "$object" | grep -E ' [WT] ' || continue
  echo "FAILED: $object defines these for other sources to share"
  status=1
done
exit "$status"
