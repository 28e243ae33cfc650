"""The rig of an arm under ros2_control: the device in its worker process, the arm's own nodes in another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import pytest
from arm_rig import DoubleRig
from double_process import DoubleProcess

# That of hardware/ros2_control_arm/device.yaml.
DOMAIN = 5


class Ros2ControlRig(DoubleRig):
    name = "ros2_control_arm"
    marks = (pytest.mark.ros,)
    corruptible = False
    tolerance_rad = 0.03
    busy_when: ClassVar[dict[str, bool]] = {"foreign": True}
    forbidden_when: ClassVar[dict[str, bool]] = {"inactive": True}
    # The double's own clock and that of the driver miss each other now and then.
    reading_share = 0.4
    # Controller managers tell of their hardware once a second.
    fault_noticed_s = 4.0
    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrong address": ("nobody tells joint states there", "device.address"),
        "busy": ("another program commands the arm", "moveit_servo"),
        "permission": ("is inactive: it obeys nobody", "set_controller_state"),
        "wrong model": ("joint states lack joint1", "choose the right --robot"),
        "firmware": ("its hardware is not active", "guide"),
        "gone": ("its ros2_control has ended",),
        "silent": ("no good answer for",),
    }

    def __init__(self, folder: Path, calibration: str = "") -> None:
        del folder
        # Tests may run side by side.
        namespace = f"/arm_{os.getpid()}"
        process = DoubleProcess("ros2_control_arm.py", namespace, str(DOMAIN))
        super().__init__(process, "ros2_control_arm", namespace, calibration)

    def wrong_address(self) -> str:
        return self.address + "_elsewhere"

    def firmware_error(self, on: bool) -> None:
        self.ask("set", hardware="inactive" if on else "active")

    def be_wrong_model(self) -> None:
        self.ask("set", renamed="left_")
