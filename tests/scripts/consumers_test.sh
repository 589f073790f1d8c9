#!/usr/bin/env bash
# Tests scanline as a package that others build on: installs it, moves what was installed elsewhere,
# builds a project on it with each compiler that is there, and runs that. Then the same with shared
# libraries, and with scanline's sources in the project's own build.
#
#   tests/scripts/consumers_test.sh BUILD_DIRECTORY VERSION
set -euo pipefail

build=$1
version=$2
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
consumers=$root/tests/consumers
temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT
log=$temporary/log

failures=0
fail() {
  echo "FAILED: $1"
  sed 's/^/    /' "$log"
  failures=$((failures + 1))
}

# try WHAT COMMAND...: the command succeeds.
try() {
  echo "$1"
  "${@:2}" >"$log" 2>&1 || fail "$1"
}

# install_moved BUILD PREFIX: installs to one place, moves that to another.
install_moved() {
  cmake --install "$1" --prefix "$temporary/first prefix" && mv "$temporary/first prefix" "$2"
}

# consume PROJECT CMAKE_ARGS...: configures, builds and runs the project.
consume() {
  local project=$temporary/consumer
  rm -rf -- "$project"
  cmake -G Ninja -S "$consumers/$1" -B "$project" "${@:2}" &&
    cmake --build "$project" &&
    "$project/consumer" "$temporary/model.safetensors"
}

# components CMAKE_ARGS...: configures and builds the project with a component of each kind, and puts
# the program through its test.
components() {
  local project=$temporary/components
  rm -rf -- "$project"
  cmake -G Ninja -S "$consumers/components" -B "$project" "$@" && cmake --build "$project" &&
    bash "$root/tests/scripts/components_test.sh" "$project/components"
}

# predict_example PREFIX: builds and tests the example, where pkg-config knows only what a program that
# predicts needs.
predict_example() {
  local project=$temporary/predict
  rm -rf -- "$project" "$temporary/pkgconfig"
  mkdir "$temporary/pkgconfig"
  for name in libexif minizip zlib; do
    cp -- "$(pkg-config --variable=pcfiledir "$name")/$name.pc" "$temporary/pkgconfig"
  done
  PKG_CONFIG_LIBDIR=$temporary/pkgconfig cmake -G Ninja -S "$root/examples/predict" -B "$project" \
    -D CMAKE_PREFIX_PATH="$1" -D CMAKE_BUILD_TYPE=Release &&
    cmake --build "$project" && ctest --test-dir "$project" --output-on-failure &&
    ! readelf -d "$project/predict" | grep -E 'cairo|httplib|libmpi|scanline_dist|scanline_train'
}

# data_parallel_example PREFIX: builds and tests the example of several processes.
data_parallel_example() {
  local project=$temporary/data_parallel
  rm -rf -- "$project"
  cmake -G Ninja -S "$root/examples/data_parallel" -B "$project" -D CMAKE_PREFIX_PATH="$1" \
    -D CMAKE_BUILD_TYPE=Release &&
    cmake --build "$project" && ctest --test-dir "$project" --output-on-failure
}

# in_c PREFIX: a program in C finds the package with CMake and with pkg-config, and classifies the
# picture of predict_example with its model.
in_c() {
  local project=$temporary/c inputs=("$temporary/predict/model.safetensors" "$temporary/predict/digit.pgm")
  rm -rf -- "$project"
  cmake -G Ninja -S "$consumers/c" -B "$project" -D CMAKE_PREFIX_PATH="$1" && cmake --build "$project" &&
    "$project/consumer" "${inputs[@]}" || return 1
  local flags
  flags=$(PKG_CONFIG_PATH=$1/lib/pkgconfig pkg-config --cflags --libs scanline) || return 1
  # pkg-config escapes the blanks in the prefix.
  eval "cc -std=c99 -Wall -Wextra -Wpedantic -Werror '$consumers/c/main.c' $flags -pthread -o '$project/main'" &&
    LD_LIBRARY_PATH=$1/lib "$project/main" "${inputs[@]}"
}

# passes_nothing_on PREFIX: the package names no place of this machine, and no flag that is for our
# sources alone.
passes_nothing_on() {
  ! grep -rnE -e '[" ;]-[WOmf]|CLI11|Random123|xtensor-blas' -e "$root|$build|$temporary" \
    "$1/lib/cmake/scanline"
}

# headers_compile PREFIX: each installed header finds what it includes.
headers_compile() {
  (cd "$1/include" && find scanline -name '*.hpp' -printf '#include "%p"\n' | sort) >"$temporary/all.cpp"
  g++ -std=c++20 -fsyntax-only -I "$1/include" "$temporary/all.cpp"
}

# finds VERSION PREFIX: find_package accepts the package as this version.
finds() {
  rm -rf -- "$temporary/finds"
  mkdir "$temporary/finds"
  cat >"$temporary/finds/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(finds LANGUAGES CXX)
find_package(scanline $1 CONFIG REQUIRED)
END
  cmake -G Ninja -S "$temporary/finds" -B "$temporary/finds/build" -D CMAKE_PREFIX_PATH="$2"
}

# refuses VERSION PREFIX: find_package sees the package and does not take it for this version.
refuses() {
  ! finds "$@" && grep -qF "scanlineConfig.cmake, version: $version" "$log"
}

compilers=()
for compiler in g++ clang++; do
  if command -v "$compiler" >/dev/null; then
    compilers+=("$compiler")
  else
    echo "$compiler is not there, and not tried"
  fi
done

static="$temporary/a static prefix"
try 'static libraries: install' install_moved "$build" "$static"
try 'static libraries: the program runs' "$static/bin/scanline" --version
try 'static libraries: nothing private is passed on' passes_nothing_on "$static"
try 'static libraries: headers' headers_compile "$static"
for compiler in "${compilers[@]}"; do
  for flags in '' -march=native; do
    try "static libraries: $compiler $flags" consume find_package -D CMAKE_PREFIX_PATH="$static" \
      -D CMAKE_CXX_COMPILER="$compiler" -D CMAKE_CXX_FLAGS="$flags" -D CMAKE_BUILD_TYPE=Release
  done
done
try 'static libraries: a component of each kind' components -D CMAKE_PREFIX_PATH="$static" \
  -D CMAKE_BUILD_TYPE=Release
try 'static libraries: a program that predicts' predict_example "$static"
try 'static libraries: a program on several processes' data_parallel_example "$static"
try 'static libraries: a program in C' in_c "$static"
for other in "${version%.*}" "$version"; do
  try "version $other is accepted" finds "$other" "$static"
done
for other in 0.0 0.99 1.0; do
  try "version $other is refused" refuses "$other" "$static"
done

# To be built sooner.
unoptimised=(-D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=-O0)

shared="$temporary/a shared prefix"
try 'shared libraries: configure' cmake -G Ninja -S "$root" -B "$temporary/shared" \
  -D BUILD_SHARED_LIBS=ON -D SCANLINE_BUILD_TESTS=OFF -D SCANLINE_BUILD_EXAMPLES=OFF \
  "${unoptimised[@]}"
try 'shared libraries: build' cmake --build "$temporary/shared"
try 'shared libraries: install' install_moved "$temporary/shared" "$shared"
rm -rf -- "$temporary/shared"
try 'shared libraries: the program runs' "$shared/bin/scanline" --version
try 'shared libraries: nothing private is passed on' passes_nothing_on "$shared"
for compiler in "${compilers[@]}"; do
  try "shared libraries: $compiler" consume find_package -D CMAKE_PREFIX_PATH="$shared" \
    -D CMAKE_CXX_COMPILER="$compiler"
done
try 'shared libraries: a program that predicts' predict_example "$shared"
try 'shared libraries: a program in C' in_c "$shared"

try 'FetchContent, and so a subdirectory' consume fetch_content "${unoptimised[@]}"

echo "$failures failures"
[[ $failures -eq 0 ]]
