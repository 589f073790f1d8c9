#!/usr/bin/python3
"""Compares the time of convolutions with PyTorch's, batch 128, in single precision.

    benchmarks/peers/compare_conv.py SCANLINE_CONV [ROUNDS]

SCANLINE_CONV is the program of benchmarks/peers/scanline_conv.cpp. The two take turns, and a Markdown
table with the medians of all rounds (7 unless told otherwise) goes to standard output. Needs PyTorch
(Debian's python3-torch), which is fastest with OpenBLAS' OpenMP flavour: see pytorch_lstm.py.
"""

import statistics
import subprocess
import sys
import time

import torch

BATCH = 128
# Channels, size of the images, filters, window, padding: LeNet's, and two of larger networks.
CASES = [(1, 28, 6, 5, 0), (1, 28, 20, 5, 0), (6, 12, 16, 5, 0), (20, 12, 50, 5, 0),
         (64, 14, 64, 3, 1), (64, 28, 64, 3, 1)]


def median_milliseconds(measure):
    """The median of what `measure` returns, over half a second."""
    measure()
    start = time.perf_counter()
    times = []
    while time.perf_counter() - start < 0.5 or len(times) < 5:
        times.append(measure())
    return 1000 * statistics.median(times)


def pytorch(channels, size, filters, window, padding, threads):
    torch.set_num_threads(threads)
    conv = torch.nn.Conv2d(channels, filters, window, padding=padding)
    x = torch.randn(BATCH, channels, size, size, requires_grad=channels > 1)
    grad = torch.randn_like(conv(x))

    def forward():
        with torch.no_grad():
            start = time.perf_counter()
            conv(x)
            return time.perf_counter() - start

    def backward():
        y = conv(x)
        start = time.perf_counter()
        y.backward(grad)
        return time.perf_counter() - start
    return median_milliseconds(forward), median_milliseconds(backward)


def scanline(program, *case):
    output = subprocess.run([program, str(BATCH), *map(str, case)], check=True,
                            stdout=subprocess.PIPE).stdout
    return tuple(map(float, output.split()))


def main():
    program, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7
    print("| convolution | threads | pass | scanline, ms | PyTorch, ms | ratio |\n"
          "|---|---|---|---|---|---|")
    for case in CASES:
        for threads in (1, 2):
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(scanline(program, *case, threads))
                theirs.append(pytorch(*case, threads))
            for number, name in enumerate(("forward", "backward")):
                own, other = (statistics.median(times[number] for times in all_times)
                              for all_times in (ours, theirs))
                channels, size, filters, window, _ = case
                print(f"| {window} x {window}, {channels} to {filters}, {size} x {size} | {threads} "
                      f"| {name} | {own:.3f} | {other:.3f} | {other / own:.2f} |", flush=True)


if __name__ == "__main__":
    main()
