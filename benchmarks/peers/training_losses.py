#!/usr/bin/python3
"""Holds scanline's training against PyTorch's, step by step, from the same weights.

    benchmarks/peers/training_losses.py [--model bilstm] [--hidden-size 17] [--layers 2] ...

PyTorch makes random weights and writes them to a file; both train on the same batches of MNIST, in
the order of the file, with the same optimizer. Compared are

  - the loss of each step (largest relative difference; must stay below 1e-3),
  - the logits of the weights that PyTorch wrote, on all test images (below 1e-5 of the largest),
  - the logits of the weights that scanline ends with, once PyTorch has loaded them (likewise).

Exits with 1 where one of these fails. Needs PyTorch, NumPy, a built scanline and MNIST.
"""

import argparse
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import safetensors_file  # noqa: E402

MEAN, DEVIATION = 0.1307, 0.3081


class Classifier(torch.nn.Module):
    """What PyTorch users write: a recurrent network over rows, a head over the final states."""

    def __init__(self, model, hidden_size, layers):
        super().__init__()
        kind = model[2:] if model.startswith("bi") else model
        self.kind, self.directions = kind, 2 if model.startswith("bi") else 1
        network = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[kind]
        self.add_module(kind, network(28, hidden_size, num_layers=layers, batch_first=True,
                                      bidirectional=self.directions == 2))
        self.fc = torch.nn.Linear(self.directions * hidden_size, 10)

    def forward(self, images):
        _, states = getattr(self, self.kind)(images)
        h_n = states[0] if self.kind == "lstm" else states
        return self.fc(torch.cat(list(h_n[-self.directions:]), dim=1))


def read_idx(directory, name, header_bytes):
    raw, zipped = directory / name, directory / (name + ".gz")
    data = raw.read_bytes() if raw.exists() else gzip.decompress(zipped.read_bytes())
    return numpy.frombuffer(data, numpy.uint8, offset=header_bytes)


def read_mnist(directory, part):
    images = read_idx(directory, part + "-images-idx3-ubyte", 16).reshape(-1, 28, 28)
    labels = read_idx(directory, part + "-labels-idx1-ubyte", 8)
    standardised = (images.astype(numpy.float32) / 255 - MEAN) / DEVIATION
    return torch.from_numpy(standardised), torch.from_numpy(labels.astype(numpy.int64))


def state_arrays(network):
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def make_optimizer(name, network, learning_rate, weight_decay):
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW,
            "rmsprop": torch.optim.RMSprop}[name]
    return kind(network.parameters(), lr=learning_rate, weight_decay=weight_decay)


def pytorch_losses(network, optimizer, images, labels, batch_size, steps):
    losses = []
    for step in range(steps):
        batch = slice(step * batch_size, (step + 1) * batch_size)
        loss = torch.nn.functional.cross_entropy(network(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def scanline_losses(options, weights, run):
    subprocess.run(
        [options.scanline, "train", "--data", options.data, "--model", options.model,
         "--hidden-size", str(options.hidden_size), "--layers", str(options.layers),
         "--batch-size", str(options.batch_size), "--optimizer", options.optimizer,
         "--lr", str(options.lr), "--weight-decay", str(options.weight_decay),
         "--max-steps", str(options.steps), "--init", weights, "--out", run,
         "--no-shuffle", "--val-size", "0", "--log-every", "1", "--dropout", "0",
         "--momentum", "0", "--schedule", "constant", "--warmup", "0", "--clip-norm", "0",
         "--label-smoothing", "0", "--ema", "0", "--augment", "none", "--progress", "none"],
        check=True, stdout=subprocess.DEVNULL)
    records = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [record["loss"] for record in records if record["kind"] == "step"]


def scanline_logits(options, model, directory):
    file = directory / "logits.safetensors"
    subprocess.run([options.scanline, "eval", model, "--data", options.data,
                    "--save-logits", file], check=True, stdout=subprocess.DEVNULL)
    return safetensors_file.read(file)[0]["logits"]


def pytorch_logits(network, images):
    with torch.no_grad():
        return torch.cat([network(batch) for batch in images.split(500)]).numpy()


def compare_logits(what, ours, theirs):
    """Prints how far apart they are, and returns whether that is near enough."""
    difference = abs(ours - theirs).max() / max(1, abs(theirs).max())
    same = (ours.argmax(1) == theirs.argmax(1)).mean()
    print(f"{what}: largest difference {difference:.1e}, same answer for {same:.2%} of images")
    return difference <= 1e-5


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="bilstm",
                        choices=["bilstm", "lstm", "bigru", "gru", "birnn", "rnn"])
    parser.add_argument("--hidden-size", type=int, default=17)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--optimizer", default="adamw",
                        choices=["sgd", "adam", "adamw", "rmsprop"])
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "data/mnist")
    parser.add_argument("--scanline", type=pathlib.Path, default=ROOT / "build/release/scanline")
    return parser.parse_args()


def main():
    options = parse_arguments()
    torch.manual_seed(options.seed)
    # PyTorch's threads and those of a threaded OpenBLAS get in each other's way.
    torch.set_num_threads(1)
    network = Classifier(options.model, options.hidden_size, options.layers)
    images, labels = read_mnist(options.data, "train")
    test_images, _ = read_mnist(options.data, "t10k")

    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        weights, run = directory / "weights.safetensors", directory / "run"
        safetensors_file.write(weights, state_arrays(network), {})
        fine = compare_logits("weights that PyTorch wrote", scanline_logits(options, weights, directory),
                              pytorch_logits(network, test_images))

        optimizer = make_optimizer(options.optimizer, network, options.lr, options.weight_decay)
        theirs = numpy.array(pytorch_losses(network, optimizer, images, labels,
                                            options.batch_size, options.steps))
        ours = numpy.array(scanline_losses(options, weights, run))
        difference = (abs(ours - theirs) / theirs).max()
        print(f"losses of {len(ours)} steps, {ours[0]:.4f} to {ours[-1]:.4f}: "
              f"largest relative difference {difference:.1e}")
        fine = fine and len(ours) == len(theirs) and difference <= 1e-3

        tensors, _ = safetensors_file.read(run / "model.safetensors")
        network.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()},
                                strict=True)
        fine = compare_logits("weights that scanline wrote", scanline_logits(options, run, directory),
                              pytorch_logits(network, test_images)) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
