#!/usr/bin/env bash
# Times the whole training step of the default network, scanline and PyTorch in turns, and prints
# each run's images a second, the medians and their ratio. Nothing else should run beside it.
#
#   benchmarks/peers/compare_training.sh [RUNS]      5 unless told otherwise
#
# Needs a built scanline, MNIST in data/mnist, and for PyTorch at its fastest Debian's packages
# python3-torch and libopenblas0-openmp.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
runs=${1:-5}
openmp=/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

scanline() {
  build/release/scanline train --data data/mnist --epochs 1 --val-size 0 --max-steps 150 \
    --out "$work/run" --exist-ok --quiet >"$work/out"
  sed -n 's/.*"epoch".*"images_per_second":\([0-9]*\).*/\1/p' "$work/run/metrics.jsonl"
}
pytorch() { LD_PRELOAD=$openmp benchmarks/peers/pytorch_training.py --threads "$(nproc)"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'; }

for ((run = 0; run < runs; ++run)); do
  scanline | tee -a "$work/scanline"
  pytorch | tee -a "$work/pytorch"
done
ours=$(median <"$work/scanline") theirs=$(median <"$work/pytorch")
echo "median: scanline $ours images/s, PyTorch $theirs, ratio $(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")"
