#!/usr/bin/env bash
# Tests libscanline.so: its name, what it shows and what it needs, and with each compiler a program in
# C that uses it. Tests the examples in C and in Python, too. All have the answer of the example in C++, and that
# needs no library that only training needs.
#
#   tests/scripts/c_interface_test.sh LIBRARY EXAMPLE MODEL PICTURE
set -euo pipefail

library=$1 example=$2 model=$3 picture=$4
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
header=$root/predict/scanline.h
temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT

failures=0
fail() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}

readelf -d "$library" | grep -qE 'SONAME.*\[libscanline\.so\.[0-9]+\.[0-9]+\]' || fail 'no versioned soname'
for file in "$library" "$example"; do
  ! readelf -d "$file" | grep -E 'NEEDED.*(cairo|httplib|libmpi|scanline_dist|scanline_train)' || fail "$file needs too much"
  ! nm --demangle "$file" | grep -E ' (CLI|toml|httplib)::' | head -n 3 || fail "$file contains too much"
done
diff <(nm --dynamic --defined-only --format=posix "$library" | awk '{ print $1 }' | sort) \
  <(grep -oE '\bscanline_[a-z_]+\(' "$header" | tr -d '(' | sort -u) || fail 'shows other symbols than its header'

expected=$("$example" "$model" "$picture") || fail 'the example in C++'
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(dirname -- "$library")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
flags=(-Wall -Wextra -Wpedantic -Wconversion -Werror)
for compiler in gcc clang; do
  if ! command -v "$compiler" >/dev/null; then
    echo "$compiler is not there, and not tried"
    continue
  fi
  program=$temporary/$compiler
  "$compiler" -std=c99 "${flags[@]}" -I "$root/predict" "$root/tests/consumers/c/main.c" \
    -L "$(dirname -- "$library")" -lscanline -pthread -o "$program" || fail "$compiler: main.c"
  output=$("$program" "$model" "$picture") || fail "$compiler: the program"
  [[ $output == "$expected" ]] || fail "$compiler: expected '$expected', found '$output'"
  "$compiler" -std=c99 "${flags[@]}" -I "$root/predict" "$root/examples/c/main.c" \
    -L "$(dirname -- "$library")" -lscanline -o "$program" || fail "$compiler: the example"
  [[ $("$program" "$model" "$picture") == "${expected%% *}" ]] || fail "$compiler: the example's answer"
  ! "$program" nowhere "$picture" 2>"$temporary/error" || fail "$compiler: a model that is not there"
  grep -q '^nowhere: expected' "$temporary/error" || fail "$compiler: $(<"$temporary/error")"
  for language in c++ c; do
    "$compiler" -x "$language" -fsyntax-only "${flags[@]}" "$header" || fail "$compiler: the header as $language"
  done
done

if command -v python3 >/dev/null; then
  found=$(python3 "$root/examples/python/predict_ctypes.py" "$model" "$picture") || fail 'the example in Python'
  # The same class, and the same probability to three digits.
  awk -v e="$expected" -v f="$found" 'BEGIN {
    split(e, expected, " ")
    split(f, found, " ")
    difference = expected[2] - found[2]
    exit !(expected[1] == found[1] && difference < 1e-3 && difference > -1e-3)
  }' || fail "Python: expected '$expected', found '$found'"
  ! python3 "$root/examples/python/predict_ctypes.py" nowhere "$picture" 2>"$temporary/error" ||
    fail 'Python: a model that is not there'
  grep -q '^nowhere: expected' "$temporary/error" || fail "Python: $(<"$temporary/error")"
fi

echo "$failures failures"
[[ $failures -eq 0 ]]
