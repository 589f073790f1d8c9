#!/usr/bin/env python3
"""Tests that scanline reads what export_onnx.py writes, and, where ONNX Runtime for Python is
installed, that predict_onnx.py finds the class that scanline finds.

    onnx_test.py SCANLINE

Exits with 77 where PyTorch, NumPy or Pillow is missing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch  # noqa: F401, for export_onnx.py
    from PIL import Image
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout


def main(scanline):
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        model, picture = directory / "digits.onnx", directory / "one.png"
        run(sys.executable, HERE / "export_onnx.py", model)
        pixels = numpy.full((60, 40), 255, numpy.uint8)
        pixels[10:50, 18:23] = 0
        Image.fromarray(pixels).save(picture)
        record = json.loads(run(scanline, "predict", model, picture, "--json"))["images"][0]
        print("scanline:", record["class"], max(record["probabilities"]))
        try:
            import onnxruntime  # noqa: F401, for predict_onnx.py
        except ImportError as error:
            print("without predict_onnx.py:", error)
            return
        written = directory / "written.onnx"
        run(scanline, "export", model, "--format", "onnx", "--out", written)
        found, probability = run(sys.executable, HERE / "predict_onnx.py", written, picture).split()
        assert found == record["class"], found
        assert abs(float(probability) - max(record["probabilities"])) < 1e-3, probability


if __name__ == "__main__":
    main(str(pathlib.Path(sys.argv[1]).resolve()))
