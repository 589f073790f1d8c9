#!/usr/bin/env python3
"""Exports a classifier with random weights from PyTorch to ONNX, in a form that scanline reads.

    export_onnx.py MODEL.onnx
"""

# [export]
import sys

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(28, 128, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * 128, 10)

    def forward(self, images):  # (B, 28, 28), from 0 to 1
        _, (h_n, _) = self.lstm((images - 0.1307) / 0.3081)
        return self.fc(torch.cat([h_n[-2], h_n[-1]], dim=1))


torch.onnx.export(Classifier().eval(), torch.zeros(1, 28, 28), sys.argv[1], input_names=["image"],
                  output_names=["logits"], dynamic_axes={"image": {0: "batch"}})
# [export]
