#!/usr/bin/env bash
# Makes the calls fail with which a training run changes its files, one call in each run: with
# ENOSPC, EIO or EINTR, or by killing the program. A failing call may end a run only with status 1 and
# one line that names a file. Each run is then resumed, and has to end with the weights and records of
# an undisturbed run.
#
#   scripts/write_faults.sh [--points N]      N calls for each kind of fault, or all of them
#
# Prints one line for each kind of fault, in new runs and in resumed ones. Needs a C compiler.
#
# SCANLINE: the binary [build/release/scanline]
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

points=1000000
case ${1-} in
  '') ;;
  --points) points=${2:?a number is missing} ;;
  *) echo 'usage: scripts/write_faults.sh [--points N]' >&2 && exit 2 ;;
esac
scanline=$(realpath -- "${SCANLINE:-$root/build/release/scanline}")

work=$(mktemp -d)
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  trap '' HUP INT TERM
  local job
  for job in $(jobs -p); do kill -- "-$job" 2>/dev/null || true; done
  wait
  rm -rf -- "$work"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cd -- "$work"
cc -shared -fPIC -o write_faults.so "$root/scripts/write_faults.c" -ldl

# images NAME COUNT: images whose pixels are numbers written as text, with ones as 255, and labels, in MNIST's format.
images() {
  local count
  count=$(printf '\\0\\0\\0\\x%02x' "$2")
  {
    printf '%b' '\0\0\x08\x03' "$count" '\0\0\0\x1c\0\0\0\x1c'
    head -c $((28 * 28 * $2)) < <(seq 1000000 | LC_ALL=C tr 1 '\377')
  } >"data/$1-images-idx3-ubyte"
  {
    printf '%b' '\0\0\x08\x01' "$count"
    for ((n = 0; n < $2; ++n)); do printf '%b' "\\x0$((n % 10))"; done
  } >"data/$1-labels-idx1-ubyte"
}
mkdir data
images train 120
images t10k 20

train=(train --data "$work/data" --model mlp --hidden-size 4 --epochs 2 --batch-size 20 --val-size 20
  --save-every 2 --log-every 2 --keep-last 2 --threads 1 --progress none --out faulted)
resume=(train --resume faulted --progress none)

# with_fault KIND CALL ARGUMENTS...: runs scanline; the calls are then in `calls`, messages in `err`.
with_fault() {
  # Bash would report a child that was killed.
  { timeout --foreground 60 env LD_PRELOAD="$work/write_faults.so" WRITE_FAULTS_DIRECTORY=faulted \
    WRITE_FAULTS_LOG="$PWD/calls" WRITE_FAULTS_KIND="$1" WRITE_FAULTS_AT="$2" \
    "$scanline" "${@:3}" >out 2>err; } 2>/dev/null
}

# is_whole: whether the run has the weights and records of an undisturbed one.
is_whole() {
  cmp "$work/whole/model.safetensors" faulted/model.safetensors &&
    cmp "$work/whole/best.safetensors" faulted/best.safetensors &&
    diff <(records "$work/whole") <(records faulted)
}

# sweep KIND BEGINNING ARGUMENTS...: each run starts with a copy of the directory BEGINNING, if there
# is one of that name.
sweep() {
  local kind=$1 beginning=$2 failures=0 stops=0
  shift 2
  mkdir -- "$kind-$beginning"
  cd -- "$kind-$beginning"
  start() {
    rm -rf -- faulted
    [[ ! -d $work/$beginning ]] || cp -r -- "$work/$beginning" faulted
  }
  fail() {
    failures=$((failures + 1))
    echo "FAILED: $kind at call $point, $call, $beginning: $*"
    sed 's/^/    /' err
  }

  start
  with_fault "$kind" 0 "$@"
  local count point square call status tries
  count=$(wc -l <calls)
  tries=$((points < count ? points : count))
  for ((i = 0; i < tries; ++i)); do
    point=$((i + 1))
    # Where not all calls are tried, more of the first ones are: they make the files of a run.
    if ((1 < tries && tries < count)); then
      square=$((1 + (count - 1) * i * i / ((tries - 1) * (tries - 1))))
      point=$((square > point ? square : point))
    fi
    start
    status=0
    with_fault "$kind" "$point" "$@" || status=$?
    call=$(sed -n "${point}p" calls)
    case $kind,$status in
      ENOSPC,0 | EIO,0)
        [[ $call != @(write|fsync)\ * ]] || fail 'the failure was ignored' ;;
      *,0) ;;
      KILL,137) ;;
      ENOSPC,1 | EIO,1)
        [[ $(wc -l <err) -eq 1 && $(<err) == *faulted* ]] ||
          fail 'the message is not one line that names a file' ;;
      *) fail "status $status" ;;
    esac
    if [[ $status -ne 0 ]]; then
      stops=$((stops + 1))
      [[ $beginning != resumed ]] || compgen -G 'faulted/*.checkpoint' >/dev/null ||
        fail 'no checkpoint is left'
      local again=("${resume[@]}")
      [[ -e faulted/config.toml ]] || again=("${train[@]}")
      timeout --foreground 60 "$scanline" "${again[@]}" >out 2>err || {
        fail "the next run ends with status $?"
        continue
      }
    fi
    is_whole >err 2>&1 || fail 'the result differs from that of an undisturbed run'
  done
  echo "$kind, $beginning: $tries of $count calls; $stops ended the run, $failures failures"
  [[ $failures -eq 0 ]]
}

with_fault EIO 0 "${train[@]}" || { cat err >&2 && exit 1; }
mv faulted whole
with_fault KILL $(($(wc -l <calls) / 2)) "${train[@]}" || true
mv faulted resumed

status=0
set -m # a process group for each sweep
for kind in ENOSPC EIO EINTR KILL; do
  (sweep "$kind" new "${train[@]}") &
  (sweep "$kind" resumed "${resume[@]}") &
done
while [[ -n $(jobs -p) ]]; do wait -n || status=1; done
exit "$status"
