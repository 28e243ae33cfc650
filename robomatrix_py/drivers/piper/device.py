"""A Piper arm: it sends its state two hundred times a second by itself, and follows joint angles."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.calibration import Calibration, JointMap
from robomatrix_py.drivers.can_link import CanLink
from robomatrix_py.drivers.device import ArmReading, firmware_fault
from robomatrix_py.drivers.piper import frames

_LISTEN_S = 0.6
_ENABLE_S = 2.0
_SLICE_S = 0.02
_JOINTS = 6
_STATE = {frames.STATUS, frames.GRIPPER, *frames.JOINTS, *frames.MOTOR_SLOW}
_FOREIGN = {frames.MODE_COMMAND, *frames.JOINT_COMMANDS}


@dataclass(frozen=True)
class PiperConfig:
    """How the arm is reached: `device.yaml`.

    Args:
        address: CAN interface such as ``can0``, or the serial port of an slcan adapter.
        bitrate: Bits per second.
        rate_hz: Set points a second.
        gripper_torque_nm: Torque that the gripper may use.
    """

    address: str
    bitrate: int = 1_000_000
    rate_hz: float = 100.0
    gripper_torque_nm: float = 1.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 20.0 <= self.rate_hz <= 200.0:
            raise ValueError(f"rate_hz is {self.rate_hz}; permitted: 20 to 200")
        if not 0.1 <= self.gripper_torque_nm <= 5.0:
            raise ValueError(f"gripper_torque_nm is {self.gripper_torque_nm}; permitted: 0.1 to 5")


class PiperDevice:
    """One arm.

    Args:
        robot: The robot.
        config: How it is reached.
        calibration: Its calibration; the gripper's is in metres of stroke.
        link: The bus.
    """

    def __init__(self, robot: RobotDescription, config: PiperConfig, calibration: Calibration, link: CanLink) -> None:
        self._config = config
        self._where = f"{robot.name} on {config.address}"
        self._map = JointMap(robot.joint_names, calibration.joints)
        self._gripper = calibration.gripper
        self._link = link
        self._seen: dict[int, bytes] = {}
        self._new: set[int] = set()
        self._identity = ""

    @property
    def identity(self) -> str:
        """Which device it is."""
        return self._identity

    def probe(self) -> str:
        """Listen, and say what the arm says.

        Raises:
            DeviceError: It cannot be reached or used.
        """
        self._listen()
        angles = ", ".join(f"{angle:.2f}" for angle in self._positions())
        return f"{self._where}; joints in rad: {angles}"

    def open(self, now_s: float) -> Array:  # noqa: ARG002
        """Listen, then hold the arm where it is with torque.

        Raises:
            DeviceError: It cannot be reached or used.
        """
        self._listen()
        held = np.append(self._positions(), self._opening())
        deadline_s = time.monotonic() + _ENABLE_S
        # The target first: a motor that is switched on goes to it.
        while True:
            self._send(held[:-1], float(held[-1]))
            if all(frames.is_enabled(self._seen[number]) for number in frames.MOTOR_SLOW):
                break
            if time.monotonic() > deadline_s:
                motors = [i + 1 for i, n in enumerate(frames.MOTOR_SLOW) if not frames.is_enabled(self._seen[n])]
                raise DeviceError(
                    f"motors {motors} do not switch on",
                    where=self._where,
                    remedy="switch the arm off, wait, and on again; see the robot's guide",
                    code="NO_TORQUE",
                )
            self._link.send([frames.enable()])
            self._take(time.monotonic() + _SLICE_S)
        self._identity = self._where
        return held

    def write(
        self,
        positions_rad: Array,
        velocities_rad_s: Array,  # noqa: ARG002  the arm's own loop takes positions only
        opening: float,
        now_s: float,  # noqa: ARG002
    ) -> None:
        """Send a set point.

        Raises:
            DeviceError: The bus has gone.
        """
        self._send(positions_rad, opening)

    def read(self, now_s: float) -> ArmReading | None:  # noqa: ARG002
        """Return a reading if all joints have been heard of anew.

        Raises:
            DeviceError: The bus has gone.
        """
        self._take(0.0)
        if not self._new.issuperset(frames.JOINTS):
            return None
        self._new.clear()
        speeds = [frames.motor_speed(self._seen.get(number, bytes(8))) for number in frames.MOTOR_FAST]
        return ArmReading(
            positions_rad=self._positions(),
            velocities_rad_s=self._map.turned(np.array(speeds)),
            efforts_nm=np.zeros(_JOINTS),
            gripper_opening=self._opening(),
            fault=self._fault(),
        )

    def close(self) -> None:
        """Let go of the bus; the arm holds its last target with torque."""
        self._link.close()

    def drop(self) -> None:
        """Let go of the bus."""
        self._link.close()

    def _listen(self) -> None:
        self._link.open()
        self._seen, self._new = {}, set()
        deadline_s = time.monotonic() + _LISTEN_S
        while time.monotonic() < deadline_s:
            self._take(deadline_s)
        if not self._seen:
            raise DeviceError(
                "nothing is heard on the bus",
                where=self._where,
                remedy=f"is the arm on, the cable in, and the rate {self._config.bitrate} bit/s?",
                code="NO_ANSWER",
            )
        if missing := sorted(_STATE - set(self._seen)):
            heard = ", ".join(f"0x{number:X}" for number in sorted(self._seen)[:8])
            lacking = ", ".join(f"0x{number:X}" for number in missing)
            raise DeviceError(
                f"no Piper is heard: frames {heard} come, {lacking} do not",
                where=self._where,
                remedy="is this another device's bus? Otherwise choose the right --robot, or update the firmware",
                code="WRONG_MODEL",
            )
        if _FOREIGN & set(self._seen):
            raise DeviceError(
                "another program commands the arm",
                where=self._where,
                remedy="end it: another driver, a leader arm on the same bus, or the maker's tool",
                code="PORT_BUSY",
            )
        if fault := self._fault():
            raise firmware_fault(fault, where=self._where, remedy="see 'Protective stop' in the robot's guide")
        if self._seen[frames.STATUS][0] in (frames.TEACHING, frames.LINKAGE):
            raise DeviceError(
                "it is in teaching mode: only its button may move it",
                where=self._where,
                remedy="press the teaching button once more, so that its light goes out",
                code="PERMISSION",
            )

    def _take(self, deadline_s: float) -> None:
        for frame in self._link.receive(deadline_s):
            if len(frame.data) == 8:
                self._seen[frame.id] = frame.data
                self._new.add(frame.id)

    def _send(self, positions_rad: Array, opening: float) -> None:
        stroke_m = max(0.0, self._gripper.reading(opening))
        torque_nm = self._config.gripper_torque_nm
        self._link.send(frames.set_point(self._map.to_encoder(positions_rad), stroke_m, torque_nm))

    def _positions(self) -> Array:
        pairs = [frames.joint_pair(self._seen[number]) for number in frames.JOINTS]
        return self._map.to_joint(np.array(pairs).ravel())

    def _opening(self) -> float:
        return self._gripper.opening(frames.gripper(self._seen[frames.GRIPPER])[0])

    def _fault(self) -> str:
        code = self._seen[frames.STATUS][1]
        text = frames.ARM_STATUS.get(code, "")
        return f"{self._where}: the arm reports {text}" if text else ""
