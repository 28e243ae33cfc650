"""Between the angles of a device's own encoders and the joint angles of the robot's description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from robomatrix_py.contracts.geometry import Array

_OFFSET_MAX_RAD = 2.0 * np.pi


@dataclass(frozen=True)
class JointCalibration:
    """How one joint's encoder stands to the joint: encoder = offset + sign * joint.

    Args:
        offset_rad: What the encoder reads while the joint is at zero.
        sign: 1 where both count the same way, otherwise -1.
    """

    offset_rad: float = 0.0
    sign: int = 1

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not abs(self.offset_rad) <= _OFFSET_MAX_RAD:
            raise ValueError(f"offset_rad is {self.offset_rad}; permitted: -2 pi to 2 pi")
        if self.sign not in (1, -1):
            raise ValueError(f"sign is {self.sign}; permitted: 1 or -1")


@dataclass(frozen=True)
class GripperCalibration:
    """What the gripper's own encoder reads, in the device's unit.

    Args:
        closed: While it is closed on nothing.
        open: While it is fully open.
    """

    closed: float = 0.0
    open: float = 1.0

    def __post_init__(self) -> None:
        """Check that there is a stroke."""
        if not 1e-6 < abs(self.open - self.closed) < float("inf"):
            raise ValueError(f"open is {self.open} and closed is {self.closed}: they must differ")

    def opening(self, reading: float) -> float:
        """Return the opening, 0 to 1, of an encoder reading."""
        return (reading - self.closed) / (self.open - self.closed)

    def reading(self, opening: float) -> float:
        """Return the encoder reading of an opening."""
        return self.closed + opening * (self.open - self.closed)


@dataclass(frozen=True)
class Calibration:
    """What was measured of one arm: `calibration.yaml`.

    Args:
        measured: When and how, for people.
        joints: By joint name; a joint that is not named has encoder and joint alike.
        gripper: The gripper.
    """

    measured: str
    joints: dict[str, JointCalibration] = field(default_factory=dict)
    gripper: GripperCalibration = GripperCalibration()


class JointMap:
    """Converts whole vectors in joint order.

    Args:
        names: Joint names, in order.
        joints: Calibration by joint name.
    """

    def __init__(self, names: tuple[str, ...], joints: Mapping[str, JointCalibration]) -> None:
        if unknown := sorted(set(joints) - set(names)):
            raise ValueError(f"joints {unknown} are unknown; permitted: {list(names)}")
        each = [joints.get(name, JointCalibration()) for name in names]
        self._offset_rad = np.array([joint.offset_rad for joint in each])
        self._sign = np.array([float(joint.sign) for joint in each])

    def to_joint(self, encoder_rad: Array) -> Array:
        """Return joint positions of encoder positions, rad, shape (joints,)."""
        positions: Array = self._sign * (encoder_rad - self._offset_rad)
        return positions

    def to_encoder(self, joint_rad: Array) -> Array:
        """Return encoder positions of joint positions, rad, shape (joints,)."""
        positions: Array = self._offset_rad + self._sign * joint_rad
        return positions

    def turned(self, values: Array) -> Array:
        """Return velocities or torques, which know a sign but no offset; the way there and back are the same."""
        result: Array = self._sign * values
        return result
