#!/usr/bin/env python3
"""Classifies a picture of a digit with a model that `scanline export --format onnx` wrote.

    predict_onnx.py MODEL.onnx PICTURE
"""

# [predict]
import json
import sys

import numpy
import onnxruntime
from PIL import Image

from prepare_digit import prepare_digit

session = onnxruntime.InferenceSession(sys.argv[1])
class_names = json.loads(session.get_modelmeta().custom_metadata_map["class_names"])
pixels = prepare_digit(Image.open(sys.argv[2]).convert("L"))
images = pixels[None].astype(numpy.float32) / 255
[probabilities] = session.run(["probabilities"], {"image": images})
print(class_names[probabilities[0].argmax()], round(float(probabilities.max()), 4))
# [predict]
