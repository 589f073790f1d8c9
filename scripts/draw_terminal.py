#!/usr/bin/env python3
"""Runs commands as in a terminal and draws what they print as an SVG picture.

    scripts/draw_terminal.py FILE.svg COMMAND...

Each command is run by a shell in this directory. The picture in the README is made by

    cd $(mktemp -d) && mkdir data && ln -s REPOSITORY/data/mnist data/mnist
    REPOSITORY/scripts/draw_digits.py . --each 1 && mv 5/1.png digit.png
    PATH=REPOSITORY/build/release:$PATH REPOSITORY/scripts/draw_terminal.py \\
      REPOSITORY/docs/images/terminal.svg 'scanline train --recipe fast' \\
      'scanline predict runs/bilstm-1 digit.png --show'

It needs nothing but Python.
"""
import html
import os
import pty
import re
import subprocess
import sys
import termios

COLUMNS = 80
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, MARGIN = 8.4, 18, 14, 20
# How a block character fills its cell: from which part of the height, to which.
BLOCKS = {"█": (0, 1), "▀": (0, 0.5), "▄": (0.5, 1)}


def run(command):
    """What the command prints to a terminal, both standard output and standard error."""
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (50, COLUMNS))
    process = subprocess.Popen(command, shell=True, stdout=end, stderr=end,
                               env=dict(os.environ, TERM="xterm"))
    os.close(end)
    output = b""
    try:
        while data := os.read(terminal, 65536):
            output += data
    except OSError:
        pass  # Linux reports the end of the terminal's output as an error
    if process.wait() != 0:
        sys.exit(f"{command}: failed\n{output.decode()}")
    return output.decode()


def show(text):
    """The lines that are left on the terminal in the end."""
    lines, row, column, wraps = [[]], 0, 0, True
    for part in re.findall(r"\x1b\[(\??\d*)([A-Za-z])|(.|\n|\r)", text):
        number, control, character = part
        if number == "?7":
            wraps = control == "h"
        elif control == "A":
            row -= int(number or 1)
        elif control == "K":
            del lines[row][column:]
        elif control == "J":
            del lines[row][column:], lines[row + 1:]
        elif character == "\r":
            column = 0
        elif character == "\n" or (character and wraps and column == COLUMNS):
            row, column = row + 1, 0
            if row == len(lines):
                lines.append([])
        if character and character not in "\r\n" and column < COLUMNS:
            line = lines[row]
            line.extend(" " * (column + 1 - len(line)))
            line[column] = character
            column += 1
    return ["".join(line).rstrip() for line in lines]


def draw_line(line, y, colour):
    """SVG elements for a line whose cells begin at height y."""
    text = "".join(" " if c in BLOCKS else c for c in line).rstrip()
    if text:
        yield (f'<text x="{MARGIN}" y="{y + 13}" fill="{colour}" xml:space="preserve" '
               f'textLength="{len(text) * CELL_WIDTH:.1f}">{html.escape(text)}</text>')
    for run_of_blocks in re.finditer("█+|▀+|▄+", line):
        top, bottom = BLOCKS[run_of_blocks[0][0]]
        yield (f'<rect x="{MARGIN + run_of_blocks.start() * CELL_WIDTH:.1f}" '
               f'y="{y + top * CELL_HEIGHT:.1f}" width="{len(run_of_blocks[0]) * CELL_WIDTH:.1f}" '
               f'height="{(bottom - top) * CELL_HEIGHT:.1f}" fill="{colour}"/>')


def draw(lines):
    """SVG of a window with these lines. Commands begin with a dollar sign."""
    width = max(map(len, lines)) * CELL_WIDTH + 2 * MARGIN
    height = len(lines) * CELL_HEIGHT + 2 * MARGIN + 20
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
           f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT_SIZE}">')
    yield "<title>A training run and a prediction in a terminal</title>"
    yield f'<rect width="{width:.0f}" height="{height}" rx="10" fill="#1d2129"/>'
    for i, colour in enumerate(["#ff5f57", "#febc2e", "#28c840"]):
        yield f'<circle cx="{MARGIN + 6 + 20 * i}" cy="20" r="6" fill="{colour}"/>'
    for i, line in enumerate(lines):
        colour = "#7ee787" if line.startswith("$ ") else "#d5d9e0"
        yield from draw_line(line, MARGIN + 20 + i * CELL_HEIGHT, colour)
    yield "</svg>"


def main(file, *commands):
    lines = []
    for command in commands:
        lines += ["$ " + command, *show(run(command))]
        while not lines[-1]:
            lines.pop()
        lines.append("")
    with open(file, "w", encoding="utf-8") as out:
        out.write("\n".join(draw(lines[:-1])) + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: draw_terminal.py FILE.svg COMMAND...")
    main(*sys.argv[1:])
