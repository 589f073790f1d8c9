#!/usr/bin/env bash
# Tests scripts/check_includes on a small tree: it lets pass what is allowed, and reports each kind
# of violation.
set -euo pipefail

check_includes=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/check_includes
temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT
tree="$temporary/a tree"

# file PATH LINE...
file() {
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n' "${@:2}" >"$tree/$1"
}

good_tree() {
  rm -rf -- "$tree"
  file framework/core/array.hpp '#pragma once' '#include <vector>'
  file framework/core/array_view.hpp '#include <xtensor/xadapt.hpp>' '#include "scanline/framework/core/array.hpp"'
  file framework/kernels/lstm.hpp '#include <cstdint>'
  file framework/autograd/tensor.hpp '#include "scanline/framework/core/array.hpp"'
  file framework/ops/matmul.cpp '#include "scanline/framework/autograd/tensor.hpp"' '#include "scanline/framework/kernels/lstm.hpp"'
  file framework/ops/matmul.hpp '#include "scanline/framework/autograd/tensor.hpp"'
  file framework/nn/init.cpp '#include <xtensor-blas/xlinalg.hpp>'
  file framework/nn/lstm.hpp '#include "scanline/framework/ops/matmul.hpp"' '// #include "scanline/train/trainer.hpp"'
  file framework/optim/adam.hpp '#include "scanline/framework/autograd/tensor.hpp"'
  file framework/io/safetensors.hpp '#include "scanline/framework/core/array.hpp"'
  file framework/io/checkpoint.hpp '#include "scanline/framework/io/safetensors.hpp"'
  file models/classifier.hpp '#include "scanline/framework/nn/lstm.hpp"'
  file datasets/idx.hpp '#  include "scanline/framework/core/array.hpp"'
  file train/trainer.hpp '#include "scanline/models/classifier.hpp"' '#include "scanline/datasets/idx.hpp"' \
    '#include "scanline/framework/io/checkpoint.hpp"'
  file tests/train/trainer_test.cpp '#include "scanline/train/trainer.hpp"' '#include <xtensor-blas/xlinalg.hpp>'
  file examples/layer/main.cpp '#include "layer.hpp"' '#include <scanline/framework/nn/lstm.hpp>'
  file examples/layer/layer.hpp
  file examples/layer/other.cpp '#include <scanline/scanline.hpp>'
  (
    cd -- "$tree"
    mkdir -p include/scanline
    find framework -name '*.hpp' -not -name array_view.hpp -printf '#include "scanline/%p"\n' >include/scanline/scanline.hpp
  )
  file framework/ops/detail/passes.hpp '#include "scanline/framework/core/array.hpp"'
  file build/release/generated.cpp '#include "nowhere.hpp"'
}

failures=0
fail() {
  echo "FAILED: $1"
  sed 's/^/    /' "$temporary/output"
  failures=$((failures + 1))
}

# refuses FILE INCLUDE MESSAGE: the good tree is refused, for this alone, with that line added.
refuses() {
  good_tree
  mkdir -p "$tree/$(dirname "$1")"
  printf '#include %s\n' "$2" >>"$tree/$1"
  local line
  line=$(wc -l <"$tree/$1")
  if "$check_includes" "$tree" >"$temporary/output" 2>&1; then
    fail "$1 may include $2"
  elif [[ $(cat "$temporary/output") != "$1:$line: $3" ]]; then
    fail "expected only: $1:$line: $3"
  fi
}

good_tree
"$check_includes" "$tree" >"$temporary/output" 2>&1 || fail 'a good tree is refused'
[[ ! -s $temporary/output ]] || fail 'a good tree is commented on'

while IFS='|' read -r source include message; do
  refuses "$source" "$include" "$message"
done <<'END'
framework/core/array.hpp|"scanline/framework/kernels/lstm.hpp"|core may not include kernels (framework/kernels/lstm.hpp)
framework/kernels/lstm.hpp|"scanline/framework/core/array.hpp"|kernels may not include core (framework/core/array.hpp)
framework/autograd/tensor.hpp|"scanline/framework/kernels/lstm.hpp"|autograd may not include kernels (framework/kernels/lstm.hpp)
framework/ops/matmul.cpp|"scanline/framework/nn/lstm.hpp"|ops may not include nn (framework/nn/lstm.hpp)
framework/nn/lstm.cpp|"scanline/framework/optim/adam.hpp"|nn may not include optim (framework/optim/adam.hpp)
framework/optim/adam.hpp|"scanline/framework/ops/matmul.hpp"|optim may not include ops (framework/ops/matmul.hpp)
framework/optim/adam.hpp|"scanline/framework/kernels/lstm.hpp"|optim may not include kernels (framework/kernels/lstm.hpp)
framework/io/safetensors.cpp|"scanline/framework/nn/lstm.hpp"|io may not include nn (framework/nn/lstm.hpp)
framework/nn/lstm.cpp|<scanline/train/trainer.hpp>|nn may not include train (train/trainer.hpp)
models/classifier.hpp|"scanline/datasets/idx.hpp"|models may not include datasets (datasets/idx.hpp)
datasets/idx.hpp|"scanline/framework/autograd/tensor.hpp"|datasets may not include autograd (framework/autograd/tensor.hpp)
train/trainer.cpp|"tests/train/trainer_test.cpp"|"tests/train/trainer_test.cpp" does not exist in include/
framework/ops/matmul.cpp|<xtensor/xmath.hpp>|only framework/core/array_view.hpp may include <xtensor/xmath.hpp>
train/trainer.cpp|<xtensor-blas/xlinalg.hpp>|only framework/nn/init.cpp and tests may include <xtensor-blas/xlinalg.hpp>
framework/core/array.cpp|"array.hpp"|"array.hpp" does not exist in include/
framework/core/array.cpp|"framework/core/array.hpp"|"framework/core/array.hpp" does not exist in include/
tests/train/trainer_test.cpp|"scanline/train/absent.hpp"|"scanline/train/absent.hpp" does not exist in include/
framework/nn/lstm.cpp|"scanline/scanline.hpp"|nn may not include scanline.hpp (scanline.hpp)
tests/train/trainer_test.cpp|"tests/absent.hpp"|"tests/absent.hpp" does not exist in the repository
framework/core/array.hpp|"scanline/framework/core/array.hpp"|includes itself
END

good_tree
file framework/graph/graph.hpp
"$check_includes" "$tree" >"$temporary/output" 2>&1 && fail 'an unknown room passes'
grep -q '^framework/graph/graph.hpp:1: unknown room graph' "$temporary/output" || fail 'unknown room'

good_tree
file framework/io/new.hpp
"$check_includes" "$tree" >"$temporary/output" 2>&1 && fail 'an umbrella header that is not complete passes'
[[ $(cat "$temporary/output") == 'include/scanline/scanline.hpp:1: does not include scanline/framework/io/new.hpp' ]] ||
  fail 'the missing header is named'

good_tree
printf '#include "scanline/framework/core/array_view.hpp"\n' >>"$tree/framework/core/array.hpp"
"$check_includes" "$tree" >"$temporary/output" 2>&1 && fail 'a circle passes'
for member in 'circular includes:' '  framework/core/array.hpp' '  framework/core/array_view.hpp'; do
  grep -qxF -- "$member" "$temporary/output" || fail "the circle is shown by: $member"
done

echo "$failures failures"
[[ $failures -eq 0 ]]
