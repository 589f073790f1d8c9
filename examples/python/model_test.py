#!/usr/bin/env python3
"""Tests the modules in this directory against scanline: logits of all six models, and pictures.

    model_test.py SCANLINE

Exits with 77 where PyTorch, safetensors, NumPy or Pillow is missing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
    from PIL import Image
    from safetensors import safe_open

    from prepare_digit import prepare_digit
    from scanline_model import load
    from write_idx import write_idx
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
MODELS = ["bilstm", "lstm", "bigru", "gru", "birnn", "rnn"]


def write_dataset(directory, part, count, random):
    """Images of noise with a bright column for each class, in MNIST's format. Returns the pixels."""
    pixels = random.integers(0, 100, (count, 28, 28), numpy.uint8)
    labels = numpy.arange(count, dtype=numpy.uint8) % 10
    pixels[numpy.arange(count), :, 2 * labels + 3] = 255
    write_idx(directory / f"{part}-images-idx3-ubyte", pixels)
    write_idx(directory / f"{part}-labels-idx1-ubyte", labels)
    return pixels


def draw_pictures(directory):
    """Grey pictures of a seven: small and large, dark and light, in a corner, with noise."""
    random = numpy.random.default_rng(2)
    files = []
    for number, (side, is_dark, noise) in enumerate(
            [(28, False, 0), (60, True, 0), (150, False, 12), (700, True, 5)]):
        picture = numpy.full((side, side + 9), 30.0)
        unit = side // 12
        picture[2 * unit:3 * unit, 2 * unit:8 * unit] = 220
        for row in range(3 * unit, 10 * unit):
            column = 8 * unit - (row - 3 * unit) // 2
            picture[row, column - unit:column] = 200
        picture += random.uniform(-noise, noise, picture.shape)
        pixels = picture.astype(numpy.uint8)
        files.append(directory / f"{number}.png")
        Image.fromarray(255 - pixels if is_dark else pixels).save(files[-1])
    return files


def check(what, difference, limit):
    print(f"{what}: differs by {difference:.2g}")
    assert difference < limit, f"{what}: expected less than {limit}"


def main(scanline):
    def run(*arguments):
        return subprocess.run([scanline, *map(str, arguments)], check=True, cwd=directory,
                              stdout=subprocess.PIPE, text=True).stdout

    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        random = numpy.random.default_rng(1)
        write_dataset(directory, "train", 400, random)
        images = torch.from_numpy(write_dataset(directory, "t10k", 50, random))
        pictures = draw_pictures(directory)
        for model in MODELS:
            layers = 2 if model in ("bilstm", "gru") else 1
            run("train", "--model", model, "--dataset", "mnist", "--data", ".", "--val-size", 40, "--epochs", 4,
                "--lr", 0.02, "--batch-size", 20, "--hidden-size", 12, "--layers", layers, "--out", model,
                "--quiet")
            run("eval", model, "--data", ".", "--save-logits", "logits.safetensors")
            with safe_open(directory / "logits.safetensors", framework="pt") as content:
                expected = content.get_tensor("logits")
            network = load(directory / model / "model.safetensors")
            with torch.no_grad():
                check(f"{model}, logits", (network(images) - expected).abs().max().item(), 1e-4)

            records = json.loads(run("predict", model, *pictures, "--json"))["images"]
            for file, record in zip(pictures, records):
                pixels = torch.from_numpy(prepare_digit(Image.open(file)))
                with torch.no_grad():
                    found, moved = network(torch.stack([pixels, pixels.roll(1, 1)])).softmax(1)
                expected = torch.tensor(record["probabilities"])
                # scanline finds the edge of the ink in another way, which may move the digit a little.
                check(f"{model}, {file.name}", (found - expected).abs().max().item(), 0.05)
                assert (moved - expected).abs().max() > 1e-3, "a pixel to the right makes no difference"
                line = subprocess.run(
                    [sys.executable, HERE / "predict.py", directory / model / "model.safetensors", file],
                    check=True, stdout=subprocess.PIPE, text=True).stdout
                assert line.split()[0] == record["class"], line


if __name__ == "__main__":
    main(str(pathlib.Path(sys.argv[1]).resolve()))
