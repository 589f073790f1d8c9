#!/usr/bin/python3
"""Makes the arrays in tests/golden, against which scanline's layers are tested.

    scripts/make_goldens.py            makes them again, after a change to the cases below
    scripts/make_goldens.py --check    compares what it would make with what is there: inputs and
                                       parameters byte for byte, results to within 1e-12

Needs PyTorch (made with 1.13.1, Debian's python3-torch) and NumPy. Each case is a module, its
options and an input; its file holds, in float64,

    parameter.NAME, input.NAME    what goes in
    weight.NAME                   what the results are multiplied by, before all is summed up
    result.NAME                   what comes out; buffers too, where they change
    grad.NAME                     the gradient of that sum, for each input and parameter

and its metadata name the module and its options.
"""

import pathlib
import sys

import numpy
import torch

import safetensors_file

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "tests/golden"


class Numbers:
    """Numbers that look random and are the same on any machine: an integer recurrence (that of
    Knuth's MMIX), of which the upper bits make a multiple of 2^-20 in [-1/2, 1/2)."""

    def __init__(self):
        self.state = 2024

    def array(self, *shape):
        values = []
        for _ in range(int(numpy.prod(shape))):
            self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
            values.append((self.state >> 44) / 2**20 - 0.5)
        return numpy.array(values).reshape(shape)


def leaf(array):
    return torch.from_numpy(array.copy()).requires_grad_(array.dtype == numpy.float64)


def fill(module, numbers):
    """Gives each parameter values of its own."""
    module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(numbers.array(*parameter.shape)))


def golden(module, inputs, results, numbers):
    """The arrays of a case whose results (name -> tensor) were computed from inputs."""
    total, arrays = 0, {}
    for name, tensor in results.items():
        arrays["weight." + name] = numbers.array(*tensor.shape)
        arrays["result." + name] = tensor.detach().numpy()
        total = total + (tensor * torch.from_numpy(arrays["weight." + name])).sum()
    total.backward()
    for kind, tensors in (("input", inputs), ("parameter", dict(module.named_parameters()))):
        for name, tensor in tensors.items():
            arrays[f"{kind}.{name}"] = tensor.detach().numpy()
            if tensor.requires_grad:
                arrays["grad." + name] = tensor.grad.numpy()
    return arrays


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def sequence_case(kind, steps, batch, numbers, initial=True, unbatched=False, lengths=None,
                  large_bias=False, **options):
    """A torch.nn.LSTM, GRU or RNN over a sequence."""
    options = {"input_size": 3, "hidden_size": 4, **options}
    module = getattr(torch.nn, kind)(**options)
    fill(module, numbers)
    if large_bias:  # so that where the reset gate acts makes all the difference
        with torch.no_grad():
            module.bias_hh_l0.mul_(8)
    first = options.get("batch_first", False)
    shape = (batch, steps) if first else (steps, batch)
    features = options["input_size"]
    x = numbers.array(*((steps,) if unbatched else shape), features)
    states = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    rows = () if unbatched else (batch,)
    inputs = {"x": leaf(x)}
    if initial:
        size = options.get("proj_size") or options["hidden_size"]
        inputs["h_0"] = leaf(numbers.array(states, *rows, size))
        if kind == "LSTM":
            inputs["c_0"] = leaf(numbers.array(states, *rows, options["hidden_size"]))
    given = tuple(inputs[name] for name in ("h_0", "c_0") if name in inputs)
    given = (given if kind == "LSTM" else given[0]) if given else None

    read = inputs["x"]
    if lengths:
        inputs["lengths"] = leaf(numpy.array(lengths))
        read = torch.nn.utils.rnn.pack_padded_sequence(read, lengths, batch_first=first,
                                                       enforce_sorted=False)
    output, final = module(read, given)
    if lengths:
        output, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=first,
                                                           total_length=steps)
    results = {"output": output}
    results.update(zip(("h_n", "c_n"), final if kind == "LSTM" else (final,)))
    return golden(module, inputs, results, numbers), {"module": kind, **options}


def cell_case(kind, numbers, batch=3, initial=True, **options):
    options = {"input_size": 3, "hidden_size": 5, **options}
    module = getattr(torch.nn, kind)(**options)
    fill(module, numbers)
    rows = (batch,) if batch else ()
    inputs = {"x": leaf(numbers.array(*rows, 3))}
    names = ("h_0", "c_0") if kind == "LSTMCell" else ("h_0",)
    if initial:
        inputs.update({name: leaf(numbers.array(*rows, 5)) for name in names})
    given = tuple(inputs[name] for name in names if name in inputs)
    after = module(inputs["x"], (given if kind == "LSTMCell" else given[0]) if given else None)
    results = dict(zip(("h_n", "c_n"), after if kind == "LSTMCell" else (after,)))
    return golden(module, inputs, results, numbers), {"module": kind, **options}


def layer_case(kind, shape, numbers, arguments, metadata):
    """A layer that makes one tensor of one."""
    module = getattr(torch.nn, kind)(*arguments)
    fill(module, numbers)
    inputs = {"x": leaf(numbers.array(*shape))}
    return (golden(module, inputs, {"output": module(inputs["x"])}, numbers),
            {"module": kind, **metadata})


def linear_case(shape, numbers, bias=True):
    return layer_case("Linear", shape, numbers, (shape[-1], 4, bias),
                      {"input_size": shape[-1], "output_size": 4, "bias": bias})


def embedding_case(numbers):
    module = torch.nn.Embedding(6, 3)
    fill(module, numbers)
    inputs = {"x": leaf(numpy.array([[0, 5, 2], [2, 2, 4]]))}
    return (golden(module, inputs, {"output": module(inputs["x"])}, numbers),
            {"module": "Embedding", "count": 6, "size": 3})


def batch_norm_case(train, numbers, kind="BatchNorm1d", shape=(5, 3)):
    module = getattr(torch.nn, kind)(3).train(train)
    fill(module, numbers)
    buffers = {"running_mean": numbers.array(3), "running_var": numbers.array(3) + 1,
               "num_batches_tracked": numpy.array(7)}
    module.load_state_dict({name: torch.from_numpy(array) for name, array in buffers.items()},
                           strict=False)
    inputs = {"x": leaf(numbers.array(*shape))}
    arrays = golden(module, inputs, {"output": module(inputs["x"])}, numbers)
    for name, array in buffers.items():
        arrays["input." + name] = array
        arrays["result." + name] = getattr(module, name).numpy()
    return arrays, {"module": kind, "size": 3, "train": train}


def sides(sizes):
    """Sizes as PyTorch takes them, one number or one for the height and one for the width, as
    metadata."""
    return {f"{key}_{side}": value for key, values in sizes.items()
            for side, value in zip(("height", "width"),
                                   values if isinstance(values, tuple) else (values, values))}


def window_case(kind, shape, numbers, **sizes):
    """A layer whose window moves over images."""
    module = getattr(torch.nn, kind)(**sizes)
    fill(module, numbers)
    inputs = {"x": leaf(numbers.array(*shape))}
    return golden(module, inputs, {"output": module(inputs["x"])}, numbers), {"module": kind,
                                                                              **sides(sizes)}


def conv_case(shape, filters, numbers, groups=1, bias=True, **sizes):
    module = torch.nn.Conv2d(shape[1], filters, groups=groups, bias=bias, **sizes)
    fill(module, numbers)
    inputs = {"x": leaf(numbers.array(*shape))}
    return (golden(module, inputs, {"output": module(inputs["x"])}, numbers),
            {"module": "Conv2d", "channels": shape[1], "filters": filters, "groups": groups,
             "bias": bias, **sides(sizes)})


def attention_case(numbers, batch_first=False, bias=True, masked=False, key_lengths=None):
    """Attention with two heads of three features, from four queries to five keys."""
    module = torch.nn.MultiheadAttention(6, 2, bias=bias, batch_first=batch_first)
    fill(module, numbers)

    def sequence(steps):
        return leaf(numbers.array(*((3, steps) if batch_first else (steps, 3)), 6))
    inputs = {"query": sequence(4), "key": sequence(5), "value": sequence(5)}
    given = {}
    if masked:
        inputs["attn_mask"] = leaf(numpy.array([[int(s > t + 1) for s in range(5)]
                                                for t in range(4)]))
        given["attn_mask"] = inputs["attn_mask"].bool()
    if key_lengths:
        inputs["lengths"] = leaf(numpy.array(key_lengths))
        given["key_padding_mask"] = torch.arange(5)[None] >= inputs["lengths"][:, None]
    output, weights = module(inputs["query"], inputs["key"], inputs["value"],
                             average_attn_weights=False, **given)
    return (golden(module, inputs, {"output": output, "weights": weights}, numbers),
            {"module": "MultiheadAttention", "embed_dim": 6, "num_heads": 2, "bias": bias,
             "batch_first": batch_first})


class LayerNormLSTM(torch.nn.Module):
    """What nn::LayerNormLSTM computes, for which PyTorch has no module: one layer, both ways."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.hidden = hidden
        for suffix in ("_l0", "_l0_reverse"):
            for name, columns in (("weight_ih", inputs), ("weight_hh", hidden)):
                self.register_parameter(name + suffix,
                                        torch.nn.Parameter(torch.empty(4 * hidden, columns)))
            for name, size in (("ih", 4 * hidden), ("hh", 4 * hidden), ("c", hidden)):
                setattr(self, f"norm_{name}{suffix}", torch.nn.LayerNorm(size))

    def direction(self, x, h, c, suffix):
        def own(name):
            return getattr(self, name + suffix)
        outputs = []
        for x_t in x:
            a = (own("norm_ih")(x_t @ own("weight_ih").T) + own("norm_hh")(h @ own("weight_hh").T))
            i, f, g, o = a.chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * own("norm_c")(c).tanh()
            outputs.append(h)
        return torch.stack(outputs), h, c

    def forward(self, x, h, c):
        forward = self.direction(x, h[0], c[0], "_l0")
        outputs, *final = self.direction(x.flip(0), h[1], c[1], "_l0_reverse")
        return (torch.cat((forward[0], outputs.flip(0)), 2), torch.stack((forward[1], final[0])),
                torch.stack((forward[2], final[1])))


def layer_norm_lstm_case(numbers):
    module = LayerNormLSTM(3, 4)
    fill(module, numbers)
    inputs = {"x": leaf(numbers.array(5, 2, 3)), "h_0": leaf(numbers.array(2, 2, 4)),
              "c_0": leaf(numbers.array(2, 2, 4))}
    results = dict(zip(("output", "h_n", "c_n"), module(*inputs.values())))
    return golden(module, inputs, results, numbers), {"module": "LayerNormLSTM", "input_size": 3,
                                                      "hidden_size": 4, "bidirectional": True}


def cross_entropy_case(smoothing, numbers, weight=None):
    inputs = {"x": leaf(numbers.array(5, 4) * 6), "labels": leaf(numpy.array([3, 0, 1, 1, 2]))}
    if weight:
        inputs["class_weight"] = torch.tensor(weight, dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy(inputs["x"], inputs["labels"],
                                             weight=inputs.get("class_weight"),
                                             label_smoothing=smoothing)
    return (golden(torch.nn.Module(), inputs, {"output": loss}, numbers),
            {"module": "cross_entropy", "label_smoothing": smoothing})


def ctc_case(steps, classes, labels, counts, lengths, **options):
    """The CTC loss of log_softmax(x): labels (B, S), of which counts[b] belong to row b, which has
    lengths[b] of the steps."""
    numbers = Numbers()
    inputs = {"x": leaf(numbers.array(steps, len(counts), classes) * 6),
              "labels": leaf(numpy.array(labels)), "lengths": leaf(numpy.array(lengths)),
              "target_lengths": leaf(numpy.array(counts))}
    loss = torch.nn.functional.ctc_loss(torch.log_softmax(inputs["x"], 2), inputs["labels"],
                                        inputs["lengths"], inputs["target_lengths"], **options)
    return golden(torch.nn.Module(), inputs, {"output": loss}, numbers), {"module": "ctc_loss",
                                                                          **options}


def cases():
    """Yields name, arrays and metadata of each case."""
    numbers = Numbers()
    both = {"bidirectional": True}
    for name, kind, fixed in (("lstm", "LSTM", {}), ("gru", "GRU", {}), ("rnn_tanh", "RNN", {}),
                              ("rnn_relu", "RNN", {"nonlinearity": "relu"})):
        def case(*sizes, kind=kind, fixed=fixed, **options):
            return sequence_case(kind, *sizes, numbers, **fixed, **options)
        yield f"{name}", *case(4, 2)
        yield f"{name}_smallest", *case(1, 1, input_size=1, hidden_size=1)
        yield f"{name}_odd", *case(3, 5, input_size=7, hidden_size=17)
        yield f"{name}_both_ways", *case(4, 2, **both)
        yield f"{name}_3_layers_both_ways", *case(3, 2, num_layers=3, **both)
        yield f"{name}_no_bias", *case(3, 2, bias=False, **both)
        yield f"{name}_batch_first", *case(4, 2, batch_first=True, **both)
        yield f"{name}_unbatched", *case(4, 1, unbatched=True, num_layers=2, **both)
        yield f"{name}_from_zero", *case(4, 2, initial=False)
        yield f"{name}_lengths", *case(5, 4, lengths=[2, 5, 1, 3], num_layers=2, **both)
        yield f"{name}_lengths_batch_first", *case(4, 3, lengths=[1, 3, 2], batch_first=True)
    yield "gru_reset_gate", *sequence_case("GRU", 3, 2, numbers, large_bias=True)
    yield "lstm_projected", *sequence_case("LSTM", 4, 2, numbers, proj_size=2)
    yield "lstm_projected_2_layers_both_ways", *sequence_case("LSTM", 3, 2, numbers, proj_size=3,
                                                              num_layers=2, **both)
    yield "lstm_projected_lengths", *sequence_case("LSTM", 4, 3, numbers, proj_size=2,
                                                   lengths=[3, 1, 4], **both)
    for name, kind, options in (("lstm_cell", "LSTMCell", {}), ("gru_cell", "GRUCell", {}),
                                ("rnn_tanh_cell", "RNNCell", {}),
                                ("rnn_relu_cell", "RNNCell", {"nonlinearity": "relu"})):
        yield f"{name}", *cell_case(kind, numbers, **options)
        yield f"{name}_no_bias", *cell_case(kind, numbers, bias=False, **options)
        yield f"{name}_from_zero", *cell_case(kind, numbers, initial=False, **options)
        yield f"{name}_unbatched", *cell_case(kind, numbers, batch=0, **options)
    yield "linear", *linear_case((5, 3), numbers)
    yield "linear_no_bias", *linear_case((5, 3), numbers, bias=False)
    yield "linear_3d", *linear_case((2, 5, 3), numbers)
    yield "embedding", *embedding_case(numbers)
    yield "layer_norm", *layer_case("LayerNorm", (4, 6), numbers, (6,), {"size": 6})
    yield "batch_norm_train", *batch_norm_case(True, numbers)
    yield "batch_norm_eval", *batch_norm_case(False, numbers)
    yield "cross_entropy", *cross_entropy_case(0.0, numbers)
    yield "cross_entropy_smoothed", *cross_entropy_case(0.1, numbers)
    yield "cross_entropy_weighted", *cross_entropy_case(0.0, numbers, [0.5, 2, 0, 3])
    yield "cross_entropy_weighted_smoothed", *cross_entropy_case(0.1, numbers, [0.5, 2, 0, 3])
    ragged = (9, 5, [[1, 2, 3, 4], [2, 2, 2, 1], [4, 1, 1, 1], [3, 3, 4, 4]], [4, 3, 1, 0],
              [9, 5, 6, 2])  # repeated labels that just fit, one label, no label
    for reduction in ("none", "mean", "sum"):
        yield f"ctc_{reduction}", *ctc_case(*ragged, reduction=reduction)
    yield "ctc_blank_last", *ctc_case(6, 4, [[0, 1, 1], [2, 0, 2]], [3, 2], [6, 4], blank=3)
    yield "ctc_one_step", *ctc_case(1, 3, [[2], [1]], [1, 0], [1, 1])
    yield "ctc_impossible", *ctc_case(4, 4, [[1, 1, 1], [1, 2, 3]], [3, 3], [4, 4],
                                      reduction="mean", zero_infinity=True)
    numbers = Numbers()  # so that the cases above stay as they are
    for name, train in (("train", True), ("eval", False)):
        yield f"batch_norm_2d_{name}", *batch_norm_case(train, numbers, "BatchNorm2d", (2, 3, 4, 5))
    yield "conv", *conv_case((2, 3, 7, 6), 5, numbers, kernel_size=3)
    yield "conv_no_bias", *conv_case((1, 1, 9, 9), 2, numbers, bias=False, kernel_size=5)
    yield "conv_padded", *conv_case((2, 2, 5, 6), 3, numbers, kernel_size=3, padding=1)
    yield "conv_stride", *conv_case((2, 2, 9, 8), 3, numbers, kernel_size=(3, 2), stride=(2, 3),
                                    padding=(1, 0))
    yield "conv_dilation", *conv_case((1, 2, 9, 10), 3, numbers, kernel_size=3, padding=2,
                                      dilation=(2, 3))
    yield "conv_groups", *conv_case((2, 4, 6, 5), 6, numbers, groups=2, kernel_size=3, padding=1)
    yield "conv_depthwise", *conv_case((2, 3, 6, 5), 6, numbers, groups=3, kernel_size=3,
                                       stride=2, padding=1, dilation=2)
    yield "max_pool", *window_case("MaxPool2d", (2, 3, 6, 8), numbers, kernel_size=2)
    yield "max_pool_overlapping", *window_case("MaxPool2d", (2, 3, 7, 8), numbers,
                                               kernel_size=(3, 2), stride=(2, 1), padding=1)
    yield "avg_pool", *window_case("AvgPool2d", (2, 3, 6, 8), numbers, kernel_size=2)
    yield "avg_pool_overlapping", *window_case("AvgPool2d", (2, 3, 7, 8), numbers,
                                               kernel_size=(3, 2), stride=(2, 1), padding=1)
    yield "attention", *attention_case(numbers)
    yield "attention_batch_first_no_bias", *attention_case(numbers, batch_first=True, bias=False)
    yield "attention_masked", *attention_case(numbers, masked=True, key_lengths=[5, 2, 4])
    yield "layer_norm_lstm", *layer_norm_lstm_case(numbers)


def differs(name, arrays, metadata):
    """What is wrong with the file of a case, or nothing."""
    file = FOLDER / (name + ".safetensors")
    if not file.exists():
        return "is missing"
    there, its_metadata = safetensors_file.read(file)
    if its_metadata != metadata or there.keys() != arrays.keys():
        return "has other arrays or metadata"
    for key, array in arrays.items():
        given = key.startswith(("input.", "parameter.", "weight."))
        same = array.shape == there[key].shape and (
            array.tobytes() == there[key].tobytes() if given
            else numpy.abs(array - there[key]).max() <= 1e-12)
        if not same:
            return "has another " + key
    return None


def main():
    torch.set_num_threads(1)
    made = {name: (arrays, {key: text(value) for key, value in metadata.items()})
            for name, arrays, metadata in cases()}
    if sys.argv[1:] == ["--check"]:
        complaints = [(name, differs(name, *case)) for name, case in made.items()]
        complaints = [(name, complaint) for name, complaint in complaints if complaint]
        for name, complaint in complaints:
            print(f"{name} {complaint}", file=sys.stderr)
        print(f"{len(made) - len(complaints)} of {len(made)} cases are as they were")
        return 1 if complaints else 0
    if sys.argv[1:]:
        print("usage: scripts/make_goldens.py [--check]", file=sys.stderr)
        return 2
    FOLDER.mkdir(exist_ok=True)
    for name, case in made.items():
        safetensors_file.write(FOLDER / (name + ".safetensors"), *case)
    print(f"{len(made)} cases in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
