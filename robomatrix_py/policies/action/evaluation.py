"""How well an action model does on frames that it has not learned from."""

from __future__ import annotations

import torch
from torch import Tensor

from robomatrix_py.policies.action.aims import NEAR_M
from robomatrix_py.policies.action.examples import Examples
from robomatrix_py.policies.action.loss import losses
from robomatrix_py.policies.action.model import ActionModel

_BATCH = 1024
_SEED = 20_000
# Aims that are carried out before the next chunk comes.
_EARLY = 4


@torch.no_grad()
def evaluate(model: ActionModel, examples: Examples, sampling_steps: int) -> dict[str, float]:
    """Return losses and errors, the same for the same model.

    Args:
        model: The model.
        examples: What to hold it against.
        sampling_steps: Euler steps from noise to chunk.

    Returns:
        ``flow``, ``progress`` and ``done`` as in training, ``loss`` their sum; ``aim_error_mm_p50`` and ``_p90``, how
        far the sampled early aims are from the demonstrated ones; ``done_wrong``, the share of frames on whose end it
        is mistaken.
    """
    model.eval()
    device = model.aim_mean.device
    generator = torch.Generator().manual_seed(_SEED)
    sums: dict[str, float] = {}
    errors: list[Tensor] = []
    for first in range(0, len(examples), _BATCH):
        some = examples.at(slice(first, first + _BATCH)).to(device)
        count = len(some)
        noise = torch.randn(some.chunk.shape, generator=generator).to(device)
        moment = ((torch.arange(count, device=device) + 0.5) / count)[torch.randperm(count, generator=generator)]
        noisy = torch.lerp(noise, some.chunk, moment[:, None, None])
        end, heads = model(model.normalised(some.observation), noisy, moment)
        found = losses(end, heads, some)
        aims, _, done = model.sample(some.observation, noise, sampling_steps)
        found["done_wrong"] = ((done > 0.5) != (some.done > 0.5)).float().mean()
        for name, value in found.items():
            sums[name] = sums.get(name, 0.0) + count * float(value)
        errors.append(_apart_m(model, aims, some)[some.mask[:, :_EARLY] > 0])
    values = {name: value / len(examples) for name, value in sums.items()}
    values["loss"] = values["flow"] + values["progress"] + values["done"]
    apart_mm = 1e3 * torch.cat(errors)
    for percent in (50, 90):
        # A frame may have no aim that counts.
        values[f"aim_error_mm_p{percent}"] = float(apart_mm.quantile(percent / 100)) if len(apart_mm) else 0.0
    return values


def _apart_m(model: ActionModel, aims: Tensor, examples: Examples) -> Tensor:
    """Return how far early aims are from the demonstrated ones, shape (B, _EARLY)."""
    wanted = examples.chunk[:, :_EARLY] * model.aim_spread + model.aim_mean
    apart = NEAR_M * (torch.sinh(aims[:, :_EARLY, :3]) - torch.sinh(wanted[..., :3]))
    result: Tensor = apart.norm(dim=-1)
    return result
