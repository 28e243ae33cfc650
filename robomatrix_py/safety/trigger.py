"""Shots under the gate: off unless the operator switched them on, from a standing base, one at a time, never queued."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.action import ActionChunk
from robomatrix_py.contracts.base import BLASTER, BlasterDescription
from robomatrix_py.safety.refusal import Refusal, RefusalCode

SHOOTING_OFF = "shooting is off; the operator alone switches it on, for one graph: --set gate.shooting=true"
"""What whoever wants to shoot is told."""


class Trigger:
    """Judges shots. One that is admitted is due at once, or never.

    Args:
        blaster: What shoots.
        enabled: Whether the operator has switched it on.
    """

    def __init__(self, blaster: BlasterDescription, *, enabled: bool) -> None:
        self._blaster = blaster
        self._enabled = enabled
        self._shot_s = -math.inf
        self._due = False

    def admit(self, chunk: ActionChunk, now_s: float, *, standing: bool) -> Refusal | None:
        """Judge a shot; None means that it is due.

        Args:
            chunk: The shot.
            now_s: Monotonic time.
            standing: Whether the base is commanded to stand.
        """
        if not self._enabled:
            return Refusal(RefusalCode.DISABLED, SHOOTING_OFF)
        if chunk.names != (BLASTER,) or not np.array_equal(chunk.values, [[1.0]]):
            return Refusal(RefusalCode.SHAPE, f"a shot is {chunk.names}; permitted: ('{BLASTER}',) with one row of 1")
        if not standing:
            return Refusal(RefusalCode.NOT_AT_REST, "the base still moves; permitted: a shot from a stand")
        passed_s = now_s - self._shot_s
        if passed_s < self._blaster.period_s:
            period_s = self._blaster.period_s
            return Refusal(RefusalCode.SEQUENCE, f"{passed_s:.2f} s after the last shot; permitted: {period_s:g} s")
        self._shot_s, self._due = now_s, True
        return None

    def clear(self) -> None:
        """Forget a shot that has not been passed on."""
        self._due = False

    def take(self) -> bool:
        """Return whether a shot is due; it is then no longer."""
        due, self._due = self._due, False
        return due
