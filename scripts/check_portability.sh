#!/usr/bin/env bash
# Runs the two commands of the README on bare releases of Debian, each in a chroot that is made for
# it and removed again. Needs root.
#
#   scripts/check_portability.sh [SUITE...]      bookworm and trixie
#
# Tracked files are taken as they are in the working tree. Packages come from the mirror, through the
# proxy, that this machine's apt uses. Prints one line for each suite, and fails where one failed.
#
# TMPDIR: where the chroots are made [/tmp]; each takes 3 GB.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

suites=("$@")
[[ $# -gt 0 ]] || suites=(bookworm trixie)
if [[ $EUID -ne 0 ]]; then
  echo 'error: only root can make a chroot' >&2
  exit 1
fi
install_missing debootstrap git
# debootstrap does not ask apt for its proxy.
eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
[[ -z ${http_proxy-} ]] || export http_proxy
# shellcheck disable=SC2016 # apt-get expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
  'Label: Debian' | sed -n 1p)

work=$(mktemp -d)
child=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  trap '' HUP INT TERM
  if [[ -n $child ]]; then
    kill -- "-$child" 2>/dev/null || true
    wait "$child" || true
  fi
  rm -rf --one-file-system -- "$work"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# inside CHROOT COMMAND...: the command as root of a bare system with pseudo-terminals. What it mounts
# and starts is gone when it ends.
inside() {
  unshare --mount --pid --fork --kill-child --mount-proc --root "$1" --wd /scanline \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    ${http_proxy+http_proxy="$http_proxy"} ${https_proxy+https_proxy="$https_proxy"} \
    sh -c 'mkdir -p /dev/pts && mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts &&
      ln -sf pts/ptmx /dev/ptmx && exec "$@"' sh "${@:2}"
}

# check SUITE CHROOT
check() {
  # Where apt names no mirror, debootstrap knows one. What it mounts goes with it.
  unshare --mount debootstrap --variant=minbase "$1" "$2" ${mirror:+"$mirror"} || return
  { apt-config dump | grep '^Acquire::' && echo 'DPkg::Use-Pty "0";'; } >"$2/etc/apt/apt.conf.d/90host"
  cp -L /etc/resolv.conf /etc/hosts "$2/etc/" || return
  mkdir -p "$2/scanline/data"
  git -C "$root" ls-files -z | tar -C "$root" --null -T - -c | tar -C "$2/scanline" -x || return
  [[ ! -d $root/data/mnist ]] || cp -rL "$root/data/mnist" "$2/scanline/data/" || return
  inside "$2" scripts/train.sh --recipe fast --epochs 1 || return
  inside "$2" scripts/test.sh
}

status=0
for suite in "${suites[@]}"; do
  say "Debian's $suite"
  SECONDS=0
  result=passed
  set -m # a process group for all that it starts
  { check "$suite" "$work/$suite" 2>&1 </dev/null | tee "$work/log" >&2; } &
  child=$!
  set +m
  wait "$child" || result=FAILED
  child=
  [[ $result == passed ]] || status=1
  echo "$suite: $result in $SECONDS s, compiler warnings: $(grep -c '\[-W' "$work/log")"
  rm -rf --one-file-system -- "${work:?}/$suite"
done
exit "$status"
