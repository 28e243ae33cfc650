"""The rig of a Piper: the driver on an slcan adapter, the arm's double behind it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from arm_rig import PortRig
from double_process import DoubleProcess


class PiperRig(PortRig):
    name = "piper"
    tolerance_rad = 0.03
    busy_when: ClassVar[dict[str, bool]] = {"foreign": True}
    # Frames have a checksum on the bus, and USB has another.
    corruptible = False
    # The double's own clock runs beside the driver's, on a machine that has other work.
    reading_share = 0.5
    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrong address": ("there is no such port", "device.address"),
        "busy": ("another program commands the arm",),
        "permission": ("may not use the port", "dialout"),
        "wrong model": ("no Piper is heard", "choose the right --robot"),
        "firmware": ("a collision", "guide"),
        "gone": ("the device has gone", "USB"),
        "silent": ("no good answer for", "nothing came"),
    }

    def __init__(self, folder: Path, calibration: str = "") -> None:
        port = str(folder / "port")
        super().__init__(DoubleProcess("piper_can.py", port), "piper", port, calibration)

    def has_torque(self) -> bool:
        return bool(self.ask("state")["torque"])

    def firmware_error(self, on: bool) -> None:
        self.ask("set", status=7 if on else 0)

    def be_wrong_model(self) -> None:
        self.ask("set", shift=0x80)
