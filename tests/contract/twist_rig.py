"""The rig of a base that takes a twist: the device in its worker process, the base's own nodes in another."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from base_rig import BaseDeviceRig, place_of
from double_process import DoubleProcess
from rig import CONFIG, Doubled

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.drivers.base import DeviceBaseDriver
from robomatrix_py.drivers.twist_base.config import TwistBaseConfig
from robomatrix_py.settings.base_devices import BASE_FAMILIES
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import find_folder
from robomatrix_py.settings.yaml_file import load_yaml

# Where the double has its lidar.
SCAN = {"scan_topic": "scan", "scan_x_m": 0.1, "scan_yaw_rad": math.pi}


class TwistBaseRig(Doubled, BaseDeviceRig):
    name = "twist_base"
    marks = (pytest.mark.ros,)
    # DDS drops what is damaged.
    corruptible = False
    # The double's clock runs beside the driver's, on a machine that has other work.
    reading_share = 0.4
    tolerance_m_rad = 0.03
    busy_when: ClassVar[dict[str, bool]] = {"foreign": True}
    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrong address": ("nobody tells odometry on", "device.base_address"),
        "busy": ("another program commands the base", "teleop_twist_joy"),
        "wrong model": ("is of no type that is understood", "choose the right --robot"),
        "firmware": ("emergency stop", "guide"),
        "gone": ("its driver has ended",),
        "silent": ("no good answer for",),
    }

    def __init__(self, folder: Path) -> None:
        del folder
        # Tests may run side by side.
        self.address = f"/base_{os.getpid()}"
        file = find_folder("hardware", "twist_base", "base.yaml") / "base.yaml"
        self._config = replace(load_yaml(TwistBaseConfig, file), diagnostic="base: ", **SCAN)
        self.process = DoubleProcess("twist_base.py", self.address, str(self._config.domain_id))
        super().__init__(load_robot("twist_base"))
        self.make_driver(self.address)

    def make_base(self, address: str) -> tuple[DeviceBaseDriver, float]:
        device = BASE_FAMILIES["twist"].make(self.base, replace(self._config, address=address))
        # A fresh driver's odometry begins where the base is.
        self._begun = self._pose()
        return DeviceBaseDriver(self.robot, device, CONFIG), self._config.rate_hz

    def where(self) -> Array:
        return place_of(self._begun.inverse() @ self._pose())

    def _pose(self) -> Pose:
        x, y, yaw = self.ask("state")["position"]
        return Pose.at(x, y, 0.0, yaw)

    def wrong_address(self) -> str:
        return self.address + "_elsewhere"

    def firmware_error(self, on: bool) -> None:
        self.ask("set", pressed=on)

    def be_wrong_model(self) -> None:
        self.ask("set", other_type=True)
