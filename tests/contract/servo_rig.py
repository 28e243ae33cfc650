"""Rigs of arms on a servo bus: the driver on a pseudo terminal, the double behind it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np
from arm_rig import PortRig
from double_process import DoubleProcess

from robomatrix_py.contracts.geometry import Array

STEPS, MIDDLE = 4096, 2048


class ServoRig(PortRig):
    """An arm of servos."""

    tolerance_rad = 0.03
    double = ""
    robot_name = ""
    servos: tuple[str, ...] = ()
    # Numbers of the joints' servos, in joint order.
    ids: tuple[int, ...] = ()
    model_address = 0
    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrong address": ("there is no such port", "device.address"),
        "busy": ("another program uses the port",),
        "permission": ("may not use the port", "dialout"),
        "wrong model": ("is of model 4711", "choose the right --robot"),
        "firmware": ("overload", "guide"),
        "gone": ("the device has gone", "USB"),
        "silent": ("no good answer for", "no answer from servo"),
    }

    def __init__(self, folder: Path, calibration: str = "") -> None:
        port = str(folder / "port")
        super().__init__(DoubleProcess(self.double, port, *self.servos), self.robot_name, port, calibration)

    def where(self) -> Array:
        position = self.ask("state")["position"]
        return (np.array([position[str(i)] for i in self.ids]) - MIDDLE) * 2.0 * np.pi / STEPS

    def has_torque(self) -> bool:
        return all(self.ask("state")["torque"].values())

    def firmware_error(self, on: bool) -> None:
        self.ask("error", servo=self.ids[1], bits=1 << 5 if on else 0)

    def be_wrong_model(self) -> None:
        model = (4711).to_bytes(2, "little")
        self.ask("poke", servo=self.ids[2], address=self.model_address, data=list(model))

    @contextmanager
    def busy(self) -> Iterator[None]:
        file = os.open(self.address, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            os.close(file)


class So101Rig(ServoRig):
    name = robot_name = "so101"
    double = "feetech_bus.py"
    servos = tuple(f"{i}:777" for i in range(1, 7))
    ids = (1, 2, 3, 4, 5)
    model_address = 3


class Vx300sRig(ServoRig):
    name = robot_name = "vx300s"
    double = "dynamixel_bus.py"
    servos = ("1:1120", "2:1120", "3:1120:2", "4:1120", "5:1120:4", "6:1120", "7:1120", "8:1020", "9:1020")
    ids = (1, 2, 4, 6, 7, 8)
    model_address = 0
