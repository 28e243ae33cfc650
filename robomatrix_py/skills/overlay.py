"""What a person has corrected about the motion of the running step, laid over it at a bounded rate."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.correction import CorrectionLimits, Nudge
from robomatrix_py.contracts.geometry import Array


class Overlay:
    """Sums up corrections; what is in force follows the sum at a bounded rate.

    It lasts until the step ends: :meth:`clear` is called when the next one begins.

    Args:
        limits: How far and how fast.
    """

    def __init__(self, limits: CorrectionLimits) -> None:
        self._limits = limits
        self._rates = np.array([*[limits.shift_rate_m_s] * 3, limits.turn_rate_rad_s, limits.opening_rate_per_s])
        self._total = Nudge()
        self._asked = np.zeros(5)
        self._changed = False
        self.present = np.zeros(5)
        """What is in force: x, y, z in the base frame (m), turn (rad), gripper opening."""

    @property
    def total(self) -> Nudge:
        """Everything that was asked for in this step."""
        return self._total

    @property
    def speed_factor(self) -> float:
        """What the speed is multiplied by."""
        return self._total.speed_factor

    def add(self, nudge: Nudge) -> str:
        """Take a correction in; return why it is refused, or an empty text.

        What would go too far in all is refused as a whole, never cut short.
        """
        total = self._total.plus(nudge)
        refusal = self._limits.why_not(total)
        if not refusal:
            self._total = total
            self._asked = np.array([*total.shift_m, total.turn_rad, total.opening])
            self._changed = True
        return refusal

    def clear(self) -> None:
        """Forget all."""
        self._total = Nudge()
        self._asked, self.present = np.zeros(5), np.zeros(5)
        self._changed = False

    def advance(self, duration_s: float) -> bool:
        """Let time pass; return whether what is in force has changed."""
        most: Array = self._rates * duration_s
        step = np.clip(self._asked - self.present, -most, most)
        changed, self._changed = self._changed or bool(step.any()), False
        if changed:
            self.present = self.present + step
        return changed
