"""Which aim is due: follows the newest chunk of a policy, and keeps account of what was used of each.

A chunk's rows stand on the clock, from the moment of the glance it follows from. So what looking, thinking and sending
take is made up for by itself: rows whose time has passed on the way are skipped, never replayed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.policy import AIM, CHUNK_DT_S, CHUNK_STEPS, PolicyChunk
from robomatrix_py.contracts.statistics import spread

_YAW = AIM.index("yaw_rad")
# Times are sums of steps: a row that is due now must not be late by a rounding.
_ROUNDING = 1e-6


@dataclass
class LedgerRow:
    """What became of one chunk.

    Args:
        observed_s: When the glance was taken.
        received_s: When the chunk arrived.
        used: How many of its rows were followed.
        skipped: How many were past already when it arrived; all of them where a newer chunk was there before it.
    """

    observed_s: float
    received_s: float
    used: int = 0
    skipped: int = 0

    def to_json(self) -> list[float]:
        """Return the fields in order; times in seconds, to the millisecond."""
        return [round(self.observed_s, 3), round(self.received_s, 3), self.used, self.skipped]


class ChunkFollower:
    """Holds the newest chunk and the one before it.

    Args:
        blend_s: A new chunk takes over from the old one within this time.
    """

    def __init__(self, blend_s: float) -> None:
        self._blend_s = blend_s
        self._new: tuple[PolicyChunk, LedgerRow] | None = None
        self._old: PolicyChunk | None = None
        self._last_row = -1
        self.ledger: list[LedgerRow] = []

    @property
    def newest(self) -> PolicyChunk | None:
        """The chunk that is followed."""
        return self._new[0] if self._new else None

    def take(self, chunk: PolicyChunk, received_s: float) -> bool:
        """Take a chunk in; return whether it is followed from now on.

        Raises:
            ValueError: It is no chunk: of another shape, or with numbers that are not finite.
        """
        numbers = [chunk.observed_s, chunk.progress, chunk.done, chunk.seen]
        if chunk.aims.shape != (CHUNK_STEPS, len(AIM)):
            raise ValueError(f"aims of shape {chunk.aims.shape}; permitted: {(CHUNK_STEPS, len(AIM))}")
        if not (np.isfinite(chunk.aims).all() and np.isfinite(numbers).all()):
            raise ValueError("numbers that are not finite")
        row = LedgerRow(chunk.observed_s, received_s)
        self.ledger.append(row)
        age = (received_s - chunk.observed_s) / CHUNK_DT_S + _ROUNDING
        overtaken = self._new is not None and chunk.observed_s <= self._new[0].observed_s
        if overtaken or age >= CHUNK_STEPS:
            row.skipped = CHUNK_STEPS
            return False
        row.skipped = max(0, math.floor(age))
        self._old = self.newest
        self._new = (chunk, row)
        self._last_row = -1
        return True

    def aim(self, now_s: float) -> Array | None:
        """Return the aim that is due, shape (len(AIM),), or None before the first chunk.

        After a chunk's last row that row holds.
        """
        if self._new is None:
            return None
        chunk, row = self._new
        index = min(max(0, math.floor((now_s - chunk.observed_s) / CHUNK_DT_S + _ROUNDING)), CHUNK_STEPS - 1)
        if index > self._last_row:
            self._last_row = index
            row.used += 1
        aim = _due(chunk, now_s)
        share = (now_s - row.received_s) / self._blend_s if self._blend_s > 0 else 1.0
        if self._old is None or share >= 1.0 or now_s - self._old.observed_s >= CHUNK_STEPS * CHUNK_DT_S:
            return aim
        before = _due(self._old, now_s)
        # The gripper looks the same after half a turn: two chunks may mean the same by different turns.
        before[_YAW] = aim[_YAW] + math.remainder(before[_YAW] - aim[_YAW], math.pi)
        return before + max(0.0, share) * (aim - before)

    def account(self) -> Mapping[str, Any]:
        """Return the ledger, JSON-serialisable."""
        return {
            "delay_s": spread([row.received_s - row.observed_s for row in self.ledger]),
            "columns": ["observed_s", "received_s", "used", "skipped"],
            "rows": [row.to_json() for row in self.ledger],
        }


def _due(chunk: PolicyChunk, now_s: float) -> Array:
    """Return the aim of one chunk at a time, between two rows a mixture of both."""
    place = min(max(0.0, (now_s - chunk.observed_s) / CHUNK_DT_S), CHUNK_STEPS - 1.0)
    index = min(int(place), CHUNK_STEPS - 2)
    first, second = chunk.aims[index], chunk.aims[index + 1]
    aim: Array = np.asarray(first + (place - index) * (second - first), dtype=np.float64)
    return aim
