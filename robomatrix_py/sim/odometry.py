"""Where a simulated base believes to be: its true way, misjudged on purpose."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.geometry import Pose, wrap_angle


class Odometry:
    """Adds up the true way step by step, each a little too long or too short, as slipping wheels and feet have it.

    Args:
        start: True pose at which it begins; there it believes to be at the origin.
        share: Standard deviation of the share by which way and turns are misjudged.
        rng: Draws the shares once.
    """

    def __init__(self, start: Pose, share: float, rng: np.random.Generator) -> None:
        self._true = start
        self._gain = 1.0 + np.clip(rng.normal(0.0, share, 3), -3 * share, 3 * share)
        self.pose = Pose.at(0.0, 0.0, 0.0)

    def advance(self, true: Pose) -> None:
        """Take in where the base truly is now."""
        x, y, _ = self._true.inverse().transform(true.position_m).tolist()
        turn = wrap_angle(true.yaw_rad - self._true.yaw_rad)
        gain_x, gain_y, gain_turn = self._gain.tolist()
        self.pose = self.pose @ Pose.at(gain_x * x, gain_y * y, 0.0, gain_turn * turn)
        self._true = true

    @property
    def pose_world_in_odom(self) -> Pose:
        """How the world lies as seen from odometry: what the robot sees beside itself lands there."""
        return self.pose @ self._true.inverse()
