"""Rigs of a RoboMaster EP: the driver on the text protocol, the robot's double in another process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import numpy as np
from base_rig import BaseDeviceRig
from double_process import DoubleProcess
from rig import CONFIG, Doubled
from ur_rig import TcpRig

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.drivers.base import DeviceBaseDriver
from robomatrix_py.drivers.calibration import Calibration
from robomatrix_py.drivers.robomaster.arm import RoboMasterArm
from robomatrix_py.drivers.robomaster.chassis import RoboMasterChassis
from robomatrix_py.drivers.robomaster.config import RoboMasterConfig
from robomatrix_py.drivers.robomaster.link import RoboMasterLink
from robomatrix_py.settings.devices import DeviceChoice
from robomatrix_py.settings.robots import load_robot

PICKED_UP, ROLLED_OVER = 4, 9


def loopback(subnet: int) -> str:
    """Return a loopback address of this process's own: tests may run side by side."""
    return f"127.{os.getpid() // 250 % 250 + 1}.{os.getpid() % 250 + 1}.{subnet}"


class _RoboMaster(Doubled):
    """What its arm and its base have in common: the robot."""

    # Text goes over TCP and UDP, which drop what is damaged.
    corruptible = False
    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrong address": ("that machine has no RoboMaster", "device.address"),
        "busy": ("it does not answer 'command'", "DJI's app"),
        "wrong model": ("this is no RoboMaster", "choose the right --robot"),
        "firmware": ("lies on its side", "guide"),
        "gone": ("the connection was lost",),
        "silent": ("no good answer for",),
    }
    busy_when: ClassVar[dict[str, bool]] = {"in_use": True}

    def firmware_error(self, on: bool) -> None:
        self.ask("flag", number=ROLLED_OVER, on=on)

    def be_wrong_model(self) -> None:
        self.ask("set", foreign=True)


class RoboMasterArmRig(_RoboMaster, TcpRig):
    name = "robomaster_arm"
    robot_name = "robomaster_ep"
    program = "robomaster_ep.py"
    subnet = 50
    tolerance_rad = 0.04
    # Its gripper knows no place between.
    openings = (1.0, 0.0)

    def make_device(self, address: str) -> DeviceChoice:
        config = RoboMasterConfig(address, local_address=loopback(51))
        device = RoboMasterArm(self.robot, Calibration("not measured"), RoboMasterLink(config))
        return DeviceChoice(device, config.rate_hz, "robomaster", address)

    def where(self) -> Array:
        # Elbow by the law of cosines, shoulder by the angle at which the wrist is seen: not as the driver does it.
        x_m, z_m = np.array(self.ask("state")["arm"]) / 100.0
        upper, fore = 0.14, 0.14
        between = np.arccos((upper**2 + fore**2 - x_m**2 - z_m**2) / (2 * upper * fore))
        inner = np.arccos((upper**2 + x_m**2 + z_m**2 - fore**2) / (2 * upper * np.hypot(x_m, z_m)))
        return np.array([np.arctan2(x_m, z_m) - inner, np.pi / 2 - between])


class RoboMasterBaseRig(_RoboMaster, BaseDeviceRig):
    name = "robomaster_base"
    # The double's clock runs beside the driver's, on a machine that has other work.
    reading_share = 0.5

    def __init__(self, folder: Path) -> None:
        del folder
        self.address = loopback(40)
        self.process = DoubleProcess("robomaster_ep.py", self.address)
        super().__init__(load_robot("robomaster_ep"))
        self.make_driver(self.address)

    def make_base(self, address: str) -> tuple[DeviceBaseDriver, float]:
        config = RoboMasterConfig(address, local_address=loopback(41))
        return DeviceBaseDriver(self.robot, RoboMasterChassis(RoboMasterLink(config)), CONFIG), config.rate_hz

    def where(self) -> Array:
        # A fresh driver's odometry begins where the robot is; its own axes point right and turn clockwise.
        x, y, degrees = self.ask("state")["place"]
        return np.array([x, -y, -np.radians(degrees)])

    def wrong_address(self) -> str:
        return loopback(77)

