#!/usr/bin/env bash
# Measures how fast training is beside other programs: on each processor runs a neighbour, which is a
# loop, a compiler, or a program that copies memory, of low priority (nice 10) or of equal priority
# (nice 0). A Markdown table goes to standard output. Nothing else should run beside it.
#
#   benchmarks/neighbours.sh [ROUNDS [BINARY...]]      3 rounds of build/release/scanline
#
# A round takes about three minutes for each binary. Binaries take turns, so two builds can be
# compared. Builds the binary where none is given, and fetches MNIST.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../scripts/lib.sh"

rounds=${1:-3}
[[ $rounds =~ ^[1-9][0-9]*$ ]] ||
  { echo "usage: benchmarks/neighbours.sh [ROUNDS [BINARY...]]" >&2 && exit 2; }
binaries=()
for binary in "${@:2}"; do binaries+=("$(realpath -- "$binary")"); done
cd -- "$root"
if [[ ${#binaries[@]} -eq 0 ]]; then
  install_build_packages
  build release scanline
  binaries=(build/release/scanline)
fi
scripts/fetch_mnist.sh data/mnist

work=$(mktemp -d)
neighbours=()
stop_neighbours() {
  local neighbour
  for neighbour in "${neighbours[@]}"; do
    kill -- "-$neighbour" 2>/dev/null || kill "$neighbour" 2>/dev/null || true
    wait "$neighbour" 2>/dev/null || true
  done
  neighbours=()
}
trap 'stop_neighbours; rm -rf -- "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

c++ -O2 -x c++ - -o "$work/copy" <<'END'
#include <cstring>
#include <vector>
int main() {
  std::vector<char> from(std::size_t{1} << 26, 1), to(from.size());
  for (;; from[0] = to[1]) std::memcpy(to.data(), from.data(), from.size());
}
END

# neighbour KIND: runs for ever.
# shellcheck disable=SC2016 # the inner shell expands it
neighbour() {
  case $1 in
    loop) exec sh -c 'while :; do :; done' ;;
    compiler) exec sh -c 'while :; do c++ -std=c++20 -O2 -I. -c framework/core/map.cpp -o /dev/null; done' ;;
    copy) exec "$work/copy" ;;
  esac
}
export -f neighbour
export work

# start_neighbours KIND NICE: one for each processor. `timeout` gives each a process group, which
# ends after ten minutes even if nobody is left to stop it. A session for each would not do: the
# scheduler shares processors out among sessions first, and looks at priorities only within one.
start_neighbours() {
  local processor processors # as in 0-3,8
  processors=$(taskset -cp $$ | sed 's/.*: //' | tr , '\n' | awk -F- '{ for (i = $1; i <= $NF; ++i) print i }')
  for processor in $processors; do
    timeout 600 nice -n "$2" taskset -c "$processor" bash -c "neighbour $1" &
    neighbours+=($!)
  done
  sleep 0.5
}

# measure WHAT: each binary on one thread and on all, one value to a line of a file for each.
measure() {
  local number count
  for number in "${!binaries[@]}"; do
    for count in "${thread_counts[@]}"; do
      "${binaries[number]}" train --data data/mnist --model bilstm --hidden-size 128 \
        --batch-size 128 --threads "$count" --epochs 1 --val-size 0 --max-steps 150 --seed 1 \
        --out "$work/run" --exist-ok --quiet >"$work/out"
      sed -n 's/.*"epoch".*"images_per_second":\([0-9]*\).*/\1/p' "$work/run/metrics.jsonl" \
        >>"$work/$1 $count $number"
    done
  done
}

# values WHAT THREADS NUMBER: median, lowest and highest.
values() {
  sort -n "$work/$1 $2 $3" | awk '{ v[NR] = $1 } END {
    print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2, v[1], v[NR] }'
}

mapfile -t thread_counts < <(printf '%s\n' 1 "$(nproc)" | uniq)
whats=(quiet)
for nice in 10 0; do
  for kind in loop compiler copy; do whats+=("$kind, nice $nice"); done
done
for ((round = 1; round <= rounds; ++round)); do
  say "Round $round of $rounds"
  for what in "${whats[@]}"; do
    if [[ $what != quiet ]]; then start_neighbours "${what%,*}" "${what##* }"; fi
    measure "$what"
    stop_neighbours
  done
done

cat <<EOF
$(lscpu | sed -n 's/^Model name: *//p'), $(nproc) processors, Linux $(uname -r), $(date +%F). Medians of $rounds rounds.

| binary | neighbours | threads | images/s | lowest to highest | of quiet |
|---|---|---|---|---|---|
EOF
for number in "${!binaries[@]}"; do
  for count in "${thread_counts[@]}"; do
    read -r quiet _ <<<"$(values quiet "$count" "$number")"
    for what in "${whats[@]}"; do
      read -r median lowest highest <<<"$(values "$what" "$count" "$number")"
      awk -v binary="${binaries[number]}" -v what="$what" -v count="$count" -v median="$median" \
        -v lowest="$lowest" -v highest="$highest" -v quiet="$quiet" 'BEGIN {
          printf "| %s | %s | %d | %.0f | %d to %d | %.0f %% |\n", binary, what, count, median,
            lowest, highest, 100 * median / quiet }'
    done
  done
done
