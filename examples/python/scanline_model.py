"""Loads a model that scanline trained into PyTorch.

It reads the models bilstm, lstm, bigru, gru, birnn and rnn, and needs PyTorch and safetensors.
"""

import json

import torch
from safetensors import safe_open


# [module]
class ScanlineModel(torch.nn.Module):
    """Pixels (B, rows, columns) from 0 to 255, light on dark -> logits (B, classes)."""

    def __init__(self, metadata):
        super().__init__()
        bidirectional = metadata["model"].startswith("bi")
        self.kind = metadata["model"].removeprefix("bi")  # lstm, gru or rnn
        self.directions = 2 if bidirectional else 1
        self.class_names = json.loads(metadata["class_names"])
        self.mean = float(metadata["mean"])
        self.deviation = float(metadata["standard_deviation"])
        hidden_size, layers = int(metadata["hidden_size"]), int(metadata["layers"])
        dropout = float(metadata["dropout"])

        network = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[self.kind]
        recurrent = network(int(metadata["columns"]), hidden_size, num_layers=layers,
                            batch_first=True, bidirectional=bidirectional,
                            dropout=dropout if layers > 1 else 0)
        self.add_module(self.kind, recurrent)
        self.dropout = torch.nn.Dropout(dropout)
        self.fc = torch.nn.Linear(self.directions * hidden_size, len(self.class_names))

    def forward(self, pixels):
        rows = (pixels.float() / 255 - self.mean) / self.deviation  # one row is one time step
        _, state = getattr(self, self.kind)(rows)
        h_n = state[0] if self.kind == "lstm" else state  # (layers * directions, B, H)
        return self.fc(self.dropout(torch.cat(list(h_n[-self.directions:]), dim=1)))
# [module]


# [load]
def load(file):
    """Returns the model of a file such as runs/bilstm-1/model.safetensors, in evaluation mode."""
    with safe_open(file, framework="pt") as content:
        model = ScanlineModel(content.metadata())
        model.load_state_dict({name: content.get_tensor(name) for name in content.keys()})
    return model.eval()
# [load]
