"""The rig of an xArm6: the real xarm-python-sdk in its worker process, the controller's double in another."""

from __future__ import annotations

from typing import ClassVar

from ur_rig import TcpRig

_COLLISION = 31


class Xarm6Rig(TcpRig):
    name = robot_name = "xarm6"
    program = "xarm_controller.py"
    subnet = 6
    # The real controller's port needs a right that tests have not.
    port = 5020
    tolerance_rad = 0.03
    busy_when: ClassVar[dict[str, bool]] = {"in_use": True}
    forbidden_when: ClassVar[dict[str, bool]] = {"teaching": True}
    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrong address": ("that machine has no xArm controller", "device.address"),
        "busy": ("another program moves the arm", "UFACTORY Studio"),
        "permission": ("teaching mode", "UFACTORY Studio"),
        "wrong model": ("this arm has 7 joints", "choose the right --robot"),
        "firmware": ("error C31", "guide"),
        "gone": ("the connection was lost",),
        "silent": ("no good answer for",),
    }

    def has_torque(self) -> bool:
        return bool(self.ask("state")["torque"])

    def firmware_error(self, on: bool) -> None:
        self.ask("set", error=_COLLISION if on else 0)

    def be_wrong_model(self) -> None:
        self.ask("set", model="7,3")
