"""The base driver above every device: connects, follows, watches, stands still, loses, connects again."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import BaseState, RangeScan
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.drivers.connection import Connection
from robomatrix_py.drivers.device import BaseDevice, BaseReading
from robomatrix_py.drivers.device_driver import DeviceDriver
from robomatrix_py.safety.base_set_point import BaseSetPoint


class DeviceBaseDriver(DeviceDriver[BaseCommand, BaseState]):
    """Drives one base through its device. One thread calls it, at the device's rate.

    A base holds by a velocity of zero, which is sent again and again. What was commanded before a loss or a fault is
    forgotten with it. Odometry goes on where it was: a device that comes back with another origin moves nothing.

    Args:
        robot: The robot; it has a base.
        device: Its wire.
        config: Deadlines.

    Raises:
        ConfigError: The robot has no base.
    """

    _device: BaseDevice
    _connection: Connection[Pose, BaseReading]
    _set_point: BaseSetPoint | None

    def __init__(self, robot: RobotDescription, device: BaseDevice, config: DriverConfig) -> None:
        if robot.base is None:
            raise ConfigError(f"{robot.name} has no base", where="robot")
        super().__init__(robot.name, device, config)
        self._base = robot.base
        self._pose_in_odom = Pose.at(0.0, 0.0, 0.0)
        self._pose_origin_in_odom = self._pose_in_odom
        self._scan: RangeScan | None = None

    def update(self, now_s: float) -> None:
        """Send the velocity of this instant and take in what the base says; connect where it is not connected."""
        if self._set_point is None:
            held = self._connection.open(now_s)
            if held is not None:
                self._set_point = BaseSetPoint(self._base, self._config.command_timeout_s)
                self._pose_origin_in_odom = self._pose_in_odom @ held.inverse()
            return
        velocity = self._set_point.update(now_s)
        reading = self._connection.exchange(lambda: self._device.write(velocity, now_s), now_s)
        if not self._connection.connected:
            self._set_point, self._state, self._scan = None, None, None
        elif reading is not None:
            self._pose_in_odom = self._pose_origin_in_odom @ reading.pose_in_odometry
            self._state = BaseState(self._pose_in_odom, reading.velocity, now_s)
            ranging = self._base.ranging
            if reading.ranges_m is not None and ranging is not None:
                self._scan = RangeScan(ranging.angles_rad, reading.ranges_m, self._pose_in_odom, now_s)

    def scan(self, now_s: float) -> RangeScan | None:  # noqa: ARG002  an interface: the turn bears its own time
        """Return a turn of ranges if there is a new one."""
        scan, self._scan = self._scan, None
        return scan

    def close(self) -> None:
        """Stand still and let go of the device. A further update connects again."""
        self._set_point, self._state, self._scan = None, None, None
        self._connection.close(lambda: self._device.write(np.zeros(3), 0.0), "closed: the base stands still")
