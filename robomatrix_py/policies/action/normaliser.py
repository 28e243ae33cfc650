"""Brings numbers of different units to one scale. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.patches import Floats

CLIP = 8.0
"""Normalised numbers beyond this are outliers and are cut."""
# A column that varies by less says nothing.
_CONSTANT = 1e-4


@dataclass(frozen=True, eq=False)
class Normaliser:
    """Mean and spread by column.

    Args:
        mean: Shape (columns,).
        spread: Standard deviation, 0 for a column that never changes: it is left out, whatever it says later.
    """

    mean: Floats
    spread: Floats

    @property
    def gain(self) -> Floats:
        """What a column is multiplied by, shape (columns,): 1 / spread, 0 for a column that never changes."""
        gain: Floats = np.where(self.spread > 0, 1 / np.where(self.spread > 0, self.spread, 1), 0).astype(np.float32)
        return gain

    def normalised(self, values: Floats) -> Floats:
        """Return values, shape (..., columns), with mean 0 and spread 1, outliers cut."""
        result: Floats = np.clip((values - self.mean) * self.gain, -CLIP, CLIP).astype(np.float32)
        return result


def fit_normaliser(values: Floats) -> Normaliser:
    """Return the normaliser of values, shape (N, columns)."""
    mean = values.mean(0, dtype=np.float64)
    spread = values.std(0, dtype=np.float64)
    spread[spread < _CONSTANT] = 0.0
    return Normaliser(mean.astype(np.float32), spread.astype(np.float32))
