"""What training does to observations, so that the model does without what may be missing or wrong later."""

from __future__ import annotations

import torch
from torch import Tensor

from robomatrix_py.policies.action.config import ActionTraining
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.policies.action.symmetry import mirrored, turned

# Where the model reads what it said of its progress a step before.
_PROGRESS = NAMES.index("memory.progress")
_THINGS = ("thing1", "thing2")


def _columns(*prefixes: str) -> Tensor:
    return torch.tensor([name.startswith(prefixes) for name in NAMES])


_MEMORY = _columns("memory.")
_CAMERAS = [_columns(*(f"{thing}.{camera}." for thing in _THINGS)) for camera in CAMERAS]
# Without a track of the first thing there is no height map about it either.
_TRACKS = [_columns("thing1.track.", "height."), _columns("thing2.track.")]
_MEASURED = ~_columns("skill.", "goal.")


class Augmentation:
    """Shows demonstrations elsewhere, takes things away from observations and makes them noisy.

    Args:
        config: How much.
    """

    def __init__(self, config: ActionTraining) -> None:
        self._config = config

    def moved(self, observation: Tensor, aims: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return demonstrations, some turned and some mirrored.

        Args:
            observation: As observed, shape (B, columns).
            aims: In the numbers of :mod:`~robomatrix_py.policies.action.aims`, shape (B, steps, 6).
            generator: Source of randomness.
        """
        config, count = self._config, len(observation)
        angle_rad = config.turn_max_rad * (2 * torch.rand(count, generator=generator) - 1)
        angle_rad *= torch.rand(count, generator=generator) < config.turn_share
        observation, aims = turned(observation, aims, angle_rad)
        swapped = torch.rand(count, generator=generator) < config.mirror_share
        other_observation, other_aims = mirrored(observation, aims)
        return (
            torch.where(swapped[:, None], other_observation, observation),
            torch.where(swapped[:, None, None], other_aims, aims),
        )

    def damaged(self, observation: Tensor, generator: torch.Generator) -> Tensor:
        """Return observations, shape (B, columns), that miss numbers as an observer leaves them out: as zeros."""
        config, count = self._config, len(observation)
        result = observation.clone()
        said = result[:, _PROGRESS] + config.memory_noise * torch.randn(count, generator=generator)
        result[:, _PROGRESS] = said.clamp(0, 1)
        for columns, share in (
            (_MEMORY, config.memory_drop),
            *((columns, config.camera_drop) for columns in _CAMERAS),
            *((columns, config.track_drop) for columns in _TRACKS),
        ):
            gone = torch.rand(count, 1, generator=generator) < share
            result.masked_fill_(gone & columns, 0.0)
        return result

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        """Return what is added to `count` normalised observations, shape (count, columns)."""
        return self._config.feature_noise * torch.randn(count, len(NAMES), generator=generator) * _MEASURED
