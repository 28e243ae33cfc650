"""A Robotiq gripper behind its URCap's socket on the UR controller.

Source: Robotiq, 2F-85 instruction manual, registers.
"""

from __future__ import annotations

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.drivers.tcp import LineClient, connect

PORT = 63352
_WAIT_S = 0.5
_CLOSED = 255
_ACTIVE = "3"


class RobotiqGripper:
    """One gripper. Positions are shares of the stroke, 0 closed to 1 open.

    Args:
        address: IP address of the UR controller.
    """

    def __init__(self, address: str) -> None:
        self._where = f"{address}:{PORT}"
        self._client = LineClient(connect(address, PORT, _WAIT_S, "Robotiq URCap"), self._where)
        self._sent = -1
        if self._get("STA") != _ACTIVE:
            raise DeviceError(
                "the gripper is not activated",
                where=self._where,
                remedy="activate it in the Robotiq toolbar of the teach pendant: it opens and closes once",
                code="GRIPPER_NOT_ACTIVE",
            )

    def opening(self) -> float:
        """Return the opening.

        Raises:
            DeviceError: The connection is gone.
        """
        return 1.0 - float(self._get("POS")) / _CLOSED

    def move(self, opening: float) -> None:
        """Ask for an opening, where it is another than before.

        Raises:
            DeviceError: The connection is gone, or the gripper refuses.
        """
        position = round((1.0 - min(1.0, max(0.0, opening))) * _CLOSED)
        if position == self._sent:
            return
        reply = self._client.ask(f"SET POS {position} SPE 255 FOR 50 GTO 1")
        if reply != "ack":
            raise DeviceError(f"the gripper answers '{reply}'", where=self._where, code="GRIPPER")
        self._sent = position

    def close(self) -> None:
        """Let go of it; it keeps its grip."""
        self._client.close()

    def _get(self, register: str) -> str:
        name, _, value = self._client.ask(f"GET {register}").partition(" ")
        if name != register:
            raise DeviceError(f"the gripper answers '{name} {value}' to {register}", where=self._where, code="GRIPPER")
        return value
