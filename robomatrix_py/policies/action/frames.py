"""What the action model learns from, as arrays. No torch."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.patches import Floats, Mask
from robomatrix_py.contracts.policy import CHUNK_STEPS, SKILLS
from robomatrix_py.policies.action.aims import NUMBERS
from robomatrix_py.policies.action.observation import NAMES


@dataclass(frozen=True, eq=False)
class Frames:
    """Moments of demonstrations.

    Args:
        features: What was observed, columns :data:`~robomatrix_py.policies.action.observation.NAMES`, shape
            (N, len(NAMES)); remembered progress is what should have been said of it a step before.
        aims: What to aim at, in the numbers of :mod:`robomatrix_py.policies.action.aims`, shape
            (N, CHUNK_STEPS, len(NUMBERS)).
        mask: Which aims count, shape (N, CHUNK_STEPS).
        progress: How far the skill was, 0 to 1, shape (N,).
        done: 1 where it had finished, else 0, shape (N,).
        skill: Place in :data:`~robomatrix_py.contracts.policy.SKILLS`, or, where an episode is a whole task, in
            :data:`~robomatrix_py.contracts.policy.WHOLE_TASKS`, shape (N,).
        episode: Number of the episode, shape (N,).

    Raises:
        DataError: Shapes do not fit, a number is not finite, or one is out of range.
    """

    features: Floats
    aims: Floats
    mask: Mask
    progress: Floats
    done: Floats
    skill: npt.NDArray[np.int64]
    episode: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check shapes and ranges."""
        count = len(self.features)
        chunk = (count, CHUNK_STEPS)
        shapes = {"features": (count, len(NAMES)), "aims": (*chunk, len(NUMBERS)), "mask": chunk}
        for field in fields(self):
            value, wanted = getattr(self, field.name), shapes.get(field.name, (count,))
            if value.shape != wanted:
                raise DataError(f"{field.name} has shape {value.shape}", where="frames", permitted=str(wanted))
            if not np.isfinite(value).all():
                raise DataError(f"{field.name} is not finite", where="frames")
        for name, low, high in (("progress", 0, 1), ("done", 0, 1), ("skill", 0, len(SKILLS) - 1)):
            value = getattr(self, name)
            if count and (value.min() < low or value.max() > high):
                found = f"{name} is {value.min()} to {value.max()}"
                raise DataError(found, where="frames", permitted=f"{low} to {high}")

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.features)

    def where(self, chosen: Mask) -> Frames:
        """Return the chosen ones, a mask of shape (N,)."""
        return Frames(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})
