#!/usr/bin/env bash
# Tests a program that adds one component of each kind to scanline's, each in one file and one row:
# it trains, is killed and resumed to the bit, is evaluated, reports, and shows them in its help.
#
#   tests/scripts/components_test.sh PROGRAM
set -euo pipefail

program=$(realpath -- "$1")
sources=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../consumers/components" && pwd)
temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT
cd -- "$temporary"

failures=0
fail() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}

# has FILE TEXT: a line of the file has the text.
has() {
  grep -qF -- "$2" "$1" || fail "$1: expected '$2'"
}

# One file and one row each, and not many lines.
for file in attention lion inverse_root robust stripes noise weigh; do
  count=$(grep -cvE '^[[:space:]]*(//.*)?$' "$sources/$file.hpp")
  [[ $count -le 50 ]] || fail "$file.hpp has $count lines"
done
rows=$(grep -c '\.add(' "$sources/main.cpp")
[[ $rows -eq 8 ]] || fail "main.cpp has $rows rows"
[[ $(find "$sources" -name '*.cpp' | wc -l) -eq 1 ]] || fail 'there is another source'

options=(--dataset stripes --stripes 2 --model attention --heads 2 --optimizer lion --blend 0.8
  --schedule inverse-root --hold 20 --loss robust --q 0.5 --augment noise --noise 30
  --lr 1e-3 --epochs 8 --batch-size 32 --val-size 80 --ema 0.9 --seed 3 --quiet)
"$program" train "${options[@]}" --out whole >out.txt || fail "train: $(<out.txt)"
has out.txt 'test accuracy 1.0000 (100/100)'
for line in 'stripes=2' 'heads=2' 'blend=0.8' 'hold=20' 'q=0.5' 'noise=30'; do
  has whole/config.toml "$line"
done
for absent in hidden-size label-smoothing momentum; do
  ! grep -q "^$absent=" whole/config.toml || fail "config.toml has $absent"
done

# Killed in the second epoch, and resumed: the same bits.
"$program" train "${options[@]}" --save-every 1 --out killed >/dev/null &
child=$!
while [[ ! -e killed/metrics.jsonl || $(wc -l <killed/metrics.jsonl) -lt 1 ]] && kill -0 "$child" 2>/dev/null; do
  sleep 0.01
done
kill -KILL "$child" 2>/dev/null || true
wait "$child" 2>/dev/null || true
[[ ! -e killed/model.safetensors ]] || fail 'the run ended before it was killed'
"$program" train --resume killed --quiet >resumed.txt || fail 'resume'
cmp whole/model.safetensors killed/model.safetensors || fail 'the resumed run has other weights'
cmp out.txt resumed.txt || fail 'the resumed run has another result'

"$program" eval whole >eval.txt 2>note.txt || fail 'eval'
tail -n 1 eval.txt | cmp - out.txt || fail 'eval says something else'
has note.txt 'stripes'
"$program" info whole >info.txt || fail 'info'
has info.txt 'model        attention (self-attention over the rows)'
has info.txt 'heads        2'
"$program" weigh whole --digits 2 >weigh.txt || fail 'weigh'
grep -qE '^head\.weight [0-9]+\.[0-9]{2}$' weigh.txt || fail 'weigh prints no norm'
for text in attention 'heads' 'inverse-root' robust stripes noise; do
  has whole/report.html "$text"
done

# A sweep starts this program, whose components it knows.
"$program" sweep "${options[@]}" --epochs 1 --heads 1,2 --out sweep >sweep.txt 2>error.txt ||
  fail "sweep: $(<error.txt)"
for name in heads=1 heads=2; do
  has sweep.txt "$name"
  [[ -e sweep/$name/model.safetensors ]] || fail "sweep: no model of $name"
done

"$program" train --recipe stripes --quiet --out brief >brief.txt || fail 'a recipe of one'"'"'s own'
has brief/config.toml 'model="attention"'
has brief/config.toml 'epochs=2'

"$program" help >help.txt
has help.txt weigh
"$program" train --model attention --optimizer lion --help >help.txt
for text in stripes 'heads N' attention lion '--blend X' inverse-root '--hold N' robust '--q X' '--noise X'; do
  has help.txt "$text"
done
tr -s ' \n' ' ' <help.txt >joined.txt
has joined.txt 'csv, npz, numbers, stripes [mnist]'
has joined.txt 'Augmentation of training images: none, affine, elastic, noise'
for wrong in '--heads 65' '--heads 2 --model bilstm' '--optimizer lino' '--q 1'; do
  read -ra words <<<"$wrong"
  status=0
  "$program" train --model attention "${words[@]}" --out wrong 2>error.txt >/dev/null || status=$?
  [[ $status -eq 2 && $(wc -l <error.txt) -eq 1 ]] || fail "$wrong: status $status, $(<error.txt)"
done

echo "$failures failures"
[[ $failures -eq 0 ]]
