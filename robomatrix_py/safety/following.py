"""Whether the arm is where it was commanded to be, and what follows from that."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.config import GateConfig

# A tick may come so many periods after the last one; after a longer pause a fast command would be a leap.
_LEAP_PERIODS = 2.0
# The arm follows if it is nearer to its command than this share of the permitted error, in motion ...
_MOVING_SHARE = 0.5
# ... and at rest.
_RESTING_SHARE = 0.2


class Following:
    """Compares commands, shape (dims,), with joint states.

    Args:
        robot: Joints and their speeds.
        config: Permitted tracking error, and the gate's rate.
    """

    def __init__(self, robot: RobotDescription, config: GateConfig) -> None:
        self._robot = robot
        self._error_max_rad = config.tracking_error_max_rad
        speeds_rad_s = np.array([joint.velocity_max_rad_s for joint in robot.joints])
        self._leap_rad = speeds_rad_s * _LEAP_PERIODS / config.rate_hz

    def error_rad(self, joints: JointState, command: Array) -> Array:
        """Return the distance of each joint from its command, shape (joints,)."""
        error: Array = np.abs(joints.arm_positions_rad(self._robot) - command[:-1])
        return error

    def is_leap(self, command: Array, last: Array) -> bool:
        """Return whether a command is farther from the last one than a joint can be commanded to move."""
        return bool((np.abs(command[:-1] - last[:-1]) > self._leap_rad).any())

    def rest_command(self, joints: JointState, last: Array | None) -> Array:
        """Return the command at which the robot rests, shape (dims,).

        The arm rests at its last command if it followed, at its measured position otherwise. The gripper keeps
        its last command, so that what it holds stays held from one lease to the next.
        """
        arm_rad = joints.arm_positions_rad(self._robot)
        if last is None:
            return np.append(arm_rad, float(np.clip(joints.gripper_opening(self._robot), 0.0, 1.0)))
        if self.error_rad(joints, last).max() < _RESTING_SHARE * self._error_max_rad:
            return last
        return np.append(arm_rad, last[-1])

    def brake_from(
        self, command: Array, velocity: Array, last: Array | None, joints: JointState | None
    ) -> tuple[Array, Array]:
        """Return command and velocity from which to brake, each of shape (dims,).

        Args:
            command: The command of this instant.
            velocity: Its velocity.
            last: The last command that went out, or None.
            joints: A fresh joint state, or None.
        """
        if last is not None and self.is_leap(command, last):
            # The gate's own loop was late: the arm stands at the last command it was given.
            return last, np.zeros_like(velocity)
        if joints is None or self.error_rad(joints, command).max() < _MOVING_SHARE * self._error_max_rad:
            return command, velocity
        # The arm is elsewhere, blocked perhaps: it stops where it is, not where it should be.
        return (
            np.append(joints.arm_positions_rad(self._robot), command[-1]),
            np.append(joints.arm_velocities_rad_s(self._robot), 0.0),
        )
