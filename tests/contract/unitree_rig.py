"""The rig of a Unitree Go2: the driver on DDS, the robot's double in another process, on a domain of their own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import pytest
from base_rig import BaseDeviceRig
from double_process import DoubleProcess
from rig import CONFIG, Doubled

from robomatrix_py.drivers.base import DeviceBaseDriver
from robomatrix_py.drivers.unitree.config import UnitreeConfig
from robomatrix_py.drivers.unitree.link import UnitreeLink
from robomatrix_py.drivers.unitree.sport import UnitreeSportBase
from robomatrix_py.settings.robots import load_robot


class Go2Rig(Doubled, BaseDeviceRig):
    name = "go2_base"
    # DDS drops what is damaged.
    corruptible = False
    # The double's clock runs beside the driver's, on a machine that has other work.
    reading_share = 0.5
    tolerance_m_rad = 0.03
    busy_when: ClassVar[dict[str, bool]] = {"foreign": True}
    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrong address": ("no network interface", "device.base_address", "lo"),
        "busy": ("another program commands the robot",),
        "wrong model": ("says nothing on rt/sportmodestate", "choose the right --robot"),
        "firmware": ("its legs are limp", "guide"),
        "gone": ("no good answer for",),
        "silent": ("no good answer for",),
    }

    def __init__(self, folder: Path) -> None:
        del folder
        pytest.importorskip("cyclonedds", reason="the extra 'unitree' is not installed")
        self.address = "lo"
        # Tests may run side by side; ROS tests use lower domains.
        self._domain = 120 + os.getpid() % 110
        self.process = DoubleProcess("unitree_go2.py", str(self._domain))
        super().__init__(load_robot("go2_arm"))
        self.make_driver(self.address)

    def make_base(self, address: str) -> tuple[DeviceBaseDriver, float]:
        config = UnitreeConfig(address, domain=self._domain)
        return DeviceBaseDriver(self.robot, UnitreeSportBase(UnitreeLink(config)), CONFIG), config.rate_hz

    def wrong_address(self) -> str:
        return "wired7"

    def firmware_error(self, on: bool) -> None:
        self.ask("set", damping=on)

    def be_wrong_model(self) -> None:
        self.ask("set", other_product=True)
