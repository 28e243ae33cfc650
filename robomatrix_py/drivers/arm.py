"""The arm driver above every device: connects, follows, watches, holds, loses, connects again."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.drivers.connection import Connection
from robomatrix_py.drivers.device import ArmDevice, ArmReading
from robomatrix_py.drivers.device_driver import DeviceDriver
from robomatrix_py.safety.set_point import ArmSetPoint


class DeviceArmDriver(DeviceDriver[JointCommand, JointState]):
    """Drives one arm through its device. One thread calls it, at the device's rate.

    What was commanded before a loss or a fault is forgotten with it: afterwards the arm holds where it is found.

    Args:
        robot: The robot.
        device: Its wire.
        config: Deadlines.
    """

    _device: ArmDevice
    _connection: Connection[Array, ArmReading]
    _set_point: ArmSetPoint | None

    def __init__(self, robot: RobotDescription, device: ArmDevice, config: DriverConfig) -> None:
        super().__init__(robot.name, device, config)
        self._robot = robot
        self._names = (*robot.joint_names, *robot.gripper.joints)

    @property
    def targets(self) -> Array | None:
        """Newest joint targets and opening, shape (joints + 1,), or None while there is no device."""
        return None if self._set_point is None else self._set_point.targets

    def command_gripper(self, opening: float, reach_in_s: float, now_s: float) -> str:
        """Take a new opening in; return why it is refused, or an empty text."""
        if self._set_point is None:
            return self._connection.refusal
        return self._set_point.command_gripper(opening, reach_in_s, now_s)

    def command_arm(self, names: tuple[str, ...], positions_rad: Array, reach_in_s: float, now_s: float) -> str:
        """Take new joint targets in; return why they are refused, or an empty text."""
        if self._set_point is None:
            return self._connection.refusal
        return self._set_point.command_arm(names, positions_rad, reach_in_s, now_s)

    def update(self, now_s: float) -> None:
        """Send the set point of this instant and take in what the arm says; connect where it is not connected."""
        if self._set_point is None:
            held = self._connection.open(now_s)
            if held is not None:
                self._set_point = ArmSetPoint(self._robot, held, self._config.command_timeout_s)
            return
        targets, velocities = self._set_point.update(now_s)
        reading = self._connection.exchange(
            lambda: self._device.write(targets[:-1], velocities, float(targets[-1]), now_s), now_s
        )
        if not self._connection.connected:
            self._set_point, self._state = None, None
        elif reading is not None:
            self._state = self._joint_state(reading, now_s)

    def close(self) -> None:
        """Hold and let go of the device; it keeps its torque. A further update connects again."""
        self.hold()
        held = self.targets
        self._set_point, self._state = None, None
        self._connection.close(lambda: self._keep(held), "closed: the arm holds its position")

    def _keep(self, held: Array | None) -> None:
        if held is not None:
            self._device.write(held[:-1], np.zeros(len(held) - 1), float(held[-1]), 0.0)

    def _joint_state(self, reading: ArmReading, now_s: float) -> JointState:
        gripper = self._robot.gripper
        count = len(gripper.joints)
        return JointState(
            names=self._names,
            positions=np.append(reading.positions_rad, [gripper.finger_m(reading.gripper_opening)] * count),
            velocities=np.append(reading.velocities_rad_s, [gripper.finger_m(reading.gripper_speed_per_s)] * count),
            efforts=np.append(reading.efforts_nm, [reading.gripper_force_n] * count),
            received_s=now_s,
        )
