"""Rigid transforms. Quaternions are xyzw, lengths in metres, angles in radians.

A pose is named ``pose_<child>_in_<parent>`` and maps points of the child frame into the parent frame, so
``pose_a_in_c = pose_b_in_c @ pose_a_in_b``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]

_CONJUGATE = np.array([-1.0, -1.0, -1.0, 1.0])
_ROUNDING = 1e-15
_UPRIGHT = 1e-9


def frozen_array(values: npt.ArrayLike, shape: tuple[int, ...] | None = None) -> Array:
    """Return a read-only float64 copy of `values`, or `values` itself if it is such a copy.

    Args:
        values: Anything that numpy can turn into an array.
        shape: The required shape, or None for any.

    Raises:
        ValueError: The shape differs.
    """
    if isinstance(values, np.ndarray) and _is_frozen(values):
        array: Array = values
    else:
        array = np.array(values, dtype=np.float64)
        array.setflags(write=False)
    if shape is not None and array.shape != shape:
        raise ValueError(f"shape {array.shape} given, {shape} needed")
    return array


def _is_frozen(array: npt.NDArray[np.generic]) -> bool:
    return array.dtype == np.float64 and array.base is None and not array.flags.writeable


def wrap_angle(angle_rad: float) -> float:
    """Return `angle_rad` wrapped into (-pi, pi]."""
    return math.pi - (math.pi - angle_rad) % (2.0 * math.pi)


def quaternion_multiply(a_xyzw: Array, b_xyzw: Array) -> Array:
    """Return the Hamilton product of two quaternions (xyzw)."""
    ax, ay, az, aw = a_xyzw.tolist()
    bx, by, bz, bw = b_xyzw.tolist()
    return np.array(
        [
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ]
    )


def quaternion_to_matrix(quaternion_xyzw: npt.ArrayLike) -> Array:
    """Return the 3 x 3 rotation matrix of a unit quaternion (xyzw)."""
    x, y, z, w = np.asarray(quaternion_xyzw, dtype=np.float64).tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_from_matrix(rotation: Array) -> Array:
    """Return the unit quaternion (xyzw) of a 3 x 3 rotation matrix, by Shepperd's method (the largest component)."""
    m = rotation
    x, y, z = np.diagonal(m)
    squares = np.array([1 + x - y - z, 1 - x + y - z, 1 - x - y + z, 1 + x + y + z])
    i = int(squares.argmax())
    if i == 3:
        vector = [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], squares[3]]
    else:
        j, k = (i + 1) % 3, (i + 2) % 3
        vector = [0.0, 0.0, 0.0, m[k, j] - m[j, k]]
        vector[i], vector[j], vector[k] = squares[i], m[j, i] + m[i, j], m[k, i] + m[i, k]
    quaternion: Array = np.array(vector) / np.linalg.norm(vector)
    return quaternion


def rotation_from_rpy(roll_rad: float, pitch_rad: float, yaw_rad: float) -> Array:
    """Return the 3 x 3 matrix of fixed-axis roll, pitch, yaw (the URDF convention, Rz Ry Rx)."""
    cr, sr = math.cos(roll_rad), math.sin(roll_rad)
    cp, sp = math.cos(pitch_rad), math.sin(pitch_rad)
    cy, sy = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def rpy_from_rotation(rotation: Array) -> Array:
    """Return fixed-axis roll, pitch, yaw of a 3 x 3 rotation matrix, shape (3,): the way back of `rotation_from_rpy`.

    Where the pitch is a right angle, roll and yaw turn about one axis; the roll is then 0.
    """
    across = math.hypot(rotation[0, 0], rotation[1, 0])
    pitch = math.atan2(-rotation[2, 0], across)
    if across < _UPRIGHT:
        return np.array([0.0, pitch, math.atan2(-rotation[0, 1], rotation[1, 1])])
    roll, yaw = math.atan2(rotation[2, 1], rotation[2, 2]), math.atan2(rotation[1, 0], rotation[0, 0])
    return np.array([roll, pitch, yaw])


def quaternion_from_yaw(yaw_rad: float) -> Array:
    """Return the quaternion (xyzw) of a turn by `yaw_rad` about z."""
    return np.array([0.0, 0.0, math.sin(yaw_rad / 2), math.cos(yaw_rad / 2)])


@dataclass(frozen=True, eq=False)
class Pose:
    """A rigid transform from a child frame into a parent frame.

    Args:
        position_m: Origin of the child in the parent, shape (3,).
        quaternion_xyzw: Rotation of the child in the parent, unit length, shape (4,).
    """

    position_m: Array
    quaternion_xyzw: Array

    def __post_init__(self) -> None:
        """Freeze the arrays and normalise the rotation."""
        quaternion = frozen_array(self.quaternion_xyzw, (4,))
        norm = math.sqrt(quaternion @ quaternion)
        if not 0.99 < norm < 1.01:
            raise ValueError(f"quaternion of length {norm:.3f}, unit length needed")
        if abs(norm - 1.0) > _ROUNDING:
            quaternion = frozen_array(quaternion / norm)
        object.__setattr__(self, "position_m", frozen_array(self.position_m, (3,)))
        object.__setattr__(self, "quaternion_xyzw", quaternion)

    @staticmethod
    def at(x_m: float, y_m: float, z_m: float, yaw_rad: float = 0.0) -> Pose:
        """Return the pose at a point, turned by `yaw_rad` about z."""
        return Pose(np.array([x_m, y_m, z_m]), quaternion_from_yaw(yaw_rad))

    @cached_property
    def rotation(self) -> Array:
        """The 3 x 3 rotation matrix."""
        return frozen_array(quaternion_to_matrix(self.quaternion_xyzw))

    @property
    def yaw_rad(self) -> float:
        """The turn about the parent's z axis, exact where the child's z axis is the parent's."""
        x, y, z, w = self.quaternion_xyzw.tolist()
        return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))

    def __matmul__(self, other: Pose) -> Pose:
        """Return this pose after `other`."""
        return Pose(
            self.position_m + self.rotation @ other.position_m,
            quaternion_multiply(self.quaternion_xyzw, other.quaternion_xyzw),
        )

    def inverse(self) -> Pose:
        """Return the transform the other way round."""
        conjugate = self.quaternion_xyzw * _CONJUGATE
        return Pose(-(self.rotation.T @ self.position_m), conjugate)

    def transform(self, points_m: npt.ArrayLike) -> Array:
        """Return points of the child frame, shape (3,) or (n, 3), in the parent frame."""
        result: Array = np.asarray(points_m, dtype=np.float64) @ self.rotation.T + self.position_m
        return result


@dataclass(frozen=True, eq=False)
class Box:
    """An axis-aligned box in some frame.

    Args:
        center_m: Centre, shape (3,).
        half_extents_m: Half edge lengths, all positive, shape (3,).
    """

    center_m: Array
    half_extents_m: Array

    def __post_init__(self) -> None:
        """Freeze the arrays and check the extents."""
        object.__setattr__(self, "center_m", frozen_array(self.center_m, (3,)))
        object.__setattr__(self, "half_extents_m", frozen_array(self.half_extents_m, (3,)))
        if not (self.half_extents_m > 0).all():
            raise ValueError(f"half extents {self.half_extents_m.tolist()} must be positive")

    def contains(self, points_m: npt.ArrayLike, margin_m: float = 0.0) -> bool:
        """Return whether all points, shape (3,) or (n, 3), lie inside, grown by `margin_m` on every side."""
        offsets = np.abs(np.asarray(points_m, dtype=np.float64) - self.center_m)
        return bool((offsets <= self.half_extents_m + margin_m).all())
