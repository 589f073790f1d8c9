#!/usr/bin/env bash
# Exports a model as C, with weights in float32 and in 8 bits, and runs it on Cortex-M processors that
# QEMU emulates. The answers have to be those of the same code on this machine. Prints a table of flash
# (code, constants and what is needed of the C library), RAM (with stack and image) and instructions for
# an image.
#
#   scripts/measure_cortex_m.sh MODEL IMAGES [COUNT]
#
# MODEL is a run directory or a model file. IMAGES is a file of MNIST's kind (raw IDX) whose images have
# the model's size; the first COUNT images are classified (default 20). The program is $SCANLINE
# (default build/release/scanline). Needs Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and
# qemu-system-arm, and exits with 77 without them.
set -euo pipefail

[[ $# -ge 2 ]] || { sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2 && exit 2; }
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
scanline=${SCANLINE:-$root/build/release/scanline}
model=$1 images=$2 count=${3:-20}
sources=$root/tests/export/cortex_m
for tool in arm-none-eabi-gcc qemu-system-arm; do
  command -v "$tool" >/dev/null || { echo "skipped: there is no $tool" >&2 && exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# The header of an IDX file of images has 16 bytes: a magic number, and the count, rows and columns.
read -r rows columns < <(od -An -j8 -N8 -tu4 --endian=big "$images")
head -c "$((16 + count * rows * columns))" "$images" | tail -c +17 >"$work/images"
cat >"$work/images.s" <<END
  .section .images, "a"
  .global images, images_end
images:
  .incbin "$work/images"
images_end:
  .section .note.GNU-stack, ""
END

flags=(-std=gnu99 -O2 -Wall -Wextra -Werror -ffunction-sections -fdata-sections -I "$sources")

# classify_on BOARD PROCESSOR FLAGS...: builds $work/$variant for a processor, runs it on a board of
# QEMU, compares its answers, and prints a row.
classify_on() {
  local program=$work/$variant/$2.elf
  arm-none-eabi-gcc "-mcpu=$2" -mthumb "${@:3}" "${flags[@]}" -I "$work/$variant" "$work/$variant/net.c" \
    "$sources/classify.c" "$sources/board.c" "$work/images.s" -nostartfiles -T "$sources/board.ld" \
    -Wl,--gc-sections,-z,noexecstack -lm -o "$program"
  timeout 600 qemu-system-arm -M "$1" -nographic -icount shift=0 \
    -chardev "file,id=answers,path=$program.txt" \
    -semihosting-config enable=on,target=native,chardev=answers -kernel "$program" </dev/null
  local flash ram stack instructions
  flash=$(arm-none-eabi-size -A "$program" | awk '$1 ~ /^\.(text|data|ARM.exidx)$/ { n += $2 } END { print n }')
  ram=$(arm-none-eabi-size -A "$program" | awk '$1 ~ /^\.(data|bss)$/ { n += $2 } END { print n }')
  stack=$(awk '$1 == "stack" { print $2 }' "$program.txt")
  instructions=$(awk '$1 == "instructions" { print $2 }' "$program.txt")
  # The C library of the processor may round expf and tanhf otherwise.
  paste -d ' ' "$work/$variant/host.txt" "$program.txt" | awk -v count="$count" '
    $1 ~ /^[0-9]/ {
      half = NF / 2
      is_same = $1 == $(half + 1)
      for (i = 2; i <= half; ++i) {
        difference = $i - $(half + i)
        if (difference > 5 || difference < -5) is_same = 0
      }
      if (is_same) ++same
    }
    END { exit same != count }' || {
    echo "FAILED: $2, $variant: other answers than on this machine" >&2
    diff "$work/$variant/host.txt" "$program.txt" >&2 || true
    exit 1
  }
  printf '%-12s %-8s %12d %12d %15d\n' "$2" "$variant" "$flash" "$((ram + stack))" "$instructions"
}

printf '%-12s %-8s %12s %12s %15s\n' processor weights 'flash, bytes' 'RAM, bytes' 'instructions'
for variant in float32 int8; do
  mkdir "$work/$variant"
  options=()
  [[ $variant == float32 ]] || options=(--int8)
  "$scanline" export "$model" --out "$work/$variant/net.c" "${options[@]}" 2>/dev/null
  cc "${flags[@]}" -I "$work/$variant" "$work/$variant/net.c" "$sources/classify.c" "$sources/host.c" \
    "$work/images.s" -lm -o "$work/$variant/host"
  "$work/$variant/host" >"$work/$variant/host.txt"
  classify_on mps2-an385 cortex-m3
  classify_on mps2-an386 cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
  classify_on mps2-an500 cortex-m7 -mfloat-abi=hard -mfpu=fpv5-sp-d16
done
