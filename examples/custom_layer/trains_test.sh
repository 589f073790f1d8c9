#!/usr/bin/env bash
# Trains the model on images that are made here, and tests what it has saved.
#
#   trains_test.sh PATH_OF_CUSTOM_LAYER
set -euo pipefail

custom_layer=$1
directory=$(mktemp -d)
trap 'rm -rf -- "$directory"' EXIT
cd -- "$directory"
# Fontconfig refers to parts of its patterns by offsets, which the leak sanitizer does not follow.
echo 'leak:libfontconfig' >lsan.supp
export LSAN_OPTIONS=print_suppressions=0:suppressions=lsan.supp

# images PREFIX TENS: ten times TENS images of 28 rows and 28 columns, whose shade tells their class.
images() {
  local count class
  count=$(printf '\\x00\\x00\\x00\\x%02x' $((10 * $2)))
  printf '%b' "\x00\x00\x08\x01$count" >"$1-labels-idx1-ubyte"
  printf '%b' "\x00\x00\x08\x03$count\x00\x00\x00\x1c\x00\x00\x00\x1c" >"$1-images-idx3-ubyte"
  for ((i = 0; i < 10 * $2; ++i)); do
    class=$((i % 10))
    printf '%b' "\\x0$class" >>"$1-labels-idx1-ubyte"
    head -c 784 /dev/zero | tr '\0' "\\$(printf %o $((25 * class)))" >>"$1-images-idx3-ubyte"
  done
}
images train 20
images t10k 5

"$custom_layer" train --model peephole --data . --val-size 20 --hidden-size 4 --layers 2 --epochs 2 \
  --augment none --out run
"$custom_layer" eval run --data .
