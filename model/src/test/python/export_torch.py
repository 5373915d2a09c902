"""Exports small networks with PyTorch's own exporter, with what PyTorch computes on a few records.

Usage: export_torch.py FOLDER. Writes NAME-OPSET.onnx and NAME.json: records (row-major, one list
each), labels, logits, and each record's gradient of the cross-entropy in all parameters, and in the
last layer. Values of gradients are sorted, since the exporter turns and reorders weights.

PyTorch 1.13 traces (opsets up to 17); PyTorch 2 uses its present exporter (dynamo, opsets 18 on).
"""

import itertools
import json
import sys
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
RECORDS = 3
CLASSES = 3


class Last(nn.Module):
    """A recurrent layer's last position, and a linear layer on it."""

    def __init__(self, layer, width):
        super().__init__()
        self.layer = layer
        self.out = nn.Linear(width, CLASSES)

    def forward(self, x):
        return self.out(self.layer(x)[0][:, -1, :])


class Attention(nn.Module):
    """Attention of a record's positions to those of its other half."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.out = nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.out(self.attention(x[:, :2], x[:, 2:], x[:, 2:], need_weights=False)[0][:, 0])


class Vision(nn.Module):
    """Patches of an image, a learned first position, attention by one call, and a gated layer."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(1, 8, 3, stride=3)
        self.first = nn.Parameter(torch.zeros(1, 1, 8))
        self.places = nn.Parameter(torch.zeros(1, 5, 8))
        self.norm = nn.LayerNorm(8)
        self.mix = nn.Linear(8, 24)
        self.back = nn.Linear(8, 8)
        self.gate = nn.Linear(8, 12)
        self.out = nn.Linear(6, CLASSES)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(x.shape[0], -1, -1), x], dim=1) + self.places
        q, k, v = (part.reshape(part.shape[0], 5, 2, 4).transpose(1, 2)
                   for part in self.mix(self.norm(x)).chunk(3, dim=-1))
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.back(mixed.transpose(1, 2).reshape(x.shape[0], 5, 8))
        left, right = self.gate(x[:, 0]).chunk(2, dim=-1)
        return self.out(nn.functional.silu(left) * right)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(dim=1)


def cases():
    conv = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2),
        nn.LeakyReLU(0.1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, CLASSES),
    )
    norm = nn.Sequential(
        nn.BatchNorm2d(2), nn.Tanh(), nn.Conv2d(2, 3, 3), nn.Sigmoid(), nn.Flatten(),
        nn.Linear(48, CLASSES))
    norm[0].running_mean.uniform_(-1, 1)
    norm[0].running_var.uniform_(0.5, 2)
    floats = lambda *shape: torch.randn(RECORDS, *shape)
    yield "mlp", nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 6), nn.ELU(),
                               nn.Linear(6, CLASSES)), floats(5), 9
    yield "gelu", nn.Sequential(nn.Linear(5, 7), nn.GELU(), nn.Linear(7, CLASSES)), floats(5), 9
    yield "layernorm", nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.ReLU(),
                                     nn.Linear(8, CLASSES)), floats(5), 9
    yield "cnn", conv, floats(2, 6, 6), 9
    yield "batchnorm", norm, floats(2, 6, 6), 9
    yield "conv1d", nn.Sequential(nn.Conv1d(2, 3, 3, stride=2), nn.ReLU(), nn.Flatten(),
                                  nn.Linear(9, CLASSES)), floats(2, 8), 9
    yield "lstm", Last(nn.LSTM(4, 5, batch_first=True), 5), floats(6, 4), 9
    yield "bilstm", Last(nn.LSTM(4, 5, batch_first=True, bidirectional=True), 10), floats(6, 4), 9
    yield "gru", Last(nn.GRU(4, 5, batch_first=True), 5), floats(6, 4), 9
    yield "embedding", nn.Sequential(nn.Embedding(11, 4), nn.Flatten(), nn.Linear(24, CLASSES)), \
        torch.randint(0, 11, (RECORDS, 6)), 9
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, activation="gelu", batch_first=True)
    yield "transformer", nn.Sequential(layer, Mean(), nn.Linear(8, CLASSES)), floats(5, 8), 11
    yield "attention", Attention(), floats(6, 8), 11
    deep = nn.TransformerEncoder(nn.TransformerEncoderLayer(
        8, 4, 12, dropout=0.0, batch_first=True, norm_first=True), 2)
    yield "encoder", nn.Sequential(deep, Mean(), nn.Linear(8, CLASSES)), floats(5, 8), 11


def later():
    """What only the present exporter is asked for."""
    floats = lambda *shape: torch.randn(RECORDS, *shape)
    yield "vision", Vision(), floats(1, 6, 6), 18
    yield "groupnorm", nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.Hardswish(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(16, CLASSES)), floats(1, 6, 6), 18
    yield "softplus", nn.Sequential(
        nn.Linear(5, 6), nn.Softplus(), nn.Linear(6, 6), nn.PReLU(6), nn.Linear(6, CLASSES),
        nn.LogSoftmax(dim=-1)), floats(5), 18


def numbers(values):
    """A flat tensor's entries with the nine digits that tell a float32 from its neighbors."""
    return [float(f"{value:.9g}") for value in values.tolist()]


def export(folder):
    exported = []
    traced = torch.__version__.startswith("1.")
    for name, model, x, lowest in cases() if traced else itertools.chain(cases(), later()):
        torch.manual_seed(5)
        for parameter in model.parameters():
            nn.init.uniform_(parameter, -0.6, 0.6)
        model.eval()
        labels = [i % CLASSES for i in range(RECORDS)]
        gradients = []
        head = []
        for i in range(RECORDS):
            model.zero_grad()
            loss = nn.functional.cross_entropy(model(x[i:i + 1]), torch.tensor(labels[i:i + 1]))
            loss.backward()
            flat = torch.cat([p.grad.reshape(-1) for p in model.parameters()])
            gradients.append(sorted(numbers(flat)))
            last = list(model.parameters())[-2:]
            head.append(sorted(numbers(torch.cat([p.grad.reshape(-1) for p in last]))))
        facts = {
            "records": [numbers(record) for record in x.reshape(RECORDS, -1)],
            "labels": labels,
            "logits": [numbers(row) for row in model(x).detach()],
            "gradients": gradients,
            "head": head,
        }
        with open(f"{folder}/{name}.json", "w", encoding="utf-8") as out:
            json.dump(facts, out)
        names = {"input_names": ["x"], "output_names": ["y"]}
        for opset in range(lowest, 18) if traced else (18, 20, 22):
            file = f"{folder}/{name}-{opset}.onnx"
            if traced:
                torch.onnx.export(model, (x,), file, opset_version=opset, **names,
                                  dynamic_axes={"x": {0: "N"}, "y": {0: "N"}})
            else:
                records = ({0: torch.export.Dim("N")},)
                program = torch.onnx.export(model, (x,), opset_version=opset, **names, dynamo=True,
                                            dynamic_shapes=records, verbose=False)
                for node in program.model.graph:
                    node.metadata_props.clear()  # stack traces of this machine
                program.save(file)
            exported.append(f"{name}-{opset}")
    print("\n".join(exported))


export(sys.argv[1])
