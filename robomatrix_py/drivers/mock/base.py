"""A mocked base: it moves exactly as it is told. There is no device and no physics."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.drivers.device import BaseReading


class MockBaseDevice:
    """Integrates velocities."""

    def __init__(self) -> None:
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

    def read(self, now_s: float) -> BaseReading | None:  # noqa: ARG002  it is where it was moved to
        """Return where it is."""
        return BaseReading(self._pose, self._velocity)

    def close(self) -> None:
        """Nothing to let go of."""
        self._moved_s = None

    def drop(self) -> None:
        """Nothing to let go of."""
