"""A mocked arm: it is where its set point is, as fast as its joints may move. There is no device and no physics."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.device import ArmReading


class MockArmDevice:
    """Integrates commands.

    Args:
        robot: The robot; it begins in its home pose with the gripper open.
    """

    def __init__(self, robot: RobotDescription) -> None:
        self._speeds = np.array([*(j.velocity_max_rad_s for j in robot.joints), robot.gripper.velocity_max_per_s])
        self._where = np.append(robot.home, 1.0)
        self._velocity = np.zeros(len(self._where))
        self._moved_s: float | None = None

    @property
    def identity(self) -> str:
        """What it is."""
        return "mock"

    def open(self, now_s: float) -> Array:
        """Return where it is."""
        self._moved_s = now_s
        return self._where.copy()

    def probe(self) -> str:
        """Say what it is."""
        return "a mocked arm"

    def write(
        self,
        positions_rad: Array,
        velocities_rad_s: Array,  # noqa: ARG002  nothing lags behind here
        opening: float,
        now_s: float,
    ) -> None:
        """Move towards a set point, no faster than the joints may."""
        elapsed_s = 0.0 if self._moved_s is None else max(0.0, now_s - self._moved_s)
        self._moved_s = max(now_s, self._moved_s or 0.0)
        wanted = np.append(positions_rad, opening) - self._where
        step = np.clip(wanted, -self._speeds * elapsed_s, self._speeds * elapsed_s)
        self._where = self._where + step
        self._velocity = step / elapsed_s if elapsed_s > 0.0 else np.zeros(len(step))

    def read(self, now_s: float) -> ArmReading | None:  # noqa: ARG002  it is where it was moved to
        """Return where it is."""
        return ArmReading(
            positions_rad=self._where[:-1].copy(),
            velocities_rad_s=self._velocity[:-1].copy(),
            efforts_nm=np.zeros(len(self._where) - 1),
            gripper_opening=float(self._where[-1]),
            gripper_speed_per_s=float(self._velocity[-1]),
        )

    def close(self) -> None:
        """Nothing to let go of."""
        self._moved_s = None

    def drop(self) -> None:
        """Nothing to let go of."""
