#!/usr/bin/env bash
# Tests scripts/check_docs on a small tree: it accepts blocks that agree with their source, reports
# those that do not, and updates them with --write. It reports code without a source, and headers that
# the table of headers lacks.
set -euo pipefail

check_docs=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/check_docs
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
  file code.cpp '#include <cmath>' '' '// [f]' 'int f() {' '  // why' '  // [g]' '  return 1;' \
    '' '  // [g]' '}' '// [f]'
  file build.cmake '# [all]' 'project(a)' '# [all]'
  file docs/page.md 'Text.' '' \
    '<!-- source: code.cpp [f], at most 3 lines -->' '```cpp' 'int f() {' '  // why' '  return 1;' \
    '' '}' '```' '' \
    '<!-- source: code.cpp [g] -->' '```cpp' 'return 1;' '' '```' \
    '<!-- source: build.cmake -->' '```cmake' 'project(a)' '```' \
    '```' 'no source' '```'
  file README.md '<!-- source: code.cpp [g] -->' '```cpp' 'return 1;' '' '```' '```' 'cpp' '```'
  file framework/nn/lstm.hpp ''
  file framework/nn/detail/private.hpp ''
  file models/registry.hpp ''
  mkdir -p "$tree/datasets" "$tree/export" "$tree/predict" "$tree/train"
  file docs/headers.md 'scanline/scanline.hpp, scanline/framework/nn/lstm.hpp' \
    '| models | scanline/models/registry.hpp |'
}

fail() {
  echo "FAILED: $1" >&2
  cat "$temporary/output" >&2
  exit 1
}

passes() {
  "$check_docs" "$tree" >"$temporary/output" 2>&1 || fail "$1"
  [[ ! -s "$temporary/output" ]] || fail "$1: expected no output"
}

# reports TEXT: expects exactly one line, which is TEXT.
reports() {
  if "$check_docs" "$tree" >"$temporary/output" 2>&1; then fail "expected: $1"; fi
  [[ $(cat "$temporary/output") == "$1" ]] || fail "expected: $1"
}

good_tree
passes 'what agrees'
before=$(cat "$tree/docs/page.md")

sed -i 's/return 1/return 2/' "$tree/docs/page.md"
if "$check_docs" "$tree" >"$temporary/output" 2>&1; then fail 'expected two blocks that differ'; fi
[[ $(wc -l <"$temporary/output") == 2 ]] || fail 'expected a line for each block that differs'
"$check_docs" --write "$tree" >"$temporary/output" 2>&1 || fail 'writes'
[[ $(cat "$tree/docs/page.md") == "$before" ]] || fail 'mends what differs, and nothing else'

good_tree
sed -i 's/project(a)/project(b)/' "$tree/docs/page.md"
reports 'docs/page.md:17: the block differs from build.cmake: run scripts/check_docs --write'

good_tree
sed -i 's/at most 3/at most 2/' "$tree/docs/page.md"
reports 'docs/page.md:3: code.cpp: expected at most 2 lines, found 3'

good_tree
sed -i 's/\[g\] -->/[h] -->/' "$tree/docs/page.md"
if "$check_docs" --write "$tree" >"$temporary/output" 2>&1; then fail 'expected no region'; fi
[[ $(cat "$temporary/output") == 'docs/page.md:12: code.cpp: expected two lines // [h], found 0' ]] ||
  fail 'a region that is not there'
grep -q 'return 1;' "$tree/docs/page.md" || fail 'a page with a mistake stays as it is'

good_tree
rm "$tree/build.cmake"
reports 'docs/page.md:17: there is no source build.cmake'

good_tree
file docs/other.md '<!-- source: build.cmake -->' 'Text.'
reports 'docs/other.md:1: expected a fenced block after the source, found none'

good_tree
file docs/other.md '<!-- source: build.cmake -->' '```cmake' 'project(a)'
reports 'docs/other.md:1: expected a fenced block after the source, found none'

for language in cpp c++ python; do
  good_tree
  file README.md 'Text.' "\`\`\`$language" 'int x;' '```'
  reports 'README.md:2: expected <!-- source: FILE --> before a block of code, found none'
done

good_tree
file examples/one/README.md '```' 'text' '```' '```cpp' 'int x;' '```'
reports 'examples/one/README.md:4: expected <!-- source: FILE --> before a block of code, found none'

good_tree
file docs/other.md '```' '<!-- source: build.cmake -->' '```cpp' '```'
passes 'a marker within a block is text'

good_tree
file framework/nn/gru.hpp ''
reports 'docs/headers.md: expected the header scanline/framework/nn/gru.hpp, found nothing about it'

good_tree
rm "$tree/models/registry.hpp"
reports 'docs/headers.md: expected a header that is installed, found scanline/models/registry.hpp'
