"""Which joint states count as received."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription

# A pushed joint may be faster than it may be commanded; one that seems faster still is a broken reading.
_SPEED_SHARE_MAX = 2.0


def is_usable(
    joints: JointState, previous: JointState | None, elapsed_s: float, robot: RobotDescription
) -> bool:
    """Return whether a reading is complete, finite, and one that the joints can have reached.

    A fault stop may start from the measured state, so that a broken reading must never get that far.

    Args:
        joints: The reading.
        previous: The last usable reading, or None.
        elapsed_s: Longest time that may lie between the two.
        robot: Joint names and speeds.
    """
    names = joints.names
    if len(set(names)) != len(names) or not {*robot.joint_names, *robot.gripper.joints} <= set(names):
        return False
    if joints.positions.shape != (len(names),) or joints.velocities.shape != (len(names),):
        return False
    if not (np.isfinite(joints.positions).all() and np.isfinite(joints.velocities).all()):
        return False
    speed_max_rad_s = np.array([joint.velocity_max_rad_s for joint in robot.joints])
    if (np.abs(joints.arm_velocities_rad_s(robot)) > _SPEED_SHARE_MAX * speed_max_rad_s).any():
        return False
    if previous is None:
        return True
    moved_rad = np.abs(joints.arm_positions_rad(robot) - previous.arm_positions_rad(robot))
    return bool((moved_rad <= speed_max_rad_s * elapsed_s).all())
