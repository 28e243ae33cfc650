"""The arm of a RoboMaster EP as two links in a plane: between its joints and the place of its wrist.

The second joint counts from the upper arm. Angles turn forward and down from where the upper arm stands
upright and the forearm points ahead (about y, REP 103).
"""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription

# Readings are rounded; what is farther out of reach is no honest place.
_REACH_MARGIN = 0.05


class PlanarArm:
    """Two links.

    Args:
        robot: The robot; its elbow sits upright over its shoulder, its wrist ahead of its elbow.

    Raises:
        ValueError: It has not two joints and a level wrist.
    """

    def __init__(self, robot: RobotDescription) -> None:
        if len(robot.joints) != 2 or robot.level_wrist_xyz_m is None:
            raise ValueError(f"{robot.name} has {len(robot.joints)} joints; needed: 2 and a level wrist")
        self._upper_m = float(robot.joints[1].origin_xyz_m[2])
        self._fore_m = float(robot.level_wrist_xyz_m[0])

    def wrist(self, joints_rad: Array) -> tuple[float, float]:
        """Return where the wrist is, forward and up from the shoulder axis, in m."""
        shoulder, forearm = float(joints_rad[0]), float(joints_rad[0] + joints_rad[1])
        x_m = self._upper_m * math.sin(shoulder) + self._fore_m * math.cos(forearm)
        return x_m, self._upper_m * math.cos(shoulder) - self._fore_m * math.sin(forearm)

    def joints(self, x_m: float, z_m: float) -> Array | None:
        """Return the joint angles at which the wrist is there, shape (2,), or None where it cannot be."""
        upper, fore = self._upper_m, self._fore_m
        sine = (upper**2 + fore**2 - x_m**2 - z_m**2) / (2.0 * upper * fore)
        if not abs(sine) <= 1.0 + _REACH_MARGIN:
            return None
        elbow = math.asin(min(1.0, max(-1.0, sine)))
        # The wrist in the upper arm's own axes.
        up, ahead = upper - fore * math.sin(elbow), fore * math.cos(elbow)
        return np.array([math.atan2(up * x_m - ahead * z_m, ahead * x_m + up * z_m), elbow])
