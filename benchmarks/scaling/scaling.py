#!/usr/bin/env python3
"""Measures how scanline trains on several ranks, and computes how it would on more.

    benchmarks/scaling/scaling.py measure [--binary scanline] [--data data/mnist] [--rounds 5]
    benchmarks/scaling/scaling.py deterministic
    benchmarks/scaling/scaling.py report
    benchmarks/scaling/scaling.py losses

`measure` takes less than ten minutes on two processors, on which nothing else should run, and
writes benchmarks/scaling/measured.json:

1. two ranks of one thread against one process of two threads, in turns, for batches of 128 and 512;
2. the time of a step on one thread for batches of 8 to 512 images;
3. two and four ranks with messages that slow_network.c delays.

`deterministic` compares runs with and without --deterministic-ranks 4, in turns, in five minutes.
`report` reads this file, prints the tables of docs/scaling.md, and draws docs/images/scaling.svg.
`losses` compares the losses of the first 1, 10, 50 and 200 steps on 2, 3 and 4 ranks with those of
one process, and prints the largest relative differences.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MEASURED = HERE / "measured.json"
PICTURE = ROOT / "docs/images/scaling.svg"

# What a step sends: the gradients, and the notes of the ranks, which travel while it computes.
MODELS = {"bilstm": ["--model", "bilstm", "--hidden-size", "128"]}
BUCKET = 1 << 17  # values, as in framework/dist/gradient_sum.cpp
RATES = {"10 Gbit/s": (30e-6, 1.25e9), "100 Gbit/s": (5e-6, 12.5e9)}  # latency, bytes a second
RANKS = [2, 4, 8, 16, 32, 64, 128, 256]


# Measuring


def train(arguments, ranks=1, threads=1, network=None):
    """Trains, and returns the records of metrics.jsonl."""
    with tempfile.TemporaryDirectory() as directory:
        command = [str(arguments.binary), "train", "--data", str(arguments.data), "--threads",
                   str(threads), "--progress", "none", "--val-size", "0",
                   "--out", f"{directory}/run", *arguments.options]
        if ranks > 1:
            mpirun = ["mpirun", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"]
            if network:
                mpirun += ["-x", f"LD_PRELOAD={arguments.shim}", "-x", f"SLOW_NETWORK={network}"]
            command = mpirun + ["-np", str(ranks), *command]
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return [json.loads(line) for line in open(f"{directory}/run/metrics.jsonl")]


def run(arguments, ranks=1, threads=1, network=None):
    """Trains, and returns seconds for a step."""
    records = train(arguments, ranks, threads, network)
    return sum(record["seconds"] for record in records if record["kind"] == "epoch") / arguments.steps


def with_options(arguments, batch, steps, more=()):
    result = argparse.Namespace(**vars(arguments))
    result.steps = steps
    result.options = [*MODELS["bilstm"], "--batch-size", str(batch), "--max-steps", str(steps),
                      "--augment", "affine", *more]
    return result


def compare(rounds, first, second):
    """Calls two measurements in turns. Returns the median of the seconds of both, and of how much
    faster the second one is."""
    pairs = []
    for number in range(rounds):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        seconds = [0, 0]
        for i in order:
            seconds[i] = (first, second)[i]()
        pairs.append(seconds)
    ratios = [a / b for a, b in pairs]
    return {"one": statistics.median(a for a, _ in pairs),
            "two": statistics.median(b for _, b in pairs), "ratio": statistics.median(ratios),
            "lowest": min(ratios), "highest": max(ratios)}


def store(values):
    """Replaces values in measured.json."""
    MEASURED.write_text(json.dumps({**json.loads(MEASURED.read_text()), **values}, indent=1) + "\n")


def deterministic(arguments):
    rows = []
    for ranks, threads in ((1, 2), (2, 1)):
        for batch, steps in ((128, 400), (512, 100)):
            plain = with_options(arguments, batch, steps)
            pieces = with_options(arguments, batch, steps, ["--deterministic-ranks", "4"])
            rows.append({"ranks": ranks, "batch": batch, **compare(
                arguments.rounds, lambda: run(plain, ranks, threads),
                lambda: run(pieces, ranks, threads))})
            print(f"{ranks} x {threads} threads, batch {batch}: {describe(rows[-1])}", flush=True)
    store({"deterministic": rows})


def describe(pair):
    batch = pair["batch"]
    return (f"{batch / pair['one']:.0f} and {batch / pair['two']:.0f} images/s, "
            f"{100 * pair['ratio']:.1f} % ({100 * pair['lowest']:.1f} to {100 * pair['highest']:.1f})")


def measure(arguments):
    result = {"parameters": 164362, "pairs": [], "steps": [], "delays": []}
    work = tempfile.TemporaryDirectory()
    arguments.shim = f"{work.name}/slow_network.so"
    flags = subprocess.run(["mpicc", "--showme:compile"], check=True, text=True, capture_output=True)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", arguments.shim,
                    str(HERE / "slow_network.c"), *flags.stdout.split()], check=True)

    for batch, steps in ((128, 400), (512, 100)):
        options = with_options(arguments, batch, steps)
        result["pairs"].append({"batch": batch, **compare(
            arguments.rounds, lambda: run(options, 1, 2), lambda: run(options, 2, 1))})
        print(f"batch {batch}, one process and two ranks: {describe(result['pairs'][-1])}", flush=True)

    for batch in (8, 16, 32, 64, 128, 256, 512):
        options = with_options(arguments, batch, max(20, min(200, 20000 // batch)))
        seconds = statistics.median(run(options) for _ in range(3))
        result["steps"].append({"batch": batch, "seconds": seconds})
        print(f"batch {batch} on one thread: {1e3 * seconds:.3f} ms a step", flush=True)

    for ranks in (2, 4):
        options = with_options(arguments, 128, 100)
        for network in ("0,1e9", "500,1e9", "2000,1e9", "100,125", "100,25"):
            seconds = statistics.median(run(options, ranks, 1, network) for _ in range(3))
            latency, rate = (float(x) for x in network.split(","))
            result["delays"].append({"ranks": ranks, "latency": latency * 1e-6, "rate": rate * 1e6,
                                     "seconds": seconds})
            print(f"{ranks} ranks, {latency:g} us and {rate:g} bytes/us: {1e3 * seconds:.3f} ms",
                  flush=True)
    store(result)


def losses(arguments):
    common = ["--max-steps", "200", "--log-every", "1", "--augment", "affine", "--batch-size", "50",
              "--lr", "3e-3"]
    first = (1, 10, 50, 200)
    rows = []
    for model, options in (
            ("bilstm", ["--model", "bilstm", "--hidden-size", "32"]),
            ("bilstm, 2 layers, dropout", ["--model", "bilstm", "--hidden-size", "32",
                                           "--layers", "2", "--dropout", "0.2"]),
            ("bigru", ["--model", "bigru", "--hidden-size", "32"]),
            ("birnn", ["--model", "birnn", "--hidden-size", "32"]),
            ("mlp", ["--model", "mlp", "--hidden-size", "32"]),
            ("rowcol", ["--model", "rowcol", "--hidden-size", "16"]),
            ("renet", ["--model", "renet", "--hidden-size", "8"])):
        for precision in ("float32", "bf16"):
            if precision == "bf16" and model.startswith("mlp"):
                continue
            arguments.options = [*common, *options, "--precision", precision]
            alone, *others = [[record["loss"] for record in train(arguments, ranks)
                               if record["kind"] == "step"] for ranks in (1, 2, 3, 4)]
            cells = [max(abs(a - b) / a for other in others
                         for a, b in zip(alone[:steps], other[:steps])) for steps in first]
            rows.append([model, precision, *(f"{cell:.0e}" for cell in cells)])
            print(rows[-1], file=sys.stderr, flush=True)
    print_table(["model", "precision", "step 1", *(f"{steps} steps" for steps in first[1:])], rows)


# The model


def sum_seconds(algorithm, ranks, size, latency, rate):
    """Seconds in which the ranks add up `size` bytes."""
    rounds = math.ceil(math.log2(ranks))
    if algorithm == "ring":
        return 2 * (ranks - 1) * (latency + size / ranks / rate)
    if algorithm == "whole":  # recursive doubling, for short lists
        return rounds * (latency + size / rate)
    return 2 * rounds * latency + 2 * (ranks - 1) / ranks * size / rate  # halving and doubling


def buckets(parameters):
    """Bytes of the buckets of the default network, of which the head's weights are few."""
    count = math.ceil(parameters / BUCKET)
    return [4 * min(BUCKET, parameters - i * BUCKET) for i in range(count)]


def message_seconds(ranks, parameters, latency, rate, algorithm="halving"):
    if ranks == 1:
        return 0
    return sum(sum_seconds("whole" if size <= 16 << 10 and algorithm == "halving" else algorithm,
                           ranks, size, latency, rate) for size in buckets(parameters))


class Compute:
    """Seconds of a step for some images on one rank: interpolated between what was measured, and a
    line through the smallest two below that."""

    def __init__(self, steps):
        self.points = [(point["batch"], point["seconds"]) for point in steps]

    def __call__(self, images):
        points = self.points
        i = next((i for i in range(1, len(points) - 1) if points[i][0] >= images), len(points) - 1)
        (x0, y0), (x1, y1) = points[i - 1], points[i]
        return y0 + (images - x0) * (y1 - y0) / (x1 - x0)


def step_seconds(compute, measured, ranks, images_of_rank, network, algorithm="halving"):
    # A network of one layer has all gradients at the end of its backward pass, so that nothing
    # overlaps but the notes.
    return compute(images_of_rank) + message_seconds(ranks, measured["parameters"], *network,
                                                     algorithm)


def efficiency(compute, measured, ranks, batch, network, weak, algorithm="halving"):
    """The share of the ranks' time in which they do what one rank does in its own."""
    if weak:
        return compute(batch) / step_seconds(compute, measured, ranks, batch, network, algorithm)
    return compute(batch) / ranks / step_seconds(compute, measured, ranks, batch / ranks, network,
                                                 algorithm)


def marginal(compute, measured, ranks, batch, network, weak):
    """The efficiency of the ranks that are added where half as many have trained before."""
    def speed(count):
        return count * efficiency(compute, measured, count, batch, network, weak)
    return (speed(ranks) - speed(ranks // 2)) / (ranks - ranks // 2)


# The report


def print_table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def percent(value):
    return f"{100 * value:.0f} %"


def report(_):
    measured = json.loads(MEASURED.read_text())
    compute = Compute(measured["steps"])
    if measured["pairs"]:
        print_table(["batch", "one process of two threads", "two ranks of one thread", "ratio"],
                    [[str(pair["batch"]), f"{pair['batch'] / pair['one']:.0f} images/s",
                      f"{pair['batch'] / pair['two']:.0f} images/s", f"{100 * pair['ratio']:.1f} %"]
                     for pair in measured["pairs"]])
    if "deterministic" in measured:
        print_table(["ranks and threads", "batch", "without", "with", "ratio"],
                    [[f"{row['ranks']} x {2 // row['ranks']}", str(row["batch"]),
                      f"{row['batch'] / row['one']:.0f} images/s",
                      f"{row['batch'] / row['two']:.0f} images/s", f"{100 * row['ratio']:.1f} %"]
                     for row in measured["deterministic"]])
    rows = []
    for ranks in (2, 4):
        points = [point for point in measured["delays"] if point["ranks"] == ranks]
        if not points:
            continue
        base = points[0]["seconds"]
        for point in points[1:]:
            predicted = message_seconds(ranks, measured["parameters"], point["latency"], point["rate"])
            found = point["seconds"] - base
            rows.append([str(ranks), f"{1e6 * point['latency']:.0f} us",
                         f"{8e-9 * point['rate']:g} Gbit/s", f"{1e3 * predicted:.2f} ms",
                         f"{1e3 * found:.2f} ms", f"{found / predicted:.2f}"])
    if rows:
        print_table(["ranks", "latency", "rate", "model", "measured", "ratio"], rows)
    curves = []
    for name, network in RATES.items():
        rows = []
        for ranks in RANKS:
            cells = [str(ranks)]
            for batch, weak in ((128, False), (512, False), (4096, False), (32, True), (128, True)):
                if weak or batch >= ranks:
                    cells.append(percent(efficiency(compute, measured, ranks, batch, network, weak)) +
                                 ", " + percent(marginal(compute, measured, ranks, batch, network, weak)))
                else:
                    cells.append("")
            rows.append(cells)
        print(f"{name}:\n")
        print_table(["ranks", "batch 128", "batch 512", "batch 4096", "32 a rank", "128 a rank"], rows)
        for batch, weak, label in ((128, False, "batch of 128"), (4096, False, "batch of 4096"),
                                   (128, True, "128 images a rank")):
            curves.append((name, label, [(ranks, efficiency(compute, measured, ranks, batch, network, weak))
                                         for ranks in [1, *RANKS] if weak or batch >= ranks]))
    rows = [[str(ranks), *(f"{1e3 * message_seconds(ranks, measured['parameters'], *network, algorithm):.2f} ms"
                           for network in RATES.values() for algorithm in ("halving", "ring", "whole"))]
            for ranks in RANKS]
    print_table(["ranks", *(f"{name}, {algorithm}" for name in RATES
                            for algorithm in ("halving", "ring", "tree"))], rows)
    draw(curves)


def draw(curves):
    width, height, left, top, gap = 760, 330, 60, 40, 40
    panel = (width - left - gap - 20) / 2
    colours = {"batch of 128": "#c0392b", "batch of 4096": "#2471a3", "128 images a rank": "#1e8449"}
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>']
    bottom = height - 60
    for number, name in enumerate(RATES):
        x0 = left + number * (panel + gap)
        def place(ranks, value, x0=x0):
            return x0 + panel * math.log2(ranks) / 8, bottom - (bottom - top) * value
        parts.append(f'<text x="{x0}" y="{top - 15}" font-weight="bold">{name}: efficiency by ranks</text>')
        for value in (0, 0.25, 0.5, 0.75, 0.9, 1):
            _, y = place(1, value)
            dash = ' stroke-dasharray="4 3"' if value == 0.9 else ""
            parts.append(f'<line x1="{x0}" x2="{x0 + panel:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="#bbb"{dash}/>')
            if number == 0:
                parts.append(f'<text x="{x0 - 8}" y="{y + 4:.1f}" text-anchor="end">{100 * value:.0f} %</text>')
        for exponent in range(9):
            x, _ = place(2**exponent, 0)
            parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{2**exponent}</text>')
        for network, label, points in curves:
            if network != name:
                continue
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colours[label]}" stroke-width="2"/>')
    for i, (label, colour) in enumerate(colours.items()):
        x = left + i * 190
        parts.append(f'<line x1="{x}" x2="{x + 24}" y1="{height - 16}" y2="{height - 16}" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{x + 30}" y="{height - 12}">{label}</text>')
    parts.append("</svg>")
    PICTURE.write_text("\n".join(parts) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["measure", "deterministic", "report", "losses"])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/scanline")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "data/mnist")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    {"measure": measure, "deterministic": deterministic, "report": report, "losses": losses}[arguments.what](arguments)


if __name__ == "__main__":
    sys.exit(main())
