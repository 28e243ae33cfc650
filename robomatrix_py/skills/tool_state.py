"""What the arm itself knows of tool and gripper, for a policy to look at."""

from __future__ import annotations

import math
from collections import deque

from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.policy import ToolState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.skills.servo import Servo

_KEPT = 60


def tool_state(robot: RobotDescription, chain: SerialChain, servo: Servo, joints: JointState) -> ToolState:
    """Return the state of tool and gripper.

    Args:
        robot: The robot.
        chain: Its kinematics.
        servo: Commands the tool; it was started.
        joints: Newest joint state.
    """
    _, position, _ = chain.place(joints.arm_positions_rad(robot)[None])
    speed = joints.gripper_speed_per_s(robot)
    return ToolState(
        commanded_xyz_m=servo.commanded_xyz_m.copy(),
        commanded_yaw_rad=servo.commanded_yaw_rad,
        velocity_m_s=servo.velocity_m_s.copy(),
        measured_xyz_m=position[0],
        opening_commanded=servo.commanded_opening,
        opening=joints.gripper_opening(robot),
        # Drivers need not report velocities.
        opening_speed_per_s=speed if math.isfinite(speed) else 0.0,
        force_n=joints.gripper_force_n(robot),
    )


class ToolHistory:
    """The last second of tool states: a picture belongs to the state of its own moment."""

    def __init__(self) -> None:
        self._states: deque[tuple[float, ToolState]] = deque(maxlen=_KEPT)

    def add(self, at_s: float, state: ToolState) -> None:
        """Note the state of a moment."""
        self._states.append((at_s, state))

    def clear(self) -> None:
        """Forget all, as at the start of a skill."""
        self._states.clear()

    def at(self, at_s: float) -> ToolState | None:
        """Return the state nearest to a moment, or None where none is known."""
        if not self._states:
            return None
        return min(self._states, key=lambda entry: abs(entry[0] - at_s))[1]
