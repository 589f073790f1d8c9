#!/usr/bin/env bash
# Tests scripts/draw_terminal.py: the picture shows each command, and what is left on the terminal.
set -euo pipefail
if ! command -v python3 >/dev/null; then
  echo 'skipped: python3 is not there'
  exit 0
fi

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT
cd -- "$temporary"

cat >program <<'END'
printf '\033[?7la bar of %090d\033[?7h\r\033[Jepoch 1\n' 0 >&2
printf 'two rows\nof a bar\033[1A\r\033[Ja < b & c\n  █▄\n'
test -t 1 || echo no terminal
END
python3 "$root/scripts/draw_terminal.py" picture.svg 'sh program' 'echo done'
grep -o '>[^<>]*</text>\|<rect x="[^f]*' picture.svg >found
cat >expected <<'END'
>$ sh program</text>
>epoch 1</text>
>a &lt; b &amp; c</text>
<rect x="36.8" y="94.0" width="8.4" height="18.0" 
<rect x="45.2" y="103.0" width="8.4" height="9.0" 
>$ echo done</text>
>done</text>
END
diff expected found
if python3 "$root/scripts/draw_terminal.py" failed.svg false 2>/dev/null || [[ -e failed.svg ]]; then
  echo 'FAILED: expected no picture of a command that fails' >&2
  exit 1
fi
