"""The base as a running skill knows it: where it is, what it ranges, and its servo."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.base import BaseDescription
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.observation import BaseState, RangeScan
from robomatrix_py.skills.mobile.base_servo import BaseServo
from robomatrix_py.skills.mobile.occupancy import OccupancyGrid

# Older ranges say nothing of who has stepped in.
_RANGES_AGE_MAX_S = 0.5


class BaseView:
    """Updated before every control step.

    Args:
        description: The base.
        servo: Moves it.
    """

    def __init__(self, description: BaseDescription, servo: BaseServo) -> None:
        self.description = description
        self.servo = servo
        self.grid = OccupancyGrid()
        self._state: BaseState | None = None
        self._scan: RangeScan | None = None
        self._trigger = False

    def observe(self, state: BaseState) -> None:
        """Take odometry in."""
        self._state = state

    def range(self, scan: RangeScan) -> None:
        """Take a turn of ranges in."""
        self._scan = scan
        self.grid.take(scan)

    def start(self) -> None:
        """A skill begins: the base stands, and nothing is to be shot."""
        self.servo.start()
        self._trigger = False

    def shoot(self) -> None:
        """Ask for one shot straight ahead."""
        self._trigger = True

    def take_trigger(self) -> bool:
        """Return whether a shot was asked for; it then is no longer."""
        asked, self._trigger = self._trigger, False
        return asked

    @property
    def ready(self) -> bool:
        """Whether odometry has arrived."""
        return self._state is not None

    @property
    def pose(self) -> Pose:
        """Where the base believes to be, in odometry's frame."""
        return self._state.pose_base_in_odom if self._state is not None else Pose.at(0.0, 0.0, 0.0)

    @property
    def velocity(self) -> Array:
        """Its measured velocity in its own frame, shape (3,)."""
        return self._state.velocity if self._state is not None else np.zeros(3)

    @property
    def ranges_fresh(self) -> bool:
        """Whether a turn of ranges has come about as lately as odometry."""
        if self._scan is None or self._state is None:
            return False
        return self._state.received_s - self._scan.received_s < _RANGES_AGE_MAX_S

    def stand(self) -> None:
        """Come to rest."""
        self.servo.aim(np.zeros(3))

    def gap_m(self, direction_rad: float, half_width_m: float) -> float:
        """Return how far the base can go before its edge meets what is ranged, infinite where nothing is near.

        Args:
            direction_rad: Where to, in the base's frame.
            half_width_m: Half the width of the way that must be free.
        """
        if self._scan is None:
            return math.inf
        # The newest turn is seen from where it was taken.
        moved = self.pose.inverse() @ self._scan.pose_base_in_odom
        met = np.isfinite(self._scan.ranges_m)
        angles, ranges = self._scan.angles_rad[met], self._scan.ranges_m[met]
        points = moved.transform(np.column_stack([ranges * np.cos(angles), ranges * np.sin(angles), 0.0 * ranges]))
        along = points[:, 0] * math.cos(direction_rad) + points[:, 1] * math.sin(direction_rad)
        across = -points[:, 0] * math.sin(direction_rad) + points[:, 1] * math.cos(direction_rad)
        ahead = along[(np.abs(across) < half_width_m) & (along > 0.0)]
        return float(ahead.min()) - self.reach_m(direction_rad) if len(ahead) else math.inf

    def reach_m(self, direction_rad: float) -> float:
        """Return how far the base itself extends in a direction of its frame."""
        half_x, half_y = self.description.length_m / 2, self.description.width_m / 2
        c, s = abs(math.cos(direction_rad)), abs(math.sin(direction_rad))
        return min(half_x / max(c, 1e-9), half_y / max(s, 1e-9))

    @property
    def radius_m(self) -> float:
        """Half its width and a little more: what a way must have on either side."""
        return min(self.description.width_m, self.description.length_m) / 2 + 0.10
