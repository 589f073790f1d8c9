#!/usr/bin/env python3
"""Writes a dataset in MNIST's format with fewer training images: the first ones of each class, the
same number of each. The test part is copied.

    scripts/subset_idx.py data/mnist data/mnist-200 200
"""

import gzip
import pathlib
import shutil
import sys


def read(folder, name):
    """The file of that name, gzipped or not."""
    file = folder / name
    if file.exists():
        return file.read_bytes()
    return gzip.decompress((folder / (name + ".gz")).read_bytes())


def main(source, target, count):
    source, target, count = pathlib.Path(source), pathlib.Path(target), int(count)
    images = read(source, "train-images-idx3-ubyte")
    labels = read(source, "train-labels-idx1-ubyte")[8:]
    size = int.from_bytes(images[8:12], "big") * int.from_bytes(images[12:16], "big")
    classes = sorted(set(labels))
    left = {label: count // len(classes) for label in classes}
    chosen = []
    for position, label in enumerate(labels):
        if left[label] > 0:
            left[label] -= 1
            chosen.append(position)
    number = len(chosen).to_bytes(4, "big")
    target.mkdir(parents=True, exist_ok=True)
    (target / "train-images-idx3-ubyte").write_bytes(
        images[:4] + number + images[8:16]
        + b"".join(images[16 + i * size:16 + (i + 1) * size] for i in chosen))
    (target / "train-labels-idx1-ubyte").write_bytes(
        bytes([0, 0, 8, 1]) + number + bytes(labels[i] for i in chosen))
    for file in source.glob("t10k-*"):
        shutil.copy(file, target)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: scripts/subset_idx.py SOURCE TARGET COUNT")
    main(*sys.argv[1:])
