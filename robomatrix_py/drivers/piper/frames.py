"""Frames of the Piper's CAN protocol, V2. Numbers are big endian.

Source: AgileX Robotics, piper_sdk 0.6.2, descriptions of its messages.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.drivers.can_link import CanFrame

STATUS = 0x2A1
JOINTS = (0x2A5, 0x2A6, 0x2A7)
GRIPPER = 0x2A8
MOTOR_FAST = tuple(range(0x251, 0x257))
MOTOR_SLOW = tuple(range(0x261, 0x267))
MODE_COMMAND = 0x151
JOINT_COMMANDS = (0x155, 0x156, 0x157)
GRIPPER_COMMAND = 0x159
ENABLE_COMMAND = 0x471

CAN_CONTROL, MOVE_J = 1, 1
TEACHING, LINKAGE = 2, 6
ENABLED_BIT = 6
ARM_STATUS = {
    1: "emergency stop",
    2: "no solution",
    3: "a singularity",
    4: "a target beyond a limit",
    5: "a joint that does not answer",
    6: "a brake that is not released",
    7: "a collision",
    8: "too much speed while being guided",
    9: "an abnormal joint",
    10: "another fault",
    14: "an overheated controller",
    15: "an overheated resistor",
}
_RAD = math.radians(1e-3)
_SPEED_PERCENT = 100
_ALL_MOTORS, _ENABLE = 0xFF, 2
_GRIPPER_M = 1e-6
_GRIPPER_NM = 1e-3


def joint_pair(data: bytes) -> tuple[float, float]:
    """Return the two joint angles of a feedback frame, rad."""
    first, second = struct.unpack(">ii", data)
    return first * _RAD, second * _RAD


def motor_speed(data: bytes) -> float:
    """Return the speed of a motor's fast frame, rad/s."""
    (speed,) = struct.unpack_from(">h", data)
    return float(speed) * 1e-3


def gripper(data: bytes) -> tuple[float, float]:
    """Return the stroke in m and the torque in Nm of the gripper's frame."""
    stroke, torque = struct.unpack_from(">ih", data)
    return stroke * _GRIPPER_M, torque * _GRIPPER_NM


def is_enabled(data: bytes) -> bool:
    """Return whether a motor's slow frame says that it has torque."""
    return bool(data[5] >> ENABLED_BIT & 1)


def enable() -> CanFrame:
    """Return the frame that switches all motors on."""
    return CanFrame(ENABLE_COMMAND, bytes([_ALL_MOTORS, _ENABLE, 0, 0, 0, 0, 0, 0]))


def set_point(positions_rad: Array, stroke_m: float, torque_nm: float) -> list[CanFrame]:
    """Return the frames of a set point: control mode, three pairs of joints, gripper."""
    angles = np.rint(positions_rad / _RAD).astype(int).tolist()
    pairs = [struct.pack(">ii", *angles[i : i + 2]) for i in (0, 2, 4)]
    stroke = struct.pack(">ihBB", round(stroke_m / _GRIPPER_M), round(torque_nm / _GRIPPER_NM), 1, 0)
    return [
        CanFrame(MODE_COMMAND, bytes([CAN_CONTROL, MOVE_J, _SPEED_PERCENT, 0, 0, 0, 0, 0])),
        *(CanFrame(number, pair) for number, pair in zip(JOINT_COMMANDS, pairs, strict=True)),
        CanFrame(GRIPPER_COMMAND, stroke),
    ]
