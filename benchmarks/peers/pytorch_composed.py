#!/usr/bin/python3
"""Times PyTorch on training steps of the classifiers in composed_layers.hpp, which are composed of ops
in the same way.

    benchmarks/peers/pytorch_composed.py LAYER [--threads 2] [--seconds 2]

Prints images a second, and images a second of processor time. Normalisation and the softmax are
PyTorch's own functions, since nobody writes them out.
"""

import argparse
import math
import time

import torch
from torch import nn
from torch.nn import functional

PIXELS, HIDDEN, CLASSES, BATCH_SIZE = 28, 128, 10, 128


class RowReader(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell(PIXELS, HIDDEN)
        self.head = nn.Linear(HIDDEN, CLASSES)

    def forward(self, images):
        h = c = images.new_zeros(images.shape[0], HIDDEN)
        outputs = []
        for row in images.transpose(0, 1).unbind(0):
            h, c = self.cell(row, h, c)
            outputs.append(h)
        torch.stack(outputs)  # recurrent_sequence returns the outputs, too
        return self.head(h)


class LSTMCell(nn.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.of_x = nn.Linear(inputs, 4 * units)
        self.of_h = nn.Linear(units, 4 * units)

    def forward(self, x, h, c):
        i, f, g, o = (self.of_x(x) + self.of_h(h)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class LayerNormCell(nn.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.of_x = nn.Linear(inputs, 4 * units, bias=False)
        self.of_h = nn.Linear(units, 4 * units, bias=False)
        self.norm_x = nn.LayerNorm(4 * units)
        self.norm_h = nn.LayerNorm(4 * units)
        self.norm_c = nn.LayerNorm(units)

    def forward(self, x, h, c):
        i, f, g, o = (self.norm_x(self.of_x(x)) + self.norm_h(self.of_h(h))).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(self.norm_c(c)), c


class PeepholeCell(nn.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.of_x = nn.Linear(inputs, 4 * units)
        self.of_h = nn.Linear(units, 4 * units, bias=False)
        self.w_ci = nn.Parameter(torch.zeros(units))
        self.w_cf = nn.Parameter(torch.zeros(units))
        self.w_co = nn.Parameter(torch.zeros(units))

    def forward(self, x, h, c):
        a_i, a_f, a_g, a_o = (self.of_x(x) + self.of_h(h)).chunk(4, 1)
        i = torch.sigmoid(a_i + self.w_ci * c)
        f = torch.sigmoid(a_f + self.w_cf * c)
        c = f * c + i * torch.tanh(a_g)
        o = torch.sigmoid(a_o + self.w_co * c)
        return o * torch.tanh(c), c


class AttentionPooling(nn.Module):
    def __init__(self):
        super().__init__()
        self.of_row = nn.Linear(PIXELS, HIDDEN)
        self.fc = nn.Linear(HIDDEN, HIDDEN)
        self.score = nn.Linear(HIDDEN, 1)
        self.head = nn.Linear(HIDDEN, CLASSES)

    def forward(self, images):
        x = self.of_row(images.transpose(0, 1))
        weights = torch.softmax(self.score(functional.softsign(self.fc(x))), 0)
        return self.head((weights * x).sum(0))


class MultiheadAttention(nn.Module):
    def __init__(self, heads=4):
        super().__init__()
        self.heads = heads
        self.of_row = nn.Linear(PIXELS, HIDDEN)
        self.of_q_k_v = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.output = nn.Linear(HIDDEN, HIDDEN)
        self.head = nn.Linear(HIDDEN, CLASSES)

    def forward(self, images):
        batch, width = images.shape[0], HIDDEN // self.heads
        q, k, v = self.of_q_k_v(self.of_row(images)).reshape(
            batch, PIXELS, 3, self.heads, width).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / math.sqrt(width)
        mixed = torch.softmax(scores, -1) @ v
        y = self.output(mixed.transpose(1, 2).reshape(batch, PIXELS, HIDDEN))
        return self.head(y.mean(1))


class SlicedConvolution(nn.Module):
    def __init__(self, inputs, channels):
        super().__init__()
        self.of_patch = nn.Linear(9 * inputs, channels)

    def forward(self, x):
        rows, columns = x.shape[1] - 2, x.shape[2] - 2
        shifted = [x[:, i:i + rows, k:k + columns] for i in range(3) for k in range(3)]
        return self.of_patch(torch.cat(shifted, -1))


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = SlicedConvolution(1, 16)
        self.second = SlicedConvolution(16, 32)
        self.head = nn.Linear(32, CLASSES)

    def forward(self, images):
        batch = images.shape[0]
        y = torch.relu(self.first(images.reshape(batch, PIXELS, PIXELS, 1)))
        pooled = y.reshape(batch, 13, 2, 13, 2, 16).amax((2, 4))
        return self.head(torch.relu(self.second(pooled)).mean((1, 2)))


LAYERS = {
    "lstm_cell": lambda: RowReader(LSTMCell),
    "layer_norm_lstm": lambda: RowReader(LayerNormCell),
    "peephole_lstm": lambda: RowReader(PeepholeCell),
    "attention_pooling": AttentionPooling,
    "multihead_attention": MultiheadAttention,
    "convolution": Convolutions,
}


def images_per_second(step, seconds):
    """Of the clock, and of the processors' time."""
    start, processor_start, steps, elapsed = time.perf_counter(), time.process_time(), 0, 0
    while elapsed < seconds:
        step()
        steps += 1
        elapsed = time.perf_counter() - start
    images = steps * BATCH_SIZE
    return images / elapsed, images / (time.process_time() - processor_start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("layer", choices=LAYERS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    network = LAYERS[options.layer]()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    images = torch.randn(BATCH_SIZE, PIXELS, PIXELS)
    labels = torch.arange(BATCH_SIZE) % CLASSES

    def step():
        loss = functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    images_per_second(step, 0.3)  # warms up
    print(*(f"{rate:.0f}" for rate in images_per_second(step, options.seconds)))


if __name__ == "__main__":
    main()
