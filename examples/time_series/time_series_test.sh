#!/usr/bin/env bash
# Both networks do better at the next value than the last value and that of a period ago; a hundred
# values are forecast too, and the forecasts are drawn.
#
#   time_series_test.sh PATH_OF_TIME_SERIES
set -euo pipefail

directory=$(mktemp -d)
trap 'rm -rf -- "$directory"' EXIT
fail() { echo "FAILED: $*" >&2 && exit 1; }

for series in sines sunspots; do
  "$1" --series "$series" --hidden-size 8 --window 32 --epochs 3 --out "$directory/$series.svg" |
    tee "$directory/out"
  awk 'NR > 1 && NR < 6 { name = $0; sub(/  .*/, "", name); error[name] = $(NF - 1) }
    END {
      worst = error["LSTM"] > error["GRU"] ? error["LSTM"] : error["GRU"]
      exit !(worst < error["the last value"] && worst < error["that of a period ago"])
    }' "$directory/out" || fail "$series: not better than the naive forecasts"
  [[ $(grep -A 4 "^$series, next 100 " "$directory/out" | wc -l) == 5 ]] ||
    fail "$series: no hundred values"
  grep -q '</svg>' "$directory/$series.svg" || fail "$series: no picture"
done
if message=$("$1" --epochs 1 --out "$directory/none/x.svg" 2>&1 >"$directory/out"); then
  fail 'drew into a directory that is not there'
fi
[[ $message == "time_series: $directory/none/x.svg: cannot be written"* ]] || fail "said $message"
