#!/usr/bin/env python3
"""Classifies a picture of a digit with scanline's C interface, without any package of Python.

    predict_ctypes.py MODEL PICTURE
"""

# [predict]
import ctypes
import sys

scanline = ctypes.CDLL("libscanline.so.0.1")
scanline.scanline_error.restype = scanline.scanline_class_name.restype = ctypes.c_char_p


def check(status):
    if status != 0:
        sys.exit(scanline.scanline_error().decode())


model, best = ctypes.c_void_p(), ctypes.c_int()
check(scanline.scanline_open(sys.argv[1].encode(), ctypes.byref(model)))
probabilities = (ctypes.c_float * scanline.scanline_class_count(model))()
check(scanline.scanline_predict_file(model, sys.argv[2].encode(), ctypes.byref(best), probabilities))
print(scanline.scanline_class_name(model, best).decode(), round(probabilities[best.value], 4))
scanline.scanline_close(model)
# [predict]
