"""Every arm that the contract holds for."""

from __future__ import annotations

import numpy as np
from arm_rig import ArmRig, DeviceRig
from piper_rig import PiperRig
from rig import CONFIG
from robomaster_rig import RoboMasterArmRig
from ros2_control_rig import Ros2ControlRig
from servo_rig import So101Rig, Vx300sRig
from ur_rig import Ur5eRig
from xarm_rig import Xarm6Rig

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.drivers.arm import DeviceArmDriver
from robomatrix_py.drivers.mock.device import MockArmDevice
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.settings import resolve
from robomatrix_py.sim.arm_driver import SimArmDriver
from robomatrix_py.sim.world import SimWorld


class SimRig(ArmRig):
    """The simulated arm, in simulated time."""

    name = "sim"
    real_time = False

    def __init__(self) -> None:
        settings = resolve([])
        super().__init__(settings.load_robot())
        self._world = SimWorld(self.robot, settings.model_file, settings.sim_config())
        self.driver = SimArmDriver(self._world)
        self.now_s = 0.0

    def where(self) -> Array:
        positions = self._world.joint_positions()
        return np.array([positions[name] for name in self.robot.joint_names])

    def advance(self) -> None:
        for i in range(1, 6):
            self._world.step()
            if i < 5:
                self.driver.update(self.now_s + i * 0.002)
        self.now_s += self.period_s


class MockRig(ArmRig):
    """The mocked arm, in a time of its own."""

    name = "mock"
    real_time = False
    tolerance_rad = 1e-6

    def __init__(self) -> None:
        super().__init__(load_robot("so101"))
        self._device = MockArmDevice(self.robot)
        self.driver = DeviceArmDriver(self.robot, self._device, CONFIG)
        self.now_s = 0.0

    def where(self) -> Array:
        reading = self._device.read(self.now_s)
        assert reading is not None
        return reading.positions_rad

    def advance(self) -> None:
        self.now_s += self.period_s


DEVICE_RIGS: tuple[type[DeviceRig], ...] = (
    So101Rig,
    Vx300sRig,
    PiperRig,
    Ur5eRig,
    Xarm6Rig,
    Ros2ControlRig,
    RoboMasterArmRig,
)
