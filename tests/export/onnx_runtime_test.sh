#!/usr/bin/env bash
# Exports networks as ONNX and compares their logits with those of ONNX Runtime, on MNIST's test
# images if they are there. Then runs the example in JavaScript. Exits with 77 where ONNX Runtime is
# not installed.
#
#   tests/export/onnx_runtime_test.sh ONNX_CASES MNIST ONNXRUNTIME
set -euo pipefail
cases=$1 mnist=$2 runtime=$3

if [[ ! -d $runtime/node_modules/onnxruntime-web ]]; then
  echo "ONNX Runtime is not installed: run tests/export/install_onnxruntime.sh $runtime"
  exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf -- "$directory"' EXIT
"$cases" "$directory" "$mnist"
tests=$(dirname -- "${BASH_SOURCE[0]}")
NODE_PATH=$runtime/node_modules node "$tests/onnx_runtime_test.cjs" "$directory"

# Modules are looked for beside the one that imports them.
cp "$tests"/../../examples/javascript/*.mjs "$directory"
ln -s "$runtime/node_modules" "$directory/node_modules"
node "$directory/classify_test.mjs" "$directory" bilstm
