"""The rig of a UR5e: the real ur-rtde in its worker process, the controller's double in another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from arm_rig import DoubleRig
from double_process import DoubleProcess


class TcpRig(DoubleRig):
    """An arm whose controller is reached over TCP, on a loopback address of its own."""

    corruptible = False
    # Vendor's package, worker and double share the test machine's cores with the driver.
    reading_share = 0.4
    program = ""
    # Where the port can be chosen.
    port: int | None = None
    subnet = 1
    robot_name = ""

    def __init__(self, folder: Path, calibration: str = "") -> None:
        del folder
        # Tests may run side by side.
        host = f"127.{os.getpid() // 250 % 250 + 1}.{os.getpid() % 250 + 1}.{self.subnet}"
        arguments = [host] if self.port is None else [host, str(self.port)]
        super().__init__(DoubleProcess(self.program, *arguments), self.robot_name, ":".join(arguments), calibration)

    def wrong_address(self) -> str:
        host, *port = self.address.split(":")
        return ":".join([host.rpartition(".")[0] + ".77", *port])


class Ur5eRig(TcpRig):
    name = robot_name = "ur5e"
    program = "ur_controller.py"
    subnet = 5
    tolerance_rad = 0.03
    busy_when: ClassVar[dict[str, bool]] = {"in_use": True}
    forbidden_when: ClassVar[dict[str, bool]] = {"remote": False}
    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrong address": ("that machine has no UR dashboard", "device.address"),
        "busy": ("another program controls the arm", "fieldbus"),
        "permission": ("not in remote control", "teach pendant"),
        "wrong model": ("this arm is a UR10", "a UR5 is needed", "choose the right --robot"),
        "firmware": ("protective stop", "guide"),
        "gone": ("the connection was lost",),
        "silent": ("no good answer for",),
    }

    def firmware_error(self, on: bool) -> None:
        self.ask("set", protective=on)

    def be_wrong_model(self) -> None:
        self.ask("set", model="UR10")
