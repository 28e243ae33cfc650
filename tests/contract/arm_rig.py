"""What the contract suite needs of an arm."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from double_process import DoubleProcess
from rig import CONFIG, Disturbable, Doubled, Rig, as_nobody

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.driver import ArmDriver
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.arm import DeviceArmDriver
from robomatrix_py.settings.devices import DeviceChoice, DeviceSettings, make_device
from robomatrix_py.settings.robots import load_robot


class ArmRig(Rig):
    """An arm's driver; places are in rad, shape (joints,)."""

    tolerance_rad = 0.02
    # Openings that its gripper can have.
    openings = (0.8, 0.2)

    def __init__(self, robot: RobotDescription) -> None:
        super().__init__(robot)
        self.driver: ArmDriver
        self.goal = robot.home.copy()
        self.opening = 0.5

    @property
    def tolerance(self) -> float:
        return self.tolerance_rad

    def seen(self, state: JointState) -> Array:
        return state.arm_positions_rad(self.robot)

    def swing(self) -> Array:
        away = np.array([(j.position_min_rad + j.position_max_rad) / 2 for j in self.robot.joints]) - self.goal
        return np.where(away >= 0.0, 0.4, -0.4)

    def command(self, goal: Any, **changes: Any) -> str:
        fields: dict[str, Any] = {
            "names": self.robot.joint_names,
            "positions_rad": np.asarray(goal, dtype=float),
            "velocities_rad_s": np.zeros(len(self.robot.joints)),
            "gripper_opening": self.opening,
            "reach_in_s": self.period_s,
        }
        return self.driver.command(JointCommand(**(fields | changes)), self.now_s)

    def lead(self, speed: Array) -> Array:
        return self.goal + speed * self.period_s

    def start_here(self) -> None:
        super().start_here()
        self.goal = self.driver.targets[:-1]  # type: ignore[attr-defined]
        self.opening = float(self.driver.targets[-1])  # type: ignore[attr-defined]


class DeviceRig(Disturbable, ArmRig):
    """An arm at the other end of a wire."""

    def __init__(self, robot_name: str, address: str, calibration: str = "") -> None:
        super().__init__(load_robot(robot_name))
        self.address = address
        self.calibration = calibration
        self.make_driver(address)

    def make_device(self, address: str) -> DeviceChoice:
        """Return the device under test."""
        return make_device(self.robot, "real", DeviceSettings(address, self.calibration))

    def make_driver(self, address: str) -> None:
        if hasattr(self, "driver"):
            self.driver.close()
        choice = self.make_device(address)
        self.period_s = 1.0 / choice.rate_hz
        self.driver = DeviceArmDriver(self.robot, choice.device, CONFIG)
        self.now_s = time.monotonic()


class DoubleRig(Doubled, DeviceRig):
    """An arm whose device is a double in a process of its own.

    Args:
        process: The double.
        robot_name: Folder of the robot.
        address: Where the driver finds it.
        calibration: Calibration file, or empty for the robot's own.
    """

    def __init__(self, process: DoubleProcess, robot_name: str, address: str, calibration: str = "") -> None:
        self.process = process
        super().__init__(robot_name, address, calibration)


class PortRig(DoubleRig):
    """A rig whose double has a port in the file system."""

    def wrong_address(self) -> str:
        return self.address + "-elsewhere"

    @contextmanager
    def forbidden(self) -> Iterator[None]:
        self.ask("forbid", forbidden=True)
        try:
            with as_nobody():
                yield
        finally:
            self.ask("forbid", forbidden=False)
