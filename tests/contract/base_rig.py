"""What the contract suite needs of a base, and every base that the contract holds for."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from rig import CONFIG, Disturbable, InOwnTime, InSimulation, Rig

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.base import BaseDescription
from robomatrix_py.contracts.driver import BaseDriver
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.observation import BaseState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.base import DeviceBaseDriver
from robomatrix_py.drivers.mock.base import MockBaseDevice
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.sim.base_driver import SimBaseDriver


def place_of(pose: Pose) -> Array:
    """Return x and y in m and the heading in rad, shape (3,)."""
    return np.array([*pose.position_m[:2], pose.yaw_rad])


class BaseRig(Rig):
    """A base's driver; places are x, y and heading in the frame of its odometry, shape (3,)."""

    tolerance_m_rad = 0.02

    def __init__(self, robot: RobotDescription) -> None:
        super().__init__(robot)
        self.driver: BaseDriver
        self.goal = np.zeros(3)

    @property
    def tolerance(self) -> float:
        return self.tolerance_m_rad

    @property
    def base(self) -> BaseDescription:
        """The base's limits."""
        assert self.robot.base is not None
        return self.robot.base

    def seen(self, state: BaseState) -> Array:
        return place_of(state.pose_base_in_odom)

    def swing(self) -> Array:
        return np.array([0.2, 0.15, -0.4])

    def command(self, goal: Any, **changes: Any) -> str:
        return self.driver.command(BaseCommand(np.asarray(goal, dtype=float), **changes), self.now_s)

    def lead(self, speed: Array) -> Array:
        step = self.base.acceleration_max * self.period_s
        return self.goal + np.clip(speed - self.goal, -step, step)

    def start_here(self) -> None:
        super().start_here()
        self.goal = np.zeros(3)


class BaseDeviceRig(Disturbable, BaseRig):
    """A base at the other end of a wire."""

    def make_base(self, address: str) -> tuple[DeviceBaseDriver, float]:
        """Return a driver, unconnected, and its rate in Hz."""
        raise NotImplementedError

    def make_driver(self, address: str) -> None:
        if hasattr(self, "driver"):
            self.driver.close()
        self.driver, rate_hz = self.make_base(address)
        self.period_s = 1.0 / rate_hz
        self.goal = np.zeros(3)
        self.now_s = time.monotonic()


class SimBaseRig(InSimulation, BaseRig):
    """A simulated base; its odometry drifts a little."""

    name = "sim_base"
    robot_name, scene = "robomaster_ep", "apartment"
    # Odometry comes at half of the commands' rate.
    reading_share = 0.45

    def __init__(self) -> None:
        super().__init__()
        self.driver = SimBaseDriver(self.world)

    def where(self) -> Array:
        return place_of(self.world.odometry.pose)


class MockBaseRig(InOwnTime, BaseRig):
    """A mocked base."""

    name = "mock_base"
    tolerance_m_rad = 1e-2

    def __init__(self) -> None:
        super().__init__(load_robot("go2_arm"))
        self._device = MockBaseDevice()
        self.driver = DeviceBaseDriver(self.robot, self._device, CONFIG)

    def where(self) -> Array:
        reading = self._device.read(self.now_s)
        assert reading is not None
        return place_of(reading.pose_in_odometry)
