#!/usr/bin/env bash
# Trains many small networks with options chosen at random, each of them twice: once undisturbed,
# and once killed or stopped at random moments and resumed, on other numbers of threads. Both have
# to end with the same bits, the same records and the same files.
#
#   scripts/soak.sh [RUNS [SEED]]      200 runs, seed 1
#
# SCANLINE: the binary [build/release/scanline]; that of a sanitizers' build looks for leaks, too.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

runs=${1:-200}
RANDOM=${2:-1}
scanline=$(realpath -- "${SCANLINE:-$root/build/release/scanline}")
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
cd -- "$work"

one_of() {
  shift $((RANDOM % $#))
  echo "$1"
}
between() { echo $(($1 + RANDOM % ($2 - $1 + 1))); }

# Older checkpoints aside: an interrupted run has saved one more.
files() { find "$1" ! -name 'previous*.checkpoint' -printf '%P\n' | sort; }

failures=0
# check WHAT COMMAND...
check() {
  if "${@:2}" >>"$work/log" 2>&1; then return; fi
  echo "FAILED: run $run: $1: train ${options[*]}"
  failures=$((failures + 1))
}

interruptions=0
for ((run = 1; run <= runs; ++run)); do
  rm -rf -- whole cut
  : >log
  options=(--data "$root/data/mnist" --seed "$RANDOM" --model "$(one_of bilstm lstm bigru gru rnn mlp)"
    --hidden-size "$(between 3 20)" --layers "$(between 1 2)" --batch-size "$(between 10 100)"
    --epochs "$(between 1 3)" --limit-train-batches "$(between 3 25)"
    --optimizer "$(one_of sgd rmsprop adam adamw)" --lr "$(one_of 0.001 0.01)"
    --schedule "$(one_of constant cosine onecycle step plateau)" --warmup "$(one_of 0 0.2)"
    --ema "$(one_of 0 0.9)" --dropout "$(one_of 0 0.3)" --augment "$(one_of none affine)"
    --val-size "$(one_of 0 500)" --save-every "$(between 0 6)" --log-every "$(between 0 2)"
    --keep-last "$(between 1 3)" --progress none)
  check 'an undisturbed run' "$scanline" train "${options[@]}" --threads "$(between 1 3)" --out whole

  arguments=("${options[@]}" --out cut)
  for ((attempt = 1; ; ++attempt)); do
    "$scanline" train "${arguments[@]}" --threads "$(between 1 3)" >>log 2>&1 &
    child=$!
    # From a moment after the start on, and a little later each time, so that it ends one day.
    sleep "0.$(printf %03d $((RANDOM % 250 + 10 * (attempt < 50 ? attempt : 50))))"
    signal=$(one_of KILL KILL INT TERM)
    kill -"$signal" "$child" 2>/dev/null || true
    status=0
    wait "$child" 2>/dev/null || status=$?
    [[ $status -ne 0 ]] || break
    interruptions=$((interruptions + 1))
    check "status $status after SIG$signal" [ "$status" -eq $((128 + $(kill -l "$signal"))) ]
    [[ ! -e cut/config.toml ]] || arguments=(--resume cut)
    if ((attempt == 200)); then
      check 'ends within 200 attempts' false
      break
    fi
  done
  check 'the same weights' cmp whole/model.safetensors cut/model.safetensors
  check 'the same records' diff <(records whole) <(records cut)
  check 'the same files' diff <(files whole) <(files cut)
  check 'nothing stray' [ -z "$(ls -A "$TMPDIR")" ]
  [[ $failures -eq 0 ]] || {
    cat log
    exit 1
  }
done
say "$runs runs, interrupted $interruptions times, all ended as undisturbed ones"
