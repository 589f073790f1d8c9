#!/usr/bin/env bash
# Trains from a bare machine: installs what is missing, builds scanline, fetches MNIST, then runs
# `scanline train ARGS...` in the working directory of the caller.
#
#   scripts/train.sh [ARGS...]      scripts/train.sh --help lists them
#
# Adds `--data <repository>/data/<dataset>`, unless ARGS say where the data are or lead to a
# configuration that does, or scanline finds them by itself because the working directory is the
# repository. Then config.toml is that of `scanline train ARGS...`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# option NAME ARGS...: the value of --NAME among the arguments; fails where it is not given.
option() {
  local name=--$1
  shift
  while [[ $# -gt 0 ]]; do
    case $1 in
      "$name") printf '%s\n' "${2-}" && return ;;
      "$name"=*) printf '%s\n' "${1#*=}" && return ;;
    esac
    shift
  done
  return 1
}

dataset=$(option dataset "$@" || echo mnist)

install_build_packages
build release scanline

data_options=()
if ! { option data "$@" || option resume "$@" || option config "$@"; } >/dev/null; then
  data=$root/data/$dataset
  case " $* " in
    *' --help '* | *' -h '*) fetch=false ;;
    *) fetch=true ;;
  esac
  if [[ $dataset == mnist ]] && $fetch; then
    "$root/scripts/fetch_mnist.sh" "$data"
  elif [[ $dataset == fashion-mnist && ! -d $data ]]; then
    data=/usr/share/datasets/fashion-mnist
    if [[ ! -d $data ]] && $fetch; then install_missing dataset-fashion-mnist; fi
  fi
  [[ $PWD -ef $root && $data == "$root/data/$dataset" ]] || data_options=(--data "$data")
fi

exec "$root/build/release/scanline" train "${data_options[@]}" "$@"
