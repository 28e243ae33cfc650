"""The arm driver above every device: connects, follows, watches, holds, loses, connects again."""

from __future__ import annotations

import contextlib

import numpy as np

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.drivers.device import FIRMWARE_FAULT, ArmDevice, ArmReading
from robomatrix_py.safety.set_point import ArmSetPoint


class DeviceArmDriver:
    """Drives one arm through its device. One thread calls it, at the device's rate.

    What was commanded before a loss or a fault is forgotten with it: afterwards the arm holds where it is found.

    Args:
        robot: The robot.
        device: Its wire.
        config: Deadlines.
    """

    def __init__(self, robot: RobotDescription, device: ArmDevice, config: DriverConfig) -> None:
        self._robot = robot
        self._device = device
        self._config = config
        self._names = (*robot.joint_names, *robot.gripper.joints)
        self._set_point: ArmSetPoint | None = None
        self._trouble = DriverStatus(DriverMode.DISCONNECTED, "connecting for the first time")
        self._retry_s = -np.inf
        self._heard_s: float | None = None
        self._silence = ""
        self._state: JointState | None = None

    @property
    def identity(self) -> str:
        """What device it drives; empty before the first connection."""
        return self._device.identity

    @property
    def status(self) -> DriverStatus:
        """How it is."""
        set_point = self._set_point
        return self._trouble if set_point is None else set_point.status

    @property
    def targets(self) -> Array | None:
        """Newest joint targets and opening, shape (joints + 1,), or None while there is no device."""
        return None if self._set_point is None else self._set_point.targets

    def command(self, command: JointCommand, now_s: float) -> str:
        """Take new targets in; return why they are refused, or an empty text."""
        return self._refusal() if self._set_point is None else self._set_point.command(command, now_s)

    def command_gripper(self, opening: float, reach_in_s: float, now_s: float) -> str:
        """Take a new opening in; return why it is refused, or an empty text."""
        if self._set_point is None:
            return self._refusal()
        return self._set_point.command_gripper(opening, reach_in_s, now_s)

    def command_arm(self, names: tuple[str, ...], positions_rad: Array, reach_in_s: float, now_s: float) -> str:
        """Take new joint targets in; return why they are refused, or an empty text."""
        if self._set_point is None:
            return self._refusal()
        return self._set_point.command_arm(names, positions_rad, reach_in_s, now_s)

    def update(self, now_s: float) -> None:
        """Send the set point of this instant and take in what the arm says; connect where it is not connected."""
        if self._set_point is None:
            if now_s >= self._retry_s:
                self._connect(now_s)
            return
        if self._heard_s is None:
            # Connecting took its time: silence counts from here.
            self._heard_s = now_s
        try:
            targets, velocities = self._set_point.update(now_s)
            self._device.write(targets[:-1], velocities, float(targets[-1]), now_s)
            reading = self._device.read(now_s)
        except StaleDataError as error:
            self._silence = str(error)
            reading = None
        except DeviceError as error:
            self._lose(_trouble(error), now_s)
            return
        if reading is not None and not _is_finite(reading):
            self._silence = f"{self._robot.name}: a reading is not finite [STALE.NOT_FINITE]"
            reading = None
        if reading is not None:
            self._take(reading, now_s)
        elif now_s - self._heard_s > self._config.silence_max_s:
            silent_ms = 1e3 * (now_s - self._heard_s)
            reason = f"no good answer for {silent_ms:.0f} ms: {self._silence or 'nothing came'}"
            self._lose(DriverStatus(DriverMode.DISCONNECTED, reason), now_s)

    def read(self, now_s: float) -> JointState | None:  # noqa: ARG002  an interface: the reading bears its own time
        """Return a joint state if there is a new one."""
        state, self._state = self._state, None
        return state

    def hold(self) -> None:
        """Hold the set point of the newest update, wherever it was on its way to."""
        if self._set_point is not None:
            self._set_point.hold()

    def close(self) -> None:
        """Hold and let go of the device; it keeps its torque. A further update connects again."""
        if self._set_point is not None:
            self._set_point.hold()
            held = self._set_point.targets
            # One that has gone already holds by its own means.
            with contextlib.suppress(DeviceError, StaleDataError):
                self._device.write(held[:-1], np.zeros(len(held) - 1), float(held[-1]), 0.0)
        self._forget(DriverStatus(DriverMode.DISCONNECTED, "closed: the arm holds its position"))
        self._device.close()

    def _connect(self, now_s: float) -> None:
        try:
            held = self._device.open(now_s)
        except (DeviceError, StaleDataError) as error:
            self._lose(_trouble(error), now_s)
            return
        self._set_point = ArmSetPoint(self._robot, held, self._config.command_timeout_s)

    def _take(self, reading: ArmReading, now_s: float) -> None:
        if reading.fault:
            self._lose(DriverStatus(DriverMode.FAULT, reading.fault), now_s)
            return
        self._heard_s, self._silence = now_s, ""
        gripper = self._robot.gripper
        count = len(gripper.joints)
        self._state = JointState(
            names=self._names,
            positions=np.append(reading.positions_rad, [gripper.finger_m(reading.gripper_opening)] * count),
            velocities=np.append(reading.velocities_rad_s, [gripper.finger_m(reading.gripper_speed_per_s)] * count),
            efforts=np.append(reading.efforts_nm, [reading.gripper_force_n] * count),
            received_s=now_s,
        )

    def _lose(self, trouble: DriverStatus, now_s: float) -> None:
        self._forget(trouble)
        self._device.drop()
        self._retry_s = now_s + self._config.retry_s

    def _forget(self, trouble: DriverStatus) -> None:
        self._trouble = trouble
        self._set_point = None
        self._heard_s, self._silence, self._state = None, "", None

    def _refusal(self) -> str:
        return f"{self._trouble.mode}: {self._trouble.reason}"


def _trouble(error: DeviceError | StaleDataError) -> DriverStatus:
    fault = error.code.endswith(FIRMWARE_FAULT)
    return DriverStatus(DriverMode.FAULT if fault else DriverMode.DISCONNECTED, str(error))


def _is_finite(reading: ArmReading) -> bool:
    vectors = (reading.positions_rad, reading.velocities_rad_s, reading.efforts_nm)
    scalars = (reading.gripper_opening, reading.gripper_speed_per_s, reading.gripper_force_n)
    return all(bool(np.isfinite(vector).all()) for vector in vectors) and bool(np.isfinite(scalars).all())
