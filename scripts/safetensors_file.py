"""Reads and writes safetensors files with nothing but NumPy, for the scripts that compare scanline
with PyTorch.
"""

import json
import math
import struct

import numpy

DTYPES = {"F32": numpy.float32, "F64": numpy.float64, "I64": numpy.int64}
CODES = {numpy.dtype(dtype): code for code, dtype in DTYPES.items()}


def write(path, tensors, metadata):
    """`tensors`: name -> array; `metadata`: string -> string, may be empty."""
    header = {"__metadata__": metadata} if metadata else {}
    # The widest elements first, so that each tensor is aligned to its own.
    names = sorted(tensors, key=lambda name: (-tensors[name].itemsize, name))
    offset = 0
    for name in names:
        array = tensors[name]
        header[name] = {"dtype": CODES[array.dtype], "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in names:
            file.write(numpy.ascontiguousarray(tensors[name]).tobytes())


def read(path):
    """Returns what `write` was given: tensors and metadata."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        flat = numpy.frombuffer(data, DTYPES[entry["dtype"]], math.prod(entry["shape"]),
                                entry["data_offsets"][0])
        tensors[name] = flat.reshape(entry["shape"]).copy()
    return tensors, metadata
