#!/usr/bin/env bash
# Compares scanline's speed with its peers': training and inference of a bidirectional LSTM that
# classifies images of 28 rows of 28 pixels, in single precision. Contenders take turns, and a
# Markdown table with the medians goes to standard output. Nothing else should run beside it.
#
#   benchmarks/peers/compare.sh [ROUNDS]            5 unless told otherwise; a round takes a minute
#   benchmarks/peers/compare.sh composed [ROUNDS]   training steps of layers that are composed of ops
#
# Builds what it needs in build/benchmarks and fetches MNIST. Peers that are not installed are left
# out, with a line that says how to install them.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
cd -- "$root"

compared=networks
if [[ ${1-} == composed ]]; then compared=composed && shift; fi
rounds=${1:-5}
[[ $rounds =~ ^[1-9][0-9]*$ ]] ||
  { echo "usage: benchmarks/peers/compare.sh [composed] [ROUNDS]" >&2 && exit 2; }
hidden_size=128
threads=$(nproc)
peers=benchmarks/peers
built=build/benchmarks
openmp=/usr/lib/$(uname -m)-linux-gnu/openblas-openmp/libopenblas.so.0
onnxruntime=$built/onnxruntime/node_modules/onnxruntime-node
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# run_CONTENDER WORK BATCH_SIZE THREADS: prints images a second. WORK is training or inference.

run_scanline() {
  if [[ $1 == inference ]]; then
    "$built/$peers/scanline_inference" "$work/run" --batch-size "$2" --threads "$3"
    return
  fi
  "$built/scanline" train --data data/mnist --hidden-size "$hidden_size" --batch-size "$2" \
    --threads "$3" --epochs 1 --val-size 0 --max-steps 150 --out "$work/run" --exist-ok --quiet \
    >"$work/out"
  sed -n 's/.*"epoch".*"images_per_second":\([0-9]*\).*/\1/p' "$work/run/metrics.jsonl"
}

pytorch() { LD_PRELOAD=$openmp /usr/bin/python3 -W ignore "$peers/${script:-pytorch_lstm.py}" "$@"; }

run_pytorch() {
  local options=(--hidden-size "$hidden_size" --batch-size "$2" --threads "$3")
  if [[ $1 == inference ]]; then options+=(--inference); fi
  pytorch "${options[@]}"
}

run_onednn() {
  local options=(--hidden-size "$hidden_size" --batch-size "$2")
  if [[ $1 == inference ]]; then options+=(--inference); fi
  # Bound threads lose least when something else runs after all. PyTorch is slower with them.
  OMP_NUM_THREADS=$3 OMP_PROC_BIND=true "$built/$peers/onednn_lstm" "${options[@]}"
}

run_onnxruntime() {
  local model=$work/$2.onnx
  if [[ ! -e $model ]]; then
    pytorch --hidden-size "$hidden_size" --batch-size "$2" --export "$model"
  fi
  node "$peers/onnxruntime_lstm.mjs" "$onnxruntime" "$model" "$2" "$3"
}

# find_contenders: those that are there, scanline first, and what they are called in full.
find_contenders() {
  local pytorch_version
  contenders=(scanline)
  names=([scanline]="$("$built/scanline" --version) ($(git describe --always --dirty))")
  # Debian's torch.__version__ is not that of its package.
  if [[ -e $openmp ]] &&
    pytorch_version=$(dpkg-query -W -f '${source:Upstream-Version}' python3-torch 2>/dev/null); then
    contenders+=(pytorch)
    names[pytorch]="PyTorch ${pytorch_version%+*}"
  else
    say 'PyTorch is left out: apt-get install python3-torch libopenblas0-openmp'
  fi
  if [[ -x $built/$peers/onednn_lstm ]]; then
    contenders+=(onednn)
    names[onednn]=$("$built/$peers/onednn_lstm" --version)
  else
    say 'oneDNN is left out: apt-get install libdnnl-dev'
  fi
  if [[ ! -v names[pytorch] ]]; then
    say 'ONNX Runtime is left out: PyTorch makes its model'
  elif [[ -d $onnxruntime ]] && command -v node >/dev/null; then
    contenders+=(onnxruntime)
    names[onnxruntime]="ONNX Runtime $(node -p "require('./$onnxruntime/package.json').version")"
  else
    say "ONNX Runtime is left out: with node and npm installed," \
      "npm install --ignore-scripts --prefix $built/onnxruntime onnxruntime-node@1.20.1"
  fi
}

# measure WORK BATCH_SIZE THREADS: each contender once.
measure() {
  local contender
  for contender in "${contenders[@]}"; do
    if [[ $1 == training && $contender == onnxruntime ]]; then continue; fi
    "run_$contender" "$@" >>"$work/$1 $2 $contender $3"
  done
}

# best WORK BATCH_SIZE CONTENDER: median, lowest, highest and threads, of the number of threads that
# has the highest median.
best() {
  local file
  for file in "$work/$1 $2 $3 "*; do
    sort -n "$file" | awk -v threads="${file##* }" '{ v[NR] = $1 } END {
      print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2, v[1], v[NR], threads }'
  done | sort -rn | head -n 1
}

# rows WORK BATCH_SIZE: the contenders' lines of the table.
rows() {
  local contender median lowest highest used ours=
  for contender in "${contenders[@]}"; do
    if [[ $1 == training && $contender == onnxruntime ]]; then continue; fi
    read -r median lowest highest used <<<"$(best "$1" "$2" "$contender")"
    ours=${ours:-$median}
    awk -v work="$1, batch $2" -v name="${names[$contender]% (*}" -v batch="$2" -v used="$used" \
      -v median="$median" -v lowest="$lowest" -v highest="$highest" -v ours="$ours" 'BEGIN {
        printf "| %s | %s | %d | %.0f | %d to %d | %.3g | %.2f |\n", work, name, used, median,
          lowest, highest, 1000 * batch / median, ours / median }'
  done
}

# compare_composed: scanline and PyTorch in turns on each layer of composed_layers.hpp, and a table of
# images a second of the clock and of processor time.
compare_composed() {
  local layer count round contender column
  local layers=(lstm_cell layer_norm_lstm peephole_lstm attention_pooling multihead_attention
    convolution)
  [[ -v names[pytorch] ]] || return 1
  for ((round = 1; round <= rounds; ++round)); do
    say "Round $round of $rounds"
    for layer in "${layers[@]}"; do
      for count in "${thread_counts[@]}"; do
        "$built/$peers/scanline_composed" "$layer" --threads "$count" >>"$work/$layer $count scanline"
        script=pytorch_composed.py pytorch "$layer" --threads "$count" >>"$work/$layer $count pytorch"
      done
    done
  done
  echo "Training steps of layers that are composed of ops, batch 128, single precision."
  echo "$(lscpu | sed -n 's/^Model name: *//p'), $(date +%F). Medians of $rounds rounds in turns."
  printf '\n%s\n%s\n' \
    '| layer | threads | scanline, images/s | PyTorch | ratio | scanline, images per CPU second | PyTorch | ratio |' \
    '|---|---|---|---|---|---|---|---|'
  for layer in "${layers[@]}"; do
    for count in "${thread_counts[@]}"; do
      for contender in scanline pytorch; do
        for column in 1 2; do
          cut -d ' ' -f "$column" "$work/$layer $count $contender" | sort -n | awk '{ v[NR] = $1 }
            END { printf "%s ", (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'
        done
      done | awk -v layer="$layer" -v threads="$count" '{
        printf "| %s | %d | %.0f | %.0f | %.2f | %.0f | %.0f | %.2f |\n", layer, threads, $1, $3,
          $1 / $3, $2, $4, $2 / $4 }'
    done
  done
}

install_build_packages
install_missing libbenchmark-dev
say "Building in $built"
cmake --preset release -B "$built" -D SCANLINE_BUILD_BENCHMARKS=ON >/dev/null
cmake --build "$built" --target scanline "$peers/all" >&2
scripts/fetch_mnist.sh data/mnist
declare -A names
find_contenders

# Small batches can be faster on one thread, and each contender shows what it does best.
mapfile -t thread_counts < <(printf '%s\n' 1 "$threads" | uniq)
if [[ $compared == composed ]]; then
  compare_composed
  exit
fi
for ((round = 1; round <= rounds; ++round)); do
  say "Round $round of $rounds"
  measure training 128 "$threads"
  for batch_size in 128 32 1; do
    for count in "${thread_counts[@]}"; do measure inference "$batch_size" "$count"; done
  done
done

cat <<EOF
Bidirectional LSTM over 28 rows of 28 pixels, $hidden_size units in each direction, single precision.
$(lscpu | sed -n 's/^Model name: *//p'), $threads processors, $(date +%F). Medians of $rounds rounds.
$(for contender in "${contenders[@]}"; do echo "${names[$contender]}"; done | paste -sd ';' | sed 's/;/; /g').
Training is a whole step, inference goes from images to logits; but for oneDNN it is the layer alone.
Inference runs on 1 or $threads threads, whichever is faster. The ratio is scanline's images/s to the
contender's.

| work | contender | threads | images/s | lowest to highest | ms a batch | ratio |
|---|---|---|---|---|---|---|
EOF
rows training 128
for batch_size in 128 32 1; do rows inference "$batch_size"; done
