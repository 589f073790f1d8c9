#!/usr/bin/env python3
"""Draws digits with strokes, as a hand would with different pens on different paper.

    scripts/draw_digits.py DIRECTORY [--each N]

Writes N pictures of each digit (3 unless told otherwise) as DIRECTORY/<digit>/<number>.png, which is
what `scanline eval --dataset folder --data DIRECTORY` reads. Needs nothing but Python; the same
pictures each time.
"""
import argparse
import math
import random
import struct
import zlib
from pathlib import Path


def arc(x, y, width, height, start, end):
    """Points on an ellipse about (x, y), from one angle to another: degrees, clockwise from the right."""
    steps = max(2, round(abs(end - start) / 20))
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + width * math.cos(a), y + height * math.sin(a)) for a in angles]


# Each digit is a list of strokes, each stroke a list of points, in a box of width 1 and height 1.6
# whose y axis points down.
DIGITS = {
    0: [arc(0.5, 0.8, 0.48, 0.78, -90, 270)],
    1: [[(0.25, 0.3), (0.55, 0.02), (0.55, 1.58)]],
    2: [arc(0.5, 0.45, 0.45, 0.43, -160, 40) + [(0.05, 1.55), (1, 1.55)]],
    3: [arc(0.45, 0.42, 0.45, 0.4, -140, 90) + arc(0.45, 1.18, 0.5, 0.4, -90, 150)],
    4: [[(0.6, 0.02), (0.02, 1.05), (1, 1.05)], [(0.75, 0.55), (0.72, 1.6)]],
    5: [[(0.9, 0.05), (0.2, 0.05), (0.12, 0.75)] + arc(0.45, 1.08, 0.5, 0.48, -120, 140)],
    6: [[(0.8, 0.02), (0.35, 0.5), (0.08, 1.0)] + arc(0.5, 1.15, 0.42, 0.43, 180, -170)],
    7: [[(0.02, 0.05), (0.98, 0.05), (0.4, 1.6)]],
    8: [arc(0.5, 0.42, 0.36, 0.4, 90, -270) + arc(0.5, 1.2, 0.45, 0.39, -90, 270)],
    9: [arc(0.48, 0.45, 0.42, 0.43, 0, -360) + [(0.88, 0.7), (0.75, 1.58)]],
}


def distance(x, y, ax, ay, bx, by):
    """From a point to the line between two others."""
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = max(0.0, min(1.0, ((x - ax) * dx + (y - ay) * dy) / length)) if length else 0.0
    return math.hypot(x - ax - along * dx, y - ay - along * dy)


def draw(digit, rng):
    """Returns width, height and the RGB rows of a picture of that digit."""
    size = rng.uniform(25, 60)  # pixels for the width of the box
    pen = size * rng.uniform(0.07, 0.13)  # half the width of a stroke
    slant, turn = rng.uniform(-0.05, 0.25), math.radians(rng.uniform(-8, 8))
    width, height = round(size * rng.uniform(2, 3)), round(size * rng.uniform(2.4, 3.4))
    left = rng.uniform(0.35, 0.5) * (width - size)
    top = rng.uniform(0.3, 0.6) * (height - 1.6 * size)

    def place(x, y):
        x, y = x + slant * (0.8 - y), y
        x, y = x - 0.5, y - 0.8
        x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
        shake = size * 0.02
        return (left + size * (x + 0.5) + rng.uniform(-shake, shake),
                top + size * (y + 0.8) + rng.uniform(-shake, shake))

    lines = []
    for stroke in DIGITS[digit]:
        points = [place(x, y) for x, y in stroke]
        lines += [(*a, *b) for a, b in zip(points, points[1:])]
    ink, paper = rng.choice([((20, 20, 30), (255, 255, 255)), ((30, 60, 160), (250, 245, 230)),
                             ((240, 240, 235), (40, 70, 60)), ((60, 60, 60), (205, 200, 190))])
    rows = []
    for y in range(height):
        row = bytearray([0])  # a row that is not filtered
        for x in range(width):
            nearest = min(distance(x + 0.5, y + 0.5, *line) for line in lines)
            share = max(0.0, min(1.0, pen + 0.5 - nearest))  # of the pixel that is inked
            row += bytes(round(p + share * (i - p)) for i, p in zip(ink, paper))
        rows.append(bytes(row))
    return width, height, b"".join(rows)


def png(width, height, rows):
    """The bytes of a PNG file of 8 bits a colour."""
    def chunk(name, content):
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--each", type=int, default=3, help="pictures of each digit")
    options = parser.parse_args()
    rng = random.Random(1)
    for digit in DIGITS:
        folder = options.directory / str(digit)
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, options.each + 1):
            (folder / f"{number}.png").write_bytes(png(*draw(digit, rng)))


if __name__ == "__main__":
    main()
