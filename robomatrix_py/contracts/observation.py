"""What sensors say, addressed by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.robot import RobotDescription


@dataclass(frozen=True, eq=False)
class JointState:
    """Joint positions and velocities as received.

    Args:
        names: Joint names, arm and fingers.
        positions: rad, or m for sliding joints, shape (len(names),).
        velocities: rad/s, or m/s for sliding joints, shape (len(names),).
        efforts: Nm, or N for sliding joints, shape (len(names),); a gripper's closing force is positive.
        received_s: Receiver's monotonic time.
    """

    names: tuple[str, ...]
    positions: Array
    velocities: Array
    efforts: Array
    received_s: float

    def arm_positions_rad(self, robot: RobotDescription) -> Array:
        """Return the arm's positions in the robot's joint order, shape (joints,).

        Raises:
            KeyError: A joint is missing.
        """
        return self._pick(self.positions, robot.joint_names)

    def arm_velocities_rad_s(self, robot: RobotDescription) -> Array:
        """Return the arm's velocities in the robot's joint order, shape (joints,).

        Raises:
            KeyError: A joint is missing.
        """
        return self._pick(self.velocities, robot.joint_names)

    def gripper_opening(self, robot: RobotDescription) -> float:
        """Return the measured opening, 0 closed to 1 open.

        Raises:
            KeyError: A finger joint is missing.
        """
        fingers = self._pick(self.positions, robot.gripper.joints)
        return robot.gripper.opening_from_joints(dict(zip(robot.gripper.joints, fingers, strict=True)))

    def gripper_speed_per_s(self, robot: RobotDescription) -> float:
        """Return the change of opening per second.

        Raises:
            KeyError: A finger joint is missing.
        """
        return float(self._pick(self.velocities, robot.gripper.joints).sum() / robot.gripper.stroke_m)

    def gripper_force_n(self, robot: RobotDescription) -> float:
        """Return the force between the pads, positive while closing.

        Raises:
            KeyError: A finger joint is missing.
        """
        return float(self._pick(self.efforts, robot.gripper.joints).max())

    def _pick(self, values: Array, names: tuple[str, ...]) -> Array:
        index = {name: i for i, name in enumerate(self.names)}
        return np.array([values[index[name]] for name in names])


@dataclass(frozen=True, eq=False)
class BaseState:
    """Where a base believes to be, by its odometry, and how it moves.

    Args:
        pose_base_in_odom: Its pose in the frame in which it stood at the start (REP 105 `odom`); it drifts.
        velocity: Forward and left in m/s, turning left in rad/s, in the base's own frame, shape (3,).
        received_s: Receiver's monotonic time.
    """

    pose_base_in_odom: Pose
    velocity: Array
    received_s: float


@dataclass(frozen=True, eq=False)
class RangeScan:
    """One turn of a ranging sensor.

    Args:
        angles_rad: Directions in the base's frame, 0 ahead, growing to the left, shape (n,).
        ranges_m: Distances from the base's origin, infinite where nothing is near, shape (n,).
        pose_base_in_odom: Where the base believed to be when it was taken.
        received_s: Receiver's monotonic time.
    """

    angles_rad: Array
    ranges_m: Array
    pose_base_in_odom: Pose
    received_s: float


@dataclass(frozen=True, eq=False)
class CameraImage:
    """One picture of one camera.

    Args:
        camera: Camera name.
        color: RGB, uint8, shape (H, W, 3), or None where only depth was asked for.
        depth_m: Distance along the optical axis, float32, shape (H, W), or None.
        received_s: Receiver's monotonic time.
    """

    camera: str
    color: npt.NDArray[np.uint8] | None
    depth_m: npt.NDArray[np.float32] | None
    received_s: float


@dataclass(frozen=True)
class Observation:
    """All that a skill may look at in one control step.

    Args:
        joints: Newest joint state.
        images: Newest image by camera name.
    """

    joints: JointState
    images: Mapping[str, CameraImage]
