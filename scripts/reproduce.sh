#!/usr/bin/env bash
# Runs a recipe again with the seeds of docs/accuracy.tsv, and compares. A run that was stopped goes
# on when this is started again; one that is finished is not repeated. A line of the table: recipe,
# dataset, seed, correct of 10,000, and the options that it was run with besides.
#
#   scripts/reproduce.sh RECIPE [DATASET]      DATASET: mnist unless told otherwise
#
# The runs lie in runs/reproduce/<recipe>-<dataset>-<seed>.
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

# percent COUNT...: mean and standard deviation of counts of 10,000, in percent.
percent() {
  printf '%s\n' "$@" | awk '{ sum += $1; squares += $1 * $1 } END {
    mean = sum / NR; variance = NR > 1 ? (squares - NR * mean * mean) / (NR - 1) : 0
    printf "%.3f +- %.3f %%", mean / 100, sqrt(variance > 0 ? variance : 0) / 100 }'
}

here=() there=()
while IFS=$'\t' read -r _ _ seed correct options; do
  run=runs/reproduce/$recipe-$dataset-$seed
  say "Seed $seed, in $run"
  if [[ -e $run/config.toml ]]; then
    line=$(scripts/train.sh --resume "$run")
  else
    # shellcheck disable=SC2086  # options are words
    line=$(scripts/train.sh --recipe "$recipe" --dataset "$dataset" --seed "$seed" --out "$run" \
      $options)
  fi
  count=$(sed -E 's/.*\(([0-9]+)\/.*/\1/' <<<"$line")
  here+=("$count") there+=("$correct")
  echo "seed $seed: $count right, reported $correct"
done < <(reported)
echo "here $(percent "${here[@]}"), reported $(percent "${there[@]}")"
