"""The commands of one lease on an evenly spaced time line."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.safety import spline

# Rows kept before the present one: more than the curve and a third difference look back on.
_KEPT_ROWS = 16
# Nearer to a row than this share of a step counts as being on it.
_ON_ROW = 1e-6


class Timeline:
    """Rows of commands, row n due at ``start_s + n * dt_s``; rows not yet begun can be replaced.

    What comes out is a smooth curve along the rows (:mod:`robomatrix_py.safety.spline`), one step behind them,
    so that it depends on no row later than the next one due. Beyond the last row the last row holds; before row
    0 lies the rest position at the start. Rows long past are forgotten, so that a lease may last for hours.

    Args:
        start_s: When row 0 is due, by the gate's clock.
        dt_s: Time between rows.
        rest: Command at rest from which the line starts, shape (dims,).
    """

    def __init__(self, start_s: float, dt_s: float, rest: Array) -> None:
        self.start_s = start_s
        self.dt_s = dt_s
        self._base = 0
        self._rows = rest.copy()[None]

    def first_open(self, now_s: float) -> int:
        """Return the index of the first row that can still be replaced: those before it are past or begun."""
        return max(0, math.ceil((now_s - self.start_s) / self.dt_s - _ON_ROW) + 1)

    def rows(self, begin: int, end: int) -> Array:
        """Return rows `begin` to `end` - 1, shape (end - begin, dims); the first and last one kept go on."""
        kept = np.clip(np.arange(begin, end) - self._base + 1, 0, len(self._rows) - 1)
        rows: Array = self._rows[kept]
        return rows

    def replace_from(self, index: int, rows: Array, now_s: float) -> None:
        """Put `rows`, shape (n, dims), at `index`, drop what lay there and after; gaps hold the last row."""
        oldest = max(self._base - 1, min(index, self.first_open(now_s)) - _KEPT_ROWS)
        self._rows = np.concatenate([self.rows(oldest, index), rows])
        self._base = oldest + 1

    def at(self, now_s: float) -> tuple[Array, Array]:
        """Return command and velocity at a time, each of shape (dims,)."""
        place = (now_s - self.start_s) / self.dt_s
        before = math.floor(place)
        position, velocity = spline.point(self.rows(before - 2, before + 2), place - before)
        return position, velocity / self.dt_s
