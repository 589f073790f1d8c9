#!/usr/bin/env python3
"""Writes a dataset in MNIST's format in another format, to try how scanline reads it.

    scripts/convert_idx.py folder data/mnist pictures     a PNG for each image, in train/7/00042.png
    scripts/convert_idx.py emnist data/mnist emnist       transposed, with EMNIST's names and mapping
    scripts/convert_idx.py kaggle data/mnist kaggle       train.csv, and test.csv without labels
    scripts/convert_idx.py npz data/mnist mnist.npz       arrays as in Keras' mnist.npz
"""

import gzip
import pathlib
import shutil
import struct
import sys
import zipfile
import zlib

PARTS = (("train", "train"), ("t10k", "test"))


def read(folder, name):
    """The file of that name, gzipped or not."""
    file = folder / name
    if file.exists():
        return file.read_bytes()
    return gzip.decompress((folder / (name + ".gz")).read_bytes())


class Part:
    """Images of one size, and their labels."""

    def __init__(self, folder, prefix):
        header = read(folder, prefix + "-images-idx3-ubyte")
        self.count, self.rows, self.columns = struct.unpack(">III", header[4:16])
        self.pixels = header[16:]
        self.labels = read(folder, prefix + "-labels-idx1-ubyte")[8:]

    def image(self, i):
        size = self.rows * self.columns
        return self.pixels[i * size:(i + 1) * size]


def png(image, rows, columns):
    """The bytes of a grey PNG file."""
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content
                + struct.pack(">I", zlib.crc32(kind + content)))
    lines = b"".join(b"\0" + image[r * columns:(r + 1) * columns] for r in range(rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def write_folder(source, target):
    for prefix, name in PARTS:
        part = Part(source, prefix)
        for label in sorted(set(part.labels)):
            (target / name / str(label)).mkdir(parents=True, exist_ok=True)
        for i in range(part.count):
            file = target / name / str(part.labels[i]) / f"{i:05}.png"
            file.write_bytes(png(part.image(i), part.rows, part.columns))


def write_emnist(source, target):
    target.mkdir(parents=True, exist_ok=True)
    for prefix, name in PARTS:
        part = Part(source, prefix)
        turned = b"".join(part.image(i)[c::part.columns]
                          for i in range(part.count) for c in range(part.columns))
        with gzip.open(target / f"emnist-digits-{name}-images-idx3-ubyte.gz", "wb", 1) as out:
            out.write(struct.pack(">IIII", 2051, part.count, part.columns, part.rows) + turned)
        with gzip.open(target / f"emnist-digits-{name}-labels-idx1-ubyte.gz", "wb") as out:
            out.write(struct.pack(">II", 2049, part.count) + part.labels)
    (target / "emnist-digits-mapping.txt").write_text(
        "".join(f"{digit} {ord(str(digit))}\n" for digit in range(10)))


def write_kaggle(source, target):
    target.mkdir(parents=True, exist_ok=True)
    texts = [str(value) for value in range(256)]
    for prefix, name in PARTS:
        part = Part(source, prefix)
        is_labelled = name == "train"
        with open(target / f"{name}.csv", "w") as out:
            names = ["label"] * is_labelled + [f"pixel{p}" for p in range(part.rows * part.columns)]
            print(",".join(names), file=out)
            for i in range(part.count):
                label = [texts[part.labels[i]]] * is_labelled
                print(",".join(label + [texts[value] for value in part.image(i)]), file=out)


def write_npz(source, target):
    def npy(shape, values):
        header = repr({"descr": "|u1", "fortran_order": False, "shape": shape}).encode() + b"\n"
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for prefix, name in PARTS:
            part = Part(source, prefix)
            out.writestr(f"x_{name}.npy", npy((part.count, part.rows, part.columns), part.pixels))
            out.writestr(f"y_{name}.npy", npy((part.count,), part.labels))


FORMATS = {"folder": write_folder, "emnist": write_emnist, "kaggle": write_kaggle, "npz": write_npz}


def main(arguments):
    if len(arguments) != 3 or arguments[0] not in FORMATS:
        sys.exit(f"usage: scripts/convert_idx.py {'|'.join(FORMATS)} SOURCE TARGET")
    target = pathlib.Path(arguments[2])
    if target.exists():
        sys.exit(f"{target}: expected a name that is free, found a file or directory")
    try:
        FORMATS[arguments[0]](pathlib.Path(arguments[1]), target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        target.unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    main(sys.argv[1:])
