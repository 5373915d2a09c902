#!/usr/bin/env python3
"""The plain and the per-record gradients of benchmarks/run.sh gradients' networks in PyTorch.

Reads one request per line from standard input, "MODEL PATH TURNS", and answers with the
microseconds per record of each turn: GradientPathRatio starts it and takes turns with it. Needs
PyTorch 1.12 or later (Debian: python3-torch); per-record gradients need functorch (1.13) or
torch.func (2).

PATH: plain  the gradient of a batch's summed loss
      vmap   each record's gradient, clipped to norm 1 and added up (vmap over grad, as Opacus
             offers; its hooks give the same vectors)
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional

RECORDS = 64


def networks():
    torch.manual_seed(1)
    cnn = nn.Sequential(
        nn.Conv2d(1, 16, 8, 2, 2),
        nn.Tanh(),
        nn.MaxPool2d(2, 1),
        nn.Conv2d(16, 32, 4, 2),
        nn.Tanh(),
        nn.MaxPool2d(2, 1),
        nn.Flatten(),
        nn.Linear(512, 32),
        nn.Tanh(),
        nn.Linear(32, 10),
    )
    mlp = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    return {
        "cnn": (cnn, torch.rand(RECORDS, 1, 28, 28)),
        "mlp": (mlp, torch.rand(RECORDS, 784)),
    }


def functional_form(net):
    """(f(parameters, x), parameters, grad, vmap) of whichever PyTorch this is."""
    try:
        from torch.func import functional_call, grad, vmap

        parameters = {name: p.detach() for name, p in net.named_parameters()}
        return (lambda p, x: functional_call(net, p, (x,))), parameters, grad, vmap
    except ImportError:
        from functorch import grad, make_functional, vmap

        f, parameters = make_functional(net)
        return f, tuple(p.detach() for p in parameters), grad, vmap


def plain_pass(net, x, labels):
    def run():
        net.zero_grad()
        functional.cross_entropy(net(x), labels, reduction="sum").backward()

    return run


def clipped_pass(net, x, labels):
    f, parameters, grad, vmap = functional_form(net)

    def loss(p, one, label):
        return functional.cross_entropy(f(p, one.unsqueeze(0)), label.unsqueeze(0))

    each = vmap(grad(loss), in_dims=(None, 0, 0))

    def run():
        gradients = each(parameters, x, labels)
        parts = list(gradients.values()) if isinstance(gradients, dict) else gradients
        flat = [g.reshape(RECORDS, -1) for g in parts]
        norm = torch.sqrt(sum((g * g).sum(1) for g in flat))
        scale = torch.clamp(1 / norm, max=1)
        return [scale @ g for g in flat]

    return run


def main():
    torch.set_num_threads(int(sys.argv[1]))
    labels = torch.randint(0, 10, (RECORDS,))
    passes = {}
    for name, (net, x) in networks().items():
        passes[name, "plain"] = plain_pass(net, x, labels)
        passes[name, "vmap"] = clipped_pass(net, x, labels)
    print("ready", torch.__version__, flush=True)
    for line in sys.stdin:
        model, path, turns = line.split()
        times = []
        for _ in range(int(turns)):
            wall, used = time.perf_counter(), time.process_time()
            passes[model, path]()
            wall, used = time.perf_counter() - wall, time.process_time() - used
            times.append("%.3f:%.3f" % (wall * 1e6 / RECORDS, used * 1e6 / RECORDS))
        print(" ".join(times), flush=True)


if __name__ == "__main__":
    main()
