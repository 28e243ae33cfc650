"""What the action model is trained for: chunks, progress, done."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from robomatrix_py.contracts.policy import CHUNK_STEPS
from robomatrix_py.policies.action.examples import Examples

# Earlier aims are more often carried out: the next glance replaces the rest.
_STEP_WEIGHTS = torch.linspace(1.4, 0.6, CHUNK_STEPS)
_DONE_WEIGHT = 0.2


def losses(end: Tensor, heads: Tensor, wanted: Examples) -> dict[str, Tensor]:
    """Return the losses by name, each a mean over the batch, so that parts of a batch add up.

    Args:
        end: Where the model says the flow ends, normalised, shape (B, CHUNK_STEPS, len(NUMBERS)).
        heads: Its logits of progress and done, shape (B, 2).
        wanted: What they should have said, B of them.
    """
    error = ((end - wanted.chunk) ** 2).mean(-1)
    return {
        "flow": (error * wanted.mask * _STEP_WEIGHTS.to(error.device)).mean(),
        "progress": functional.mse_loss(torch.sigmoid(heads[:, 0]), wanted.progress),
        "done": _DONE_WEIGHT * functional.binary_cross_entropy_with_logits(heads[:, 1], wanted.done),
    }
