#!/usr/bin/env bash
# Tests from a bare machine: installs what is missing, builds everything, runs the tests.
#
#   scripts/test.sh                 all tests but those labelled slow, browser, onnx or mpi
#   scripts/test.sh -L slow         only these (they train on MNIST, which is fetched first)
#   scripts/test.sh -L browser      only those that need Chromium
#   scripts/test.sh -L onnx         only those that need ONNX Runtime, which is fetched first
#   scripts/test.sh -L mpi          only those that need MPI, which is installed first
#   scripts/test.sh [CTEST ARGS...] what you like, such as -R lstm
#
# A test that hangs fails after ten minutes, unless --timeout SECONDS says otherwise or the test has a limit of its own.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

case " $*" in
  *' -L'* | *' --label-'*) ;; # -L, -LE and their long forms: the caller chooses by label
  *) set -- -LE 'slow|browser|onnx|mpi' "$@" ;;
esac

case " $*" in
  *' --timeout'*) ;;
  *) set -- --timeout 600 "$@" ;;
esac

install_build_packages
install_missing libonnx-dev libprotobuf-dev
# CMake has tests with this label only where it finds MPI.
if [[ " $* " == *' mpi '* ]]; then install_missing libopenmpi-dev openmpi-bin; fi
build release

# ctest itself knows best whether the arguments choose a slow test.
tests=(ctest --test-dir "$root/build/release")
if grep -qx '  slow' < <("${tests[@]}" --print-labels "$@"); then
  "$root/scripts/fetch_mnist.sh"
  install_missing python3-numpy python3-pil # scripts/photo_conditions.py
fi
if grep -qx '  onnx' < <("${tests[@]}" --print-labels "$@"); then
  "$root/tests/export/install_onnxruntime.sh" "$root/build/release/onnxruntime"
fi
exec "${tests[@]}" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
