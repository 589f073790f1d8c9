#!/usr/bin/python3
"""Makes the ONNX files in tests/golden/onnx, which scanline's import of ONNX is tested with.

    scripts/make_onnx_goldens.py

Needs PyTorch (made with 1.13.1, Debian's python3-torch) and NumPy. NAME.onnx is a classifier that
PyTorch exported, and NAME.safetensors has images and the logits that PyTorch computes for them. The
files refused_*.onnx are models that scanline does not have.
"""

import pathlib
import warnings

import torch
from torch import nn

import safetensors_file

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "tests/golden/onnx"
ROWS, COLUMNS, HIDDEN, CLASSES = 7, 6, 3, 4


class Classifier(nn.Module):
    """A recurrent network over the rows of images, and a head over what `summary` makes of it."""

    def __init__(self, network, summary):
        super().__init__()
        self.network, self.summary = network, summary
        self.fc = nn.Linear((1 + network.bidirectional) * HIDDEN, CLASSES)

    def forward(self, x):
        if x.dim() == 4:
            x = x.squeeze(1)
        if not self.network.batch_first:
            x = x.transpose(0, 1)
        output, state = self.network(x)
        return self.fc(self.summary(output, state[0] if isinstance(state, tuple) else state))


class Normalized(nn.Module):
    """Takes pixels from 0 to 1 and returns logarithms of probabilities."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model((x - 0.25) / 0.5).log_softmax(1)


def last(output, h):
    return h[-1]


def both(output, h):
    return torch.cat([h[-2], h[-1]], 1)


def last_output(output, h):
    return output[:, -1]


def mean_output(output, h):
    return output.mean(1)


def network(kind, layers=1, bidirectional=False, **options):
    return kind(COLUMNS, HIDDEN, layers, bidirectional=bidirectional,
                **{"batch_first": True, **options})


CASES = {
    "lstm": (Classifier(network(nn.LSTM), last), True),
    "bilstm_2_layers": (Classifier(network(nn.LSTM, 2, True), both), True),
    "lstm_last_output": (Classifier(network(nn.LSTM, 2), last_output), False),
    "bilstm_normalized": (Normalized(Classifier(network(nn.LSTM, 1, True), both)), True),
    "lstm_no_bias": (Classifier(network(nn.LSTM, bias=False), last), True),
    "gru_steps_first": (Classifier(network(nn.GRU, 2, batch_first=False), last), False),
    "bigru": (Classifier(network(nn.GRU, 1, True), both), True),
    "birnn_2_layers": (Classifier(network(nn.RNN, 2, True), both), False),
    "rnn_channel": (Classifier(network(nn.RNN), last), True),
    "refused_last_output": (Classifier(network(nn.LSTM, 1, True), last_output), True),
    "refused_mean": (Classifier(network(nn.GRU), mean_output), True),
    "refused_relu": (Classifier(network(nn.RNN, nonlinearity="relu"), last), True),
    "refused_convolution": (nn.Sequential(nn.Conv1d(ROWS, 2, 3), nn.Flatten(),
                                          nn.Linear(8, CLASSES)), True),
}


def main():
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(2024)
    for name, (model, any_batch) in CASES.items():
        model.eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.uniform_(-0.8, 0.8)
        shape = [1, ROWS, COLUMNS] if name == "rnn_channel" else [ROWS, COLUMNS]
        batch = {"dynamic_axes": {"image": {0: "batch"}}} if any_batch else {}
        torch.onnx.export(model, torch.zeros(1, *shape), str(FOLDER / f"{name}.onnx"),
                          input_names=["image"], output_names=["logits"], opset_version=14, **batch)
        if name.startswith("refused"):
            continue
        images = torch.rand(5, *shape)
        with torch.no_grad():
            logits = model(images)
        safetensors_file.write(FOLDER / f"{name}.safetensors",
                               {"images": images.reshape(5, ROWS, COLUMNS).numpy(),
                                "logits": logits.numpy()}, {})


if __name__ == "__main__":
    main()
