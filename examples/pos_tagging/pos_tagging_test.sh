#!/usr/bin/env bash
# Learns the tiny treebank by heart, and is given files that are none.
#
#   pos_tagging_test.sh PATH_OF_POS_TAGGING TREEBANK
set -euo pipefail

pos_tagging=$1 tiny=$2
directory=$(mktemp -d)
trap 'rm -rf -- "$directory"' EXIT
fail() { echo "FAILED: $*" >&2 && exit 1; }

learn() {
  "$pos_tagging" --train "$tiny" --dev "$tiny" --test "$tiny" --hidden-size 16 --epochs 40 \
    --batch-size 4 --lr 0.01 --dropout 0.2 --tag 'The dog sleeps .'
}
out=$(learn)
tail -2 <<<"$out"
[[ $out == *'The/DET dog/NOUN sleeps/VERB ./PUNCT'* ]] || fail 'a sentence of known words'
accuracy=$(sed -n 's/^test accuracy //p' <<<"$out")
awk -v a="$accuracy" 'BEGIN { exit !(a >= 0.95) }' || fail "accuracy $accuracy on what it learned"
[[ $(learn) == "$out" ]] || fail 'the same seed, another result'

# refuses CONTENT EXPECTED: a treebank of that content is refused in one line.
refuses() {
  printf '%b' "$1" >"$directory/bad.conllu"
  local message
  if message=$("$pos_tagging" --train "$directory/bad.conllu" --dev "$tiny" --test "$tiny" 2>&1); then
    fail "accepted $1"
  fi
  [[ $message == "pos_tagging: $directory/bad.conllu$2" ]] || fail "said $message"
}
refuses '# comment\n1 The the DET\n' ':2: expected 10 columns with tabs between, found 1'
refuses '1\tThe\tthe\tDET\n' ':1: expected 10 columns with tabs between, found 4'
refuses '' ': expected sentences, found none'
