"""Frames as tensors, the way the model learns from them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from robomatrix_py.policies.action.frames import Frames
from robomatrix_py.policies.action.normaliser import Normaliser


@dataclass(frozen=True, eq=False)
class Examples:
    """Frames as tensors; see :class:`~robomatrix_py.policies.action.frames.Frames`.

    Args:
        observation: Not normalised, shape (N, columns).
        chunk: Normalised aims, shape (N, CHUNK_STEPS, len(NUMBERS)).
        mask: Which aims count, 0 or 1, shape (N, CHUNK_STEPS).
        progress: Shape (N,).
        done: Shape (N,).
    """

    observation: Tensor
    chunk: Tensor
    mask: Tensor
    progress: Tensor
    done: Tensor

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.observation)

    def at(self, picks: Tensor | slice) -> Examples:
        """Return some of them."""
        return Examples(*(getattr(self, field.name)[picks] for field in fields(self)))

    def to(self, device: torch.device) -> Examples:
        """Return them on a device."""
        return Examples(*(getattr(self, field.name).to(device) for field in fields(self)))


def make_examples(frames: Frames, aims: Normaliser) -> Examples:
    """Return frames as tensors.

    Args:
        frames: The frames.
        aims: Normaliser of the numbers of an aim.
    """
    return Examples(
        observation=torch.from_numpy(frames.features),
        chunk=torch.from_numpy(aims.normalised(frames.aims)),
        mask=torch.from_numpy(frames.mask).float(),
        progress=torch.from_numpy(frames.progress).float(),
        done=torch.from_numpy(frames.done).float(),
    )
