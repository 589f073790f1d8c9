#!/usr/bin/python3
"""Draws lines of MNIST's test digits as photographs show them, and counts the lines that were read.

    photo_lines.py data/mnist lines             a folder for each condition, with the pictures
    scanline predict RUN lines --format csv > predictions.csv
    photo_lines.py --answers lines predictions.csv

A picture is called by the number of the line and its digits: 7-72104.png. Needs NumPy and Pillow.
"""

import argparse
import collections
import csv
import pathlib

from photo_conditions import read_idx  # the first import, as it says which package is missing

import numpy as np
from PIL import Image, ImageFilter

SCALE = 4  # pixels of the photograph for one of MNIST's
DIGITS = 5
HEIGHT, BORDER = 420, 100


def ink_of(digits, random):
    """The ink of a line from 0 to 1: digits 1 to 8 pixels of MNIST's apart, at uneven heights."""
    gap = int(random.integers(1, 9))
    inks = [digit[:, (digit > 60).any(axis=0)] / 255 for digit in digits]
    line = np.zeros((36, sum(ink.shape[1] for ink in inks) + gap * (DIGITS - 1)))
    left = 0
    for ink in inks:
        top = random.integers(2, 6)
        line[top:top + 28, left:left + ink.shape[1]] = ink
        left += ink.shape[1] + gap
    image = Image.fromarray((line * 255).astype(np.uint8))
    line = np.asarray(image.resize((image.width * SCALE, image.height * SCALE), Image.BICUBIC))
    sheet = np.zeros((HEIGHT, line.shape[1] + 2 * BORDER), np.uint8)
    top = (HEIGHT - line.shape[0]) // 2
    sheet[top:top + line.shape[0], BORDER:-BORDER] = line
    sheet = Image.fromarray(sheet).rotate(random.uniform(-6, 6), Image.BILINEAR)
    return np.asarray(sheet, float) / 255


def ruled(paper):
    paper[40::60] = paper[41::60] = 150
    return paper


def squared(paper):
    for lines in paper[20::40], paper.T[20::40]:
        lines[:] = 160
    return paper


def shadow(paper):
    """A hard shadow that falls slantwise over the line."""
    rows, columns = np.indices(paper.shape)
    return paper * np.where(columns + 0.4 * rows < 0.6 * paper.shape[1], 1, 0.5)


CONDITIONS = {
    "plain": lambda paper: paper,
    "ruled": ruled,
    "squared": squared,
    "shadow": shadow,
    "ruled-shadow": lambda paper: shadow(ruled(paper)),
}


def photograph(ink, condition, random):
    """Ink that absorbs five sixths of the light, on the paper of a condition, and noise."""
    picture = condition(np.full(ink.shape, 225.0)) * (1 - 5 / 6 * ink)
    picture += random.normal(0, 5, picture.shape)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(1))


def draw(mnist, out, count):
    images = read_idx(mnist / "t10k-images-idx3-ubyte")
    labels = read_idx(mnist / "t10k-labels-idx1-ubyte")
    for number in range(count):
        random = np.random.default_rng(number)
        part = slice(DIGITS * number, DIGITS * (number + 1))
        ink = ink_of(images[part], random)
        for name, condition in CONDITIONS.items():
            folder = out / name
            folder.mkdir(parents=True, exist_ok=True)
            text = "".join(str(label) for label in labels[part])
            photograph(ink, condition, random).save(folder / f"{number}-{text}.png")


def count_answers(out, predictions):
    answers = collections.defaultdict(list)
    with open(predictions, newline="") as file:
        for row in csv.DictReader(file):
            answers[pathlib.Path(row["file"])].append(row["class"])
    for folder in sorted(path for path in out.iterdir() if path.is_dir()):
        files = list(folder.glob("*.png"))
        right = sum(answers[file] == [file.stem.split("-")[1]] for file in files)
        print(f"{folder.name:13} {right:4} of {len(files)}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", action="store_true",
                        help="count right answers, in the folder and the CSV file that follow")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("first", metavar="MNIST | LINES", type=pathlib.Path)
    parser.add_argument("second", metavar="LINES | PREDICTIONS", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.answers:
        count_answers(arguments.first, arguments.second)
    else:
        draw(arguments.first, arguments.second, arguments.count)


if __name__ == "__main__":
    main()
