#!/usr/bin/env bash
# Runs a recipe again with the seeds of docs/accuracy.tsv, and compares. Runs that were stopped go on
# when this is started again; those that are finished are not repeated. A line of the table: recipe,
# dataset, seed, correct of 10,000, and the options that it was run with besides.
#
#   scripts/reproduce.sh RECIPE [DATASET]      DATASET: mnist unless told otherwise
#
# The runs are a sweep in runs/reproduce/<recipe>-<dataset>.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd -- "$root"

recipe=${1:-} dataset=${2:-mnist}
reported() { awk -F'\t' -v r="$recipe" -v d="$dataset" '$1 == r && $2 == d' docs/accuracy.tsv; }
if [[ -z $(reported) ]]; then
  echo "usage: scripts/reproduce.sh RECIPE [DATASET], as in docs/accuracy.tsv" >&2
  exit 2
fi

# percent: mean and standard deviation of the counts of 10,000 on standard input, in percent.
percent() {
  awk '{ sum += $1; squares += $1 * $1 } END {
    mean = sum / NR; variance = NR > 1 ? (squares - NR * mean * mean) / (NR - 1) : 0
    printf "%.3f +- %.3f %%", mean / 100, sqrt(variance > 0 ? variance : 0) / 100 }'
}

folder=runs/reproduce/$recipe-$dataset
mkdir -p runs/reproduce
# Installs, builds and fetches what the runs need.
# shellcheck disable=SC2046  # options are words
scripts/train.sh --recipe "$recipe" --dataset "$dataset" $(reported | cut -sf5 | sort -u) \
  --dump-config >"$folder.toml"
build/release/scanline sweep --config "$folder.toml" --out "$folder" \
  --seed "$(reported | cut -f3 | paste -sd,)" >&2

# The seeds and counts of the runs, in the order of the table.
counts() {
  build/release/scanline runs "$folder" --sort seed --format csv |
    awk -F, 'NR > 1 { printf "%s\t%.0f\n", $5, 10000 * $9 }'
}
join -t $'\t' -j 1 <(counts | sort) <(reported | cut -f3,4 | sort) | sort -n |
  awk -F'\t' '{ printf "seed %s: %s right, reported %s\n", $1, $2, $3 }'
echo "here $(counts | cut -f2 | percent), reported $(reported | cut -f4 | percent)"
