#!/usr/bin/env bash
# Runs the commands that docs/your_data.md shows, on pictures that are drawn here.
#
#   your_data_test.sh PATH_OF_SCANLINE
set -euo pipefail
if ! command -v python3 >/dev/null; then
  echo 'skipped: python3 is not there'
  exit 0
fi

PATH=$(dirname -- "$1"):$PATH
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
directory=$(mktemp -d)
trap 'rm -rf -- "$directory"' EXIT
cd -- "$directory"

python3 "$root/scripts/draw_digits.py" pictures/train --each 3
python3 "$root/scripts/draw_digits.py" pictures/test --each 1
cp pictures/test/7/1.png photo.png
mkdir idx
PYTHONPATH=$root/examples/python python3 - <<'END'
from write_idx import write_idx

for part, count in ("train", 200), ("t10k", 50):
    labels = bytes(i % 10 for i in range(count))
    pixels = b"".join(bytes([25 * label]) * 784 for label in labels)
    write_idx(f"idx/{part}-images-idx3-ubyte", memoryview(pixels).cast("B", (count, 28, 28)))
    write_idx(f"idx/{part}-labels-idx1-ubyte", memoryview(labels))
END

# [folder]
scanline train --dataset folder --data pictures --prepare digit --recipe fast --epochs 20 \
  --batch-size 16 --out runs/pictures
scanline eval runs/pictures
# [folder]

# [one folder]
scanline train --dataset folder --data pictures/train --prepare digit --test-size 0.2 --recipe fast \
  --out runs/split
scanline eval runs/split
# [one folder]

# [idx]
scanline train --dataset mnist --data idx --val-size 0.1 --recipe fast --out runs/idx
scanline eval runs/idx
# [idx]

# [init]
scanline train --dataset folder --data pictures --prepare digit --recipe fast --lr 1e-3 \
  --init runs/idx/model.safetensors --out runs/tuned
# [init]

# [freeze]
scanline train --dataset folder --data pictures --init runs/idx --freeze 'lstm.*' \
  --out runs/head
# [freeze]

# [eval]
scanline eval runs/idx --dataset folder --data pictures/test
# [eval]

# [predict]
scanline predict runs/pictures photo.png --show
scanline predict runs/pictures pictures/test/*/*.png --json
# [predict]
