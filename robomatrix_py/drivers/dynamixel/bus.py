"""A bus of Dynamixel X servos, Protocol 2.0.

Registers and units: ROBOTIS e-Manual, control tables of XM430-W350 and XM540-W270. 4096 steps a turn, 2048 in the
middle; a second servo on the same joint follows by itself, since it listens to the first one's number (secondary ID).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection, Mapping

from robomatrix_py.contracts.errors import StaleDataError
from robomatrix_py.drivers.dynamixel.packet import BROADCAST, READ, SYNC_READ, SYNC_WRITE, WRITE, DynamixelCodec, encode
from robomatrix_py.drivers.serial_port import SerialPort
from robomatrix_py.drivers.servo_arm import ServoState
from robomatrix_py.drivers.servo_bus import ServoBus
from robomatrix_py.drivers.servo_link import Reply

MODEL, OPERATING_MODE, SECONDARY_ID, PWM_LIMIT = 0, 11, 12, 36
TORQUE_ENABLE, HARDWARE_ERROR, GOAL_PWM, GOAL_POSITION, PRESENT = 64, 70, 100, 116, 126
_PRESENT_BYTES = 10
_POSITION_MODES = (3, 4)
_STEPS, _MIDDLE = 4096, 2048
_RAD_PER_STEP = 2.0 * math.pi / _STEPS
_RAD_S_PER_UNIT = 0.229 * 2.0 * math.pi / 60.0
_A_PER_UNIT = 2.69e-3
_ALERT = 0x80
_REFUSED = {
    1: "it failed",
    2: "an unknown instruction",
    3: "a damaged packet",
    4: "a value out of its range",
    5: "a wrong length",
    6: "a value beyond a limit",
    7: "a register that cannot be set now",
}
_FAULTS = {
    0: "a voltage out of its range",
    2: "overheating",
    3: "a broken encoder",
    4: "an electrical shock or too little power",
    5: "overload",
}


class DynamixelBus(ServoBus):
    """Speaks to the servos.

    Args:
        address: Serial port.
        baud: Bits per second.

    Raises:
        EnvironmentFault: pyserial is not installed.
    """

    def __init__(self, address: str, baud: int) -> None:
        super().__init__(SerialPort(address, baud, "dynamixel"), DynamixelCodec(), MODEL)

    def unfit(self, servo: int, shadow: int) -> str:
        """Return why a servo cannot be used as it is set up, or an empty text."""
        mode = self._read(servo, OPERATING_MODE, 1)[0]
        if mode not in _POSITION_MODES:
            return f"is in operating mode {mode}, not in a position mode (3 or 4)"
        if shadow and (listens := self._read(shadow, SECONDARY_ID, 1)[0]) != servo:
            return f"shares its joint with servo {shadow}, whose secondary ID is {listens}: they would fight"
        return ""

    def states(self, servos: Collection[int]) -> dict[int, ServoState]:
        """Return the state of each servo that answers."""
        replies = self._read_all(servos, PRESENT, _PRESENT_BYTES)
        return {servo: _state(reply, self._fault(reply)) for servo, reply in replies.items()}

    def held_goal(self, servo: int) -> float | None:
        """Return the goal in rad that a servo holds with torque, or None where it has no torque."""
        if self._read(servo, TORQUE_ENABLE, 1)[0] != 1:
            return None
        (goal,) = struct.unpack("<i", self._read(servo, GOAL_POSITION, 4))
        return _rad(goal)

    def limit_torque(self, servo: int, share: float) -> None:
        """Limit the voltage, and with it the torque, that a servo may use, until its power is switched off."""
        (full,) = struct.unpack("<H", self._read(servo, PWM_LIMIT, 2))
        self._write(servo, GOAL_PWM, struct.pack("<h", round(share * full)))

    def write_goals(self, goals_rad: Mapping[int, float]) -> None:
        """Set the goals of servos, all at once; nobody answers."""
        records = b"".join(struct.pack("<Bi", servo, _steps(goal)) for servo, goal in goals_rad.items())
        self._link.send(encode(BROADCAST, SYNC_WRITE, struct.pack("<HH", GOAL_POSITION, 4) + records))

    def enable_torque(self, servo: int) -> None:
        """Switch the torque on."""
        self._write(servo, TORQUE_ENABLE, b"\x01")

    def _read_request(self, servo: int, register: int, count: int) -> bytes:
        return encode(servo, READ, struct.pack("<HH", register, count))

    def _read_all_request(self, servos: Collection[int], register: int, count: int) -> bytes:
        return encode(BROADCAST, SYNC_READ, struct.pack("<HH", register, count) + bytes(servos))

    def _write(self, servo: int, address: int, data: bytes) -> None:
        request = encode(servo, WRITE, struct.pack("<H", address) + data)
        reply = self._link.insist(request, servo, 0, f"setting register {address}")
        if refused := reply.error & ~_ALERT:
            why = _REFUSED.get(refused, f"error {refused}")
            raise StaleDataError(f"servo {servo} refuses register {address}: {why}", where=self.address, code="REFUSED")

    def _fault(self, reply: Reply) -> str:
        if not reply.error & _ALERT:
            return ""
        bits = self._read(reply.servo, HARDWARE_ERROR, 1)[0]
        known = " and ".join(text for bit, text in _FAULTS.items() if bits >> bit & 1)
        return f"{known or f'hardware error {bits}'}; it has no torque until it is switched off and on"


def _state(reply: Reply, fault: str) -> ServoState:
    current, speed, position = struct.unpack("<hii", reply.data)
    return ServoState(_rad(position), speed * _RAD_S_PER_UNIT, current * _A_PER_UNIT, fault)


def _rad(steps: int) -> float:
    return (steps - _MIDDLE) * _RAD_PER_STEP


def _steps(angle_rad: float) -> int:
    return round(angle_rad / _RAD_PER_STEP) + _MIDDLE
