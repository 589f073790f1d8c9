#!/usr/bin/env python3
"""Classifies a picture of a digit with a model that scanline trained, in PyTorch.

    predict.py MODEL.safetensors PICTURE
"""

# [predict]
import sys

import torch
from PIL import Image

from prepare_digit import prepare_digit
from scanline_model import load

model = load(sys.argv[1])
pixels = prepare_digit(Image.open(sys.argv[2]).convert("L"))
with torch.no_grad():
    probabilities = model(torch.from_numpy(pixels)[None]).softmax(1)[0]
print(model.class_names[probabilities.argmax()], round(probabilities.max().item(), 4))
# [predict]
