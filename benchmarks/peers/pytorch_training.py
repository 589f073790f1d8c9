#!/usr/bin/python3
"""Times PyTorch's whole training step on the network and batches that scanline trains by default: a
bidirectional LSTM over 28 rows of 28 pixels, cross-entropy, clipping, AdamW.

    benchmarks/peers/pytorch_training.py [--hidden-size 128] [--batch-size 128] [--layers 1] ...

Prints images a second, one number. Debian's PyTorch is fastest with OpenBLAS' OpenMP flavour, whose
threads are PyTorch's own:

    LD_PRELOAD=/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0 \\
        benchmarks/peers/pytorch_training.py --threads 2
"""

import argparse
import time

import torch


class Classifier(torch.nn.Module):
    def __init__(self, hidden_size, layers):
        super().__init__()
        self.lstm = torch.nn.LSTM(28, hidden_size, num_layers=layers, bidirectional=True)
        self.fc = torch.nn.Linear(2 * hidden_size, 10)

    def forward(self, images):
        _, (h_n, _) = self.lstm(images.transpose(0, 1))
        return self.fc(torch.cat((h_n[-2], h_n[-1]), dim=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    network = Classifier(options.hidden_size, options.layers)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.01)
    batches = [(torch.randn(options.batch_size, 28, 28),
                torch.randint(0, 10, (options.batch_size,))) for _ in range(8)]

    warm_up = 5
    for step in range(warm_up + options.steps):
        if step == warm_up:
            start = time.perf_counter()
        images, labels = batches[step % len(batches)]
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    print(f"{options.steps * options.batch_size / (time.perf_counter() - start):.0f}")


if __name__ == "__main__":
    main()
