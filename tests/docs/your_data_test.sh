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

def image(label):
    """A bar, the wider and the lower the larger the label."""
    bar = bytes([0] * 4 + [255] * (4 + label) + [0] * (20 - label))
    return bytes(28) * 4 + bar * (20 - label) + bytes(28) * (4 + label)

for part, count in ("train", 200), ("t10k", 50):
    labels = bytes(i % 10 for i in range(count))
    pixels = b"".join(image(label) for label in labels)
    write_idx(f"idx/{part}-images-idx3-ubyte", memoryview(pixels).cast("B", (count, 28, 28)))
    write_idx(f"idx/{part}-labels-idx1-ubyte", memoryview(labels))
END
mkdir kaggle
python3 - <<'END'
import struct
import zipfile

def row(i, white):
    return [str((i % 10 + p) % (white + 1)) for p in range(64)]

for part, count in ("train", 100), ("test", 20):
    labelled = part == "train"
    with open(f"kaggle/{part}.csv", "w") as out:
        print(",".join(["label"] * labelled + [f"pixel{p}" for p in range(64)]), file=out)
        for i in range(count):
            print(",".join([str(i % 10)] * labelled + row(i, 255)), file=out)
with open("digits.csv", "w") as out:
    for i in range(100):
        print(",".join(row(i, 16) + [str(i % 10)]), file=out)

def npy(shape, values):
    header = repr({"descr": "|u1", "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values

with zipfile.ZipFile("digits.npz", "w", zipfile.ZIP_DEFLATED) as out:
    for part, count in ("train", 100), ("test", 20):
        labels = bytes(i % 10 for i in range(count))
        images = b"".join(bytes([25 * label]) * 64 for label in labels)
        out.writestr(f"x_{part}.npy", npy((count, 8, 8), images))
        out.writestr(f"y_{part}.npy", npy((count,), labels))
END

# [folder]
scanline train --data pictures --prepare digit --recipe fast --out runs/pictures
scanline eval runs/pictures
# [folder]

# [one folder]
scanline train --data pictures/train --prepare digit --test-size 0.2 --recipe fast \
  --out runs/split
scanline eval runs/split
# [one folder]

# [idx]
scanline train --data idx --prepare digit --recipe fast --out runs/idx
scanline eval runs/idx
# [idx]

# [kaggle]
scanline train --data kaggle --recipe fast --out runs/kaggle
scanline predict runs/kaggle kaggle/test.csv --format kaggle > submission.csv
# [kaggle]
[[ $(head -1 submission.csv) == ImageId,Label && $(wc -l <submission.csv) == 21 ]]
[[ $(tail -1 submission.csv) =~ ^20,[0-9]$ ]]

# [data]
scanline data pictures --sheet samples.png
scanline data idx --sheet augmented.png --augment affine
# [data]
[[ -s samples.png && -s augmented.png ]]

# [init]
scanline train --data pictures --prepare digit --recipe fast --lr 1e-3 \
  --init runs/idx/model.safetensors --out runs/tuned
# [init]

# [freeze]
scanline train --data pictures --init runs/idx --freeze 'lstm.*' \
  --out runs/head
# [freeze]

# [csv]
scanline train --data digits.csv --max-value 16 --label-column last --recipe fast --out runs/digits
# [csv]

# [npz]
scanline train --data digits.npz --recipe fast --out runs/arrays
scanline eval runs/arrays
# [npz]

# [eval]
scanline eval runs/idx --dataset folder --data pictures/test
# [eval]

# [predict]
scanline predict runs/pictures photo.png --show
scanline predict runs/pictures pictures/test --format csv > predictions.csv
# [predict]
[[ $(wc -l <predictions.csv) -gt 10 ]]
