"""Every arm that the contract holds for."""

from __future__ import annotations

import numpy as np
from arm_rig import ArmRig, DeviceRig
from piper_rig import PiperRig
from rig import CONFIG, InOwnTime, InSimulation
from robomaster_rig import RoboMasterArmRig
from ros2_control_rig import Ros2ControlRig
from servo_rig import So101Rig, Vx300sRig
from ur_rig import Ur5eRig
from xarm_rig import Xarm6Rig

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.drivers.arm import DeviceArmDriver
from robomatrix_py.drivers.mock.device import MockArmDevice
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.sim.arm_driver import SimArmDriver


class SimRig(InSimulation, ArmRig):
    """The simulated arm."""

    name = "sim"
    robot_name, scene = "ur5e", "tabletop"

    def __init__(self) -> None:
        super().__init__()
        self.driver = SimArmDriver(self.world)

    def where(self) -> Array:
        positions = self.world.joint_positions()
        return np.array([positions[name] for name in self.robot.joint_names])


class MockRig(InOwnTime, ArmRig):
    """The mocked arm."""

    name = "mock"
    tolerance_rad = 1e-6

    def __init__(self) -> None:
        super().__init__(load_robot("so101"))
        self._device = MockArmDevice(self.robot)
        self.driver = DeviceArmDriver(self.robot, self._device, CONFIG)

    def where(self) -> Array:
        reading = self._device.read(self.now_s)
        assert reading is not None
        return reading.positions_rad


DEVICE_RIGS: tuple[type[DeviceRig], ...] = (
    So101Rig,
    Vx300sRig,
    PiperRig,
    Ur5eRig,
    Xarm6Rig,
    Ros2ControlRig,
    RoboMasterArmRig,
)
