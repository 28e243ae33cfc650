"""The optimiser of every training here: AdamW with warm-up and cosine, kept in checkpoints."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from robomatrix_py.policies.checkpoint import part

_PREFIX = "optimizer"


def make_optimizer(
    model: nn.Module, learning_rate: float, weight_decay: float, *, fused: bool | None = None
) -> torch.optim.Optimizer:
    """Return AdamW that decays matrices only."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98), fused=fused)


def set_learning_rate(
    optimizer: torch.optim.Optimizer, learning_rate: float, step: int, steps: int, warm_up_steps: int
) -> None:
    """Set the learning rate of a step: up in a line to `learning_rate`, down as a cosine to a hundredth of it."""
    warm = min(1.0, (step + 1) / warm_up_steps)
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * warm * (0.01 + 0.495 * (1 + math.cos(math.pi * step / steps)))


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return what a checkpoint keeps of an optimiser."""
    states = optimizer.state_dict()["state"].items()
    return {f"{_PREFIX}.{index}.{name}": value for index, state in states for name, value in state.items()}


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Set an optimiser to what a checkpoint kept of it."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in part(tensors, _PREFIX).items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
