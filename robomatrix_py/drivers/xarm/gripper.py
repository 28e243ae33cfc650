"""The xArm gripper on the tool's RS-485 bus, over a connection of its own: a question to it takes several milliseconds.

Source: UFACTORY, xArm gripper manual: 0 closed to 850 open.
"""

from __future__ import annotations

from typing import Any

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.calibration import GripperCalibration
from robomatrix_py.drivers.xarm.config import XarmConfig
from robomatrix_py.drivers.xarm.controller import connect

_POSITION_MODE = 0


class XarmGripper:
    """One gripper. Positions are shares of the stroke, 0 closed to 1 open.

    Args:
        config: Where the controller is.
        calibration: What the gripper reads while closed and open.

    Raises:
        DeviceError: It is absent or reports an error.
    """

    def __init__(self, config: XarmConfig, calibration: GripperCalibration) -> None:
        self._where = f"xArm gripper at {config.address}"
        self._calibration = calibration
        self._sent = -1
        self._api: Any = connect(config, reports=False)
        try:
            for code in (
                self._api.set_gripper_enable(True),
                self._api.set_gripper_mode(_POSITION_MODE),
                self._api.set_gripper_speed(config.gripper_speed),
            ):
                self._check(code)
        except DeviceError:
            self._api.disconnect()
            raise

    def opening(self) -> float:
        """Return the opening.

        Raises:
            DeviceError: The connection is gone, or the gripper reports an error.
        """
        answer = self._api.get_gripper_position()
        code, position = answer if isinstance(answer, tuple) else (answer, None)
        self._check(code if code or position is not None else -1)
        return self._calibration.opening(float(position))

    def move(self, opening: float) -> None:
        """Ask for an opening, where it is another than before.

        Raises:
            DeviceError: The connection is gone, or the gripper refuses.
        """
        position = round(self._calibration.reading(min(1.0, max(0.0, opening))))
        if position == self._sent:
            return
        # Without that the package waits until the arm stands still.
        self._check(self._api.set_gripper_position(position, wait=False, wait_motion=False))
        self._sent = position

    def close(self) -> None:
        """Let go of it; it keeps its grip."""
        self._api.disconnect()

    def _check(self, code: int) -> None:
        if code:
            raise DeviceError(
                f"it does not answer as it should (code {code})",
                where=self._where,
                remedy="is it plugged in and without an error in UFACTORY Studio? Without one: 'gripper: none'",
                code="GRIPPER",
            )
