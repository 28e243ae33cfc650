"""Joint positions for the place of a tool that a linkage keeps level: the arm of a small mobile robot."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.skills.inverse_kinematics import tool_down

_PROBE_RAD = 1e-5
_ITERATIONS = 4
# Bounds the step where the arm is stretched; damped least squares (Wampler 1986).
_DAMPING_M = 2e-3


class LevelArmKinematics:
    """Follows a slowly changing tool place as well as the joints can: what they cannot reach is left to the base.

    It stands in for :class:`~robomatrix_py.skills.inverse_kinematics.InverseKinematics`, whose tool points down; here
    the tool's direction is the linkage's own affair, and what is asked of it is not looked at.

    Args:
        robot: The robot.
    """

    def __init__(self, robot: RobotDescription) -> None:
        self._chain = SerialChain(robot)
        self._low = np.array([joint.position_min_rad for joint in robot.joints])
        self._high = np.array([joint.position_max_rad for joint in robot.joints])

    def tool_pose(self, positions_rad: Array) -> tuple[Array, Array]:
        """Return the tool's position, shape (3,), and the rotation that the servo takes for no turn at all."""
        return self._place(positions_rad[None])[0], tool_down(0.0)

    def step(self, positions_rad: Array, tool_xyz_m: Array, _tool_rotation: Array) -> Array:
        """Return the joint positions closest to a tool place, near the present ones, shape (joints,)."""
        positions = positions_rad
        count = len(positions)
        for _ in range(_ITERATIONS):
            probes = positions + _PROBE_RAD * np.vstack([np.zeros(count), np.eye(count)])
            places = self._place(probes)
            jacobian = (places[1:] - places[0]).T / _PROBE_RAD
            square = jacobian @ jacobian.T + _DAMPING_M**2 * np.eye(3)
            step = jacobian.T @ np.linalg.solve(square, tool_xyz_m - places[0])
            positions = np.clip(positions + step, self._low, self._high)
        result: Array = positions
        return result

    def _place(self, positions_rad: Array) -> Array:
        return self._chain.place(positions_rad)[1]
