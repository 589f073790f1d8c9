#!/usr/bin/env bash
# Installs ONNX Runtime for Node.js and for browsers, with which the test onnx.runtime compares, into a
# directory.
#
#   tests/export/install_onnxruntime.sh DIRECTORY
set -euo pipefail
directory=$1
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

version=1.20.1
if [[ -d $directory/node_modules/onnxruntime-web ]]; then exit 0; fi
command -v npm >/dev/null || install_missing nodejs npm
mkdir -p "$directory"
say "Installing ONNX Runtime in $directory"
# The packages hold the library for the CPU. Their scripts would fetch those for GPUs.
npm install --prefix "$directory" --ignore-scripts --no-save --no-audit --no-fund --silent \
  "onnxruntime-node@$version" "onnxruntime-web@$version"
