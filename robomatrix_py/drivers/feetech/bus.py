"""A bus of Feetech STS servos (STS3215 and its kin).

Registers: Feetech, memory table of the STS series. 4096 steps a turn, 2048 in the middle.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection, Mapping

from robomatrix_py.drivers.feetech.packet import (
    BROADCAST,
    READ,
    SYNC_READ,
    SYNC_WRITE,
    WRITE,
    FeetechCodec,
    encode,
    signed,
    unsigned,
)
from robomatrix_py.drivers.serial_port import SerialPort
from robomatrix_py.drivers.servo_arm import ServoState
from robomatrix_py.drivers.servo_bus import ServoBus
from robomatrix_py.drivers.servo_link import Reply

MODEL, OPERATING_MODE, TORQUE_ENABLE, GOAL_POSITION, TORQUE_LIMIT, PRESENT = 3, 33, 40, 42, 48, 56
_PRESENT_BYTES = 6
_SIGN_BIT, _LOAD_SIGN_BIT = 15, 10
_LOAD_UNIT = 1e-3
_TORQUE_FULL = 1000
_POSITION_MODE = 0
_STEPS, _MIDDLE = 4096, 2048
_RAD_PER_STEP = 2.0 * math.pi / _STEPS
_FAULTS = {
    0: "a voltage out of its range",
    1: "a broken angle sensor",
    2: "overheating",
    3: "too much current",
    4: "an angle out of its range",
    5: "overload",
}


class FeetechBus(ServoBus):
    """Speaks to the servos.

    Args:
        address: Serial port.
        baud: Bits per second.

    Raises:
        EnvironmentFault: pyserial is not installed.
    """

    def __init__(self, address: str, baud: int) -> None:
        super().__init__(SerialPort(address, baud, "feetech"), FeetechCodec(), MODEL)

    def unfit(self, servo: int, shadow: int) -> str:
        """Return why a servo cannot be used as it is set up, or an empty text."""
        if shadow:
            return "is to have a shadow, which this family cannot"
        mode = self._read(servo, OPERATING_MODE, 1)[0]
        return "" if mode == _POSITION_MODE else f"is in operating mode {mode}, not in position mode ({_POSITION_MODE})"

    def states(self, servos: Collection[int]) -> dict[int, ServoState]:
        """Return the state of each servo that answers."""
        return {servo: _state(reply) for servo, reply in self._read_all(servos, PRESENT, _PRESENT_BYTES).items()}

    def held_goal(self, servo: int) -> float | None:
        """Return the goal in rad that a servo holds with torque, or None where it has no torque."""
        torque, _, goal = struct.unpack("<BBH", self._read(servo, TORQUE_ENABLE, 4))
        return _rad(goal) if torque == 1 else None

    def limit_torque(self, servo: int, share: float) -> None:
        """Limit the torque that a servo may use, until its power is switched off."""
        self._write(servo, TORQUE_LIMIT, struct.pack("<H", round(share * _TORQUE_FULL)))

    def write_goals(self, goals_rad: Mapping[int, float]) -> None:
        """Set the goals of servos, all at once; nobody answers."""
        records = b"".join(struct.pack("<BH", servo, _steps(goal)) for servo, goal in goals_rad.items())
        self._link.send(encode(BROADCAST, SYNC_WRITE, bytes([GOAL_POSITION, 2]) + records))

    def enable_torque(self, servo: int) -> None:
        """Switch the torque on."""
        self._write(servo, TORQUE_ENABLE, b"\x01")

    def _read_request(self, servo: int, register: int, count: int) -> bytes:
        return encode(servo, READ, bytes([register, count]))

    def _read_all_request(self, servos: Collection[int], register: int, count: int) -> bytes:
        return encode(BROADCAST, SYNC_READ, bytes([register, count, *servos]))

    def _write(self, servo: int, address: int, data: bytes) -> None:
        self._link.insist(encode(servo, WRITE, bytes([address]) + data), servo, 0, f"setting register {address}")


def _state(reply: Reply) -> ServoState:
    position, speed, load = struct.unpack("<HHH", reply.data)
    return ServoState(
        position_rad=_rad(position),
        velocity_rad_s=signed(speed, _SIGN_BIT) * _RAD_PER_STEP,
        load=signed(load, _LOAD_SIGN_BIT) * _LOAD_UNIT,
        fault=" and ".join(text for bit, text in _FAULTS.items() if reply.error >> bit & 1),
    )


def _rad(steps: int) -> float:
    return (signed(steps, _SIGN_BIT) - _MIDDLE) * _RAD_PER_STEP


def _steps(angle_rad: float) -> int:
    return unsigned(round(angle_rad / _RAD_PER_STEP) + _MIDDLE, _SIGN_BIT) & 0xFFFF
