"""A mocked base: it moves exactly as it is told. There is no device and no physics."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.base import RangingDescription
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.drivers.device import BaseReading


class MockBaseDevice:
    """Integrates velocities.

    Args:
        ranging: What it ranges with, nothing being near; None: nothing.
    """

    def __init__(self, ranging: RangingDescription | None = None) -> None:
        self._ranging = ranging
        self._ranged_s = -np.inf
        self._pose = Pose.at(0.0, 0.0, 0.0)
        self._velocity = np.zeros(3)
        self._moved_s: float | None = None

    @property
    def identity(self) -> str:
        """What it is."""
        return "mock"

    def open(self, now_s: float) -> Pose:
        """Return where it is."""
        self._velocity, self._moved_s = np.zeros(3), now_s
        return self._pose

    def probe(self) -> str:
        """Say what it is."""
        return "a mocked base"

    def write(self, velocity: Array, now_s: float) -> None:
        """Go on at the velocity before, then at this one."""
        elapsed_s = 0.0 if self._moved_s is None else max(0.0, now_s - self._moved_s)
        self._moved_s = max(now_s, self._moved_s or 0.0)
        x, y, turn = (self._velocity * elapsed_s).tolist()
        # Half of the turn before the step, half after it: the chord of the arc.
        half = Pose.at(0.0, 0.0, 0.0, turn / 2)
        self._pose = self._pose @ half @ Pose.at(x, y, 0.0) @ half
        self._velocity = velocity.copy()

    def read(self, now_s: float) -> BaseReading | None:
        """Return where it is, and that nothing is near."""
        ranges_m = None
        if self._ranging is not None and now_s - self._ranged_s >= 1.0 / self._ranging.rate_hz:
            self._ranged_s, ranges_m = now_s, np.full(self._ranging.rays, np.inf)
        return BaseReading(self._pose, self._velocity, ranges_m=ranges_m)

    def close(self) -> None:
        """Nothing to let go of."""
        self._moved_s = None

    def drop(self) -> None:
        """Nothing to let go of."""
