#!/usr/bin/env python3
"""Writes expected.hpp: what PyTorch's optimizers and schedules do over 50 steps.

Run it anywhere with PyTorch: python3 tests/framework/optim/make_expected.py > expected.hpp
"""
import torch

STEPS = 50


def loss_of(p):
    """A small problem whose parameters differ in curvature; problem.hpp has the same."""
    curvature = torch.tensor([0.5, 1.0, 2.0, 4.0], dtype=torch.float64)
    target = torch.tensor([1.0, -1.0, 0.5, -2.0], dtype=torch.float64)
    return (curvature * (p - target) ** 2).sum() + (p[0] * p[1] * p[2]).sin()


def trajectory(make):
    p = torch.tensor([0.3, 0.6, -0.4, 0.2], dtype=torch.float64, requires_grad=True)
    optimizer = make([p])
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(p).backward()
        optimizer.step()
    return p.detach().tolist()


def rates(make):
    p = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=0.1)
    scheduler = make(optimizer)
    result = []
    for _ in range(STEPS):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return result


def plateau():
    p = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    result = []
    for epoch in range(STEPS):
        # Falls, then stands still but for improvements below the threshold, then falls again.
        scheduler.step(1 / (1 + min(epoch, 10)) - 1e-6 * epoch - (0.05 if epoch > 30 else 0))
        result.append(optimizer.param_groups[0]["lr"])
    return result


O, S = torch.optim, torch.optim.lr_scheduler
EXPECTED = {
    "sgd": trajectory(lambda p: O.SGD(p, lr=0.02)),
    "sgd_momentum": trajectory(lambda p: O.SGD(p, lr=0.02, momentum=0.9)),
    "sgd_nesterov_decay": trajectory(
        lambda p: O.SGD(p, lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.1)
    ),
    "rmsprop": trajectory(lambda p: O.RMSprop(p, lr=0.01)),
    "rmsprop_momentum_decay": trajectory(
        lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.5, weight_decay=0.1)
    ),
    "adam": trajectory(lambda p: O.Adam(p, lr=0.05)),
    "adam_decay": trajectory(lambda p: O.Adam(p, lr=0.05, betas=(0.8, 0.99), weight_decay=0.1)),
    "adamw": trajectory(lambda p: O.AdamW(p, lr=0.05)),
    "adamw_decay": trajectory(lambda p: O.AdamW(p, lr=0.05, betas=(0.9, 0.99), weight_decay=0.3)),
    "step_rates": rates(lambda o: S.StepLR(o, step_size=7, gamma=0.5)),
    "cosine_rates": rates(lambda o: S.CosineAnnealingLR(o, T_max=STEPS)),
    "onecycle_rates": rates(lambda o: S.OneCycleLR(o, max_lr=0.1, total_steps=STEPS + 1)),
    "onecycle_short_rise_rates": rates(
        lambda o: S.OneCycleLR(o, max_lr=0.1, total_steps=STEPS + 1, pct_start=10 / (STEPS + 1))
    ),
    "plateau_rates": plateau(),
}

print("// Written by make_expected.py beside this file, with PyTorch", torch.__version__ + ".")
print("#pragma once\n\n#include <vector>\n\nnamespace scanline::test::expected {\n")
for name, values in EXPECTED.items():
    print(f"inline const std::vector<double> {name}{{")
    rows = [", ".join(repr(v) for v in values[i : i + 4]) for i in range(0, len(values), 4)]
    print("    " + ",\n    ".join(rows) + "};")
print("\n}  // namespace scanline::test::expected")
