"""Forward kinematics of a serial arm, for many configurations at once."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_matrix, rotation_from_rpy
from robomatrix_py.contracts.robot import RobotDescription


class SerialChain:
    """Places every joint frame and the tool of an arm in its base frame.

    Rotations about the joint axes follow Rodrigues' formula.

    Args:
        robot: The robot whose joints form the chain.
    """

    def __init__(self, robot: RobotDescription) -> None:
        origins = np.array([rotation_from_rpy(*joint.origin_rpy_rad) for joint in robot.joints])
        crosses = np.array([_cross_matrix(joint.axis) for joint in robot.joints])
        squares = crosses @ crosses
        self._origins_xyz_m = [joint.origin_xyz_m for joint in robot.joints]
        # A joint's rotation in the frame before is constant + sin * odd + cos * even, of shape (joints, 3, 3) each.
        self._constant, self._odd, self._even = origins @ (np.eye(3) + squares), origins @ crosses, -origins @ squares
        self._tool_rotation = rotation_from_rpy(*robot.tool_rpy_rad)
        self._tool_xyz_m = robot.tool_xyz_m
        self._level_wrist_xyz_m = robot.level_wrist_xyz_m

    def place(self, positions_rad: Array) -> tuple[Array, Array, Array]:
        """Return where the joints and the tool are.

        Args:
            positions_rad: Joint positions, shape (n, joints).

        Returns:
            Positions of the joint frames, shape (n, joints, 3), of the tool, shape (n, 3), and the tool's
            rotation matrices, shape (n, 3, 3), all in the base frame.
        """
        angles = positions_rad[:, :, None, None]
        turns = self._constant + np.sin(angles) * self._odd + np.cos(angles) * self._even
        count = positions_rad.shape[0]
        rotation = np.broadcast_to(np.eye(3), (count, 3, 3))
        position = np.zeros((count, 3))
        joint_positions = np.empty((count, len(self._origins_xyz_m), 3))
        for i, origin_xyz_m in enumerate(self._origins_xyz_m):
            position = position + rotation @ origin_xyz_m
            rotation = rotation @ turns[:, i]
            joint_positions[:, i] = position
        if self._level_wrist_xyz_m is not None:
            # From the wrist on a linkage undoes what the joints turned.
            position = position + rotation @ self._level_wrist_xyz_m
            rotation = np.broadcast_to(np.eye(3), (count, 3, 3))
        tool = position + rotation @ self._tool_xyz_m
        return joint_positions, tool, rotation @ self._tool_rotation

    def tool_pose(self, positions_rad: Array) -> Pose:
        """Return the tool's pose in the base frame at joint positions of shape (joints,)."""
        _, position, rotation = self.place(positions_rad[None])
        return Pose(position[0], quaternion_from_matrix(rotation[0]))


def _cross_matrix(axis: Array) -> Array:
    x, y, z = axis / np.linalg.norm(axis)
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
