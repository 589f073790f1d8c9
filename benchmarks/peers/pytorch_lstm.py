#!/usr/bin/python3
"""Times PyTorch on the network and batches that scanline trains by default: a bidirectional LSTM over
28 rows of 28 pixels, and a head over its final states.

    benchmarks/peers/pytorch_lstm.py [--hidden-size 128] [--batch-size 128] [--layers 1] ...

Prints images a second, one number: of whole training steps, with cross-entropy, clipping and AdamW,
or with --inference of the forward pass alone. Debian's PyTorch is fastest with OpenBLAS' OpenMP
flavour, whose threads are PyTorch's own:

    LD_PRELOAD=/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0 \\
        benchmarks/peers/pytorch_lstm.py --threads 2

With --export FILE it times nothing, but writes the network as an ONNX model for batches of that size.
"""

import argparse
import itertools
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


def train(network, batches):
    """Goes one training step further each time it is called."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.01)

    def step():
        images, labels = next(batches)
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    return step


def infer(network, batches):
    """Answers for one batch each time it is called."""
    network.eval()

    @torch.inference_mode()
    def answer():
        network(next(batches)[0])
    return answer


def calls_per_second(run, seconds):
    start = time.perf_counter()
    calls, elapsed = 0, 0
    while elapsed < seconds:
        run()
        calls += 1
        elapsed = time.perf_counter() - start
    return calls / elapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--inference", action="store_true")
    parser.add_argument("--export", metavar="FILE")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    network = Classifier(options.hidden_size, options.layers)
    batches = [(torch.randn(options.batch_size, 28, 28),
                torch.randint(0, 10, (options.batch_size,))) for _ in range(8)]

    if options.export:
        torch.onnx.export(network.eval(), batches[0][0], options.export, opset_version=17,
                          input_names=["images"], output_names=["logits"])
        return
    run = (infer if options.inference else train)(network, itertools.cycle(batches))
    calls_per_second(run, seconds=0.3)  # warms up
    print(f"{options.batch_size * calls_per_second(run, seconds=1 if options.inference else 3):.0f}")


if __name__ == "__main__":
    main()
