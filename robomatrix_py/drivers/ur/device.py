"""A UR arm through ur-rtde. It runs in a worker process: the package holds the interpreter's lock while it connects."""

from __future__ import annotations

from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.drivers.device import ArmReading
from robomatrix_py.drivers.gripper_thread import GripperThread
from robomatrix_py.drivers.packages import require_package
from robomatrix_py.drivers.tcp import require_listener
from robomatrix_py.drivers.ur.config import UrConfig
from robomatrix_py.drivers.ur.dashboard import examine
from robomatrix_py.drivers.ur.robotiq import RobotiqGripper

_RTDE_PORT = 30004
_VARIABLES = ("timestamp", "actual_q", "actual_qd", "target_moment", "safety_status_bits")
# The control script stops the arm by itself where set points come more seldom than this.
_WATCHDOG_HZ = 5.0
# Bits of safety_status_bits (Universal Robots, RTDE guide).
_SAFETY_BITS = {
    2: "protective stop",
    3: "recovery",
    4: "safeguard stop",
    5: "system emergency stop",
    6: "robot emergency stop",
    7: "emergency stop",
    8: "safety violation",
    9: "safety fault",
    10: "stopped due to safety",
}


class UrDevice:
    """One arm. Joint order is that of the controller, base to wrist 3.

    Args:
        values: Fields of `UrConfig`.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._config = UrConfig(**values)
        self._where = f"UR at {self._config.address}"
        self._control: Any = None
        self._receive: Any = None
        self._gripper: GripperThread | None = None
        self._timestamp = -1.0
        self._identity = ""

    @property
    def identity(self) -> str:
        """Model, serial number and software."""
        return self._identity

    def probe(self) -> str:
        """Ask the dashboard, without taking control.

        Raises:
            DeviceError: It cannot be reached or used.
        """
        return examine(self._config.address, self._config.model)

    def open(self, now_s: float) -> Array:  # noqa: ARG002
        """Take control and hold.

        Raises:
            DeviceError: It cannot be reached or used.
        """
        address, rate_hz = self._config.address, self._config.rate_hz
        self._identity = self.probe()
        require_listener(address, _RTDE_PORT, "RTDE server")
        control, receive = require_package("rtde_control", "ur"), require_package("rtde_receive", "ur")
        try:
            # Twice as often as they are read: two clocks of the same rate miss each other now and then.
            self._receive = receive.RTDEReceiveInterface(address, min(500.0, 2.0 * rate_hz), list(_VARIABLES))
            self._control = control.RTDEControlInterface(address, rate_hz)
        except RuntimeError as error:
            raise self._cannot_control(error) from error
        self._control.setWatchdog(_WATCHDOG_HZ)
        opening = 1.0
        if self._config.gripper == "robotiq":
            self._gripper = GripperThread(RobotiqGripper(address))
            opening = self._gripper.opening
        return np.append(self._receive.getActualQ(), opening)

    def write(
        self,
        positions_rad: Array,
        velocities_rad_s: Array,  # noqa: ARG002  servoj looks ahead by itself
        opening: float,
        now_s: float,  # noqa: ARG002
    ) -> None:
        """Send a set point; servoj holds it when no further one comes.

        Raises:
            DeviceError: The controller takes none.
        """
        config = self._config
        sent = self._control.servoJ(
            positions_rad.tolist(), 0.0, 0.0, 1.0 / config.rate_hz, config.lookahead_s, config.gain
        )
        self._control.kickWatchdog()
        if not sent and not self._fault():
            raise DeviceError(
                "it takes no set points any more: its program has ended",
                where=self._where,
                remedy="look at the teach pendant; control is taken again by itself",
                code="PROGRAM_ENDED",
            )
        if self._gripper is not None:
            self._gripper.wanted = opening

    def read(self, now_s: float) -> ArmReading | None:  # noqa: ARG002
        """Return a reading if there is a new one.

        Raises:
            DeviceError: The connection is gone.
        """
        if not self._receive.isConnected():
            raise DeviceError(
                "the connection was lost",
                where=self._where,
                remedy="look at the network cable and at the controller; it is taken up again once it is back",
                code="CONNECTION_LOST",
            )
        timestamp = self._receive.getTimestamp()
        if timestamp == self._timestamp:
            return None
        self._timestamp = timestamp
        gripper = self._gripper
        if gripper is not None and gripper.trouble is not None:
            raise gripper.trouble
        return ArmReading(
            positions_rad=np.array(self._receive.getActualQ()),
            velocities_rad_s=np.array(self._receive.getActualQd()),
            efforts_nm=np.array(self._receive.getTargetMoment()),
            gripper_opening=1.0 if gripper is None else gripper.opening,
            gripper_speed_per_s=0.0 if gripper is None else gripper.speed_per_s,
            fault=self._fault(),
        )

    def close(self) -> None:
        """End the control script: the controller holds the arm."""
        control, self._control = self._control, None
        receive, self._receive = self._receive, None
        gripper, self._gripper = self._gripper, None
        if gripper is not None:
            gripper.end()
        if control is not None and control.isConnected():
            control.servoStop()
            control.stopScript()
            control.disconnect()
        if receive is not None:
            receive.disconnect()

    def _fault(self) -> str:
        bits = self._receive.getSafetyStatusBits()
        found = [text for bit, text in _SAFETY_BITS.items() if bits >> bit & 1]
        remedy = "clear it on the teach pendant once nobody is in danger; see the robot's guide"
        return f"{self._where}: the controller reports: {' and '.join(found)}; {remedy}" if found else ""

    def _cannot_control(self, error: RuntimeError) -> DeviceError:
        text = " ".join(str(error).split())
        if "use" in text:
            return DeviceError(
                f"another program controls the arm: {text}",
                where=self._where,
                remedy="end it, or disable the fieldbus (EtherNet/IP, Profinet) that uses the RTDE registers",
                code="PORT_BUSY",
            )
        return DeviceError(f"control cannot be taken: {text}", where=self._where, code="NO_CONTROL")
