"""An xArm through the maker's package, in a worker process: the package waits for seconds and leaves threads."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.drivers.calibration import GripperCalibration
from robomatrix_py.drivers.device import ArmReading
from robomatrix_py.drivers.gripper_thread import GripperThread
from robomatrix_py.drivers.xarm import controller
from robomatrix_py.drivers.xarm.config import XarmConfig
from robomatrix_py.drivers.xarm.gripper import XarmGripper

_STATE_NOT_READY = 9
_STATES = 3
_MODE_S = 1.0


class XarmDevice:
    """One arm. Joint order is that of the controller, base to wrist.

    Args:
        values: Fields of `XarmConfig` under ``config``, and of `GripperCalibration` under ``gripper``.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._config = XarmConfig(**values["config"])
        self._calibration = GripperCalibration(**values["gripper"])
        self._where = f"xArm at {self._config.address}"
        self._api: Any = None
        self._gripper: GripperThread | None = None
        self._identity = ""

    @property
    def identity(self) -> str:
        """Model, serial number and firmware."""
        return self._identity

    def probe(self) -> str:
        """Connect and look; no motor is switched on and no mode is set.

        Raises:
            DeviceError: It cannot be reached or used.
            StaleDataError: It does not answer in time.
        """
        self._api = controller.connect(self._config, reports=True)
        return controller.examine(self._api, self._config, self._where)

    def open(self, now_s: float) -> Array:  # noqa: ARG002
        """Take control and hold.

        Raises:
            DeviceError: It cannot be reached or used.
            StaleDataError: It does not answer in time.
        """
        self._identity = self.probe()
        api = self._api
        controller.check(api.motion_enable(True), self._where)
        controller.check(api.set_mode(controller.SERVO_MODE), self._where)
        controller.check(api.set_state(controller.READY_STATE), self._where)
        self._await_mode()
        opening = 1.0
        if self._config.gripper == "xarm":
            self._gripper = GripperThread(XarmGripper(self._config, self._calibration))
            opening = self._gripper.opening
        return np.append(self._states()[0], opening)

    def write(
        self,
        positions_rad: Array,
        velocities_rad_s: Array,  # noqa: ARG002  the arm's own loop takes positions only
        opening: float,
        now_s: float,  # noqa: ARG002
    ) -> None:
        """Send a set point; the controller holds the newest one.

        Raises:
            DeviceError: The controller takes none.
            StaleDataError: It did not answer in time.
        """
        code = self._api.set_servo_angle_j(positions_rad.tolist())
        # An error of the controller's own is read and reported as such.
        if code and not self._api.has_err_warn:
            if code == _STATE_NOT_READY or self._api.mode != controller.SERVO_MODE:
                raise self._taken()
            controller.check(code, self._where)
        if self._gripper is not None:
            self._gripper.wanted = opening

    def read(self, now_s: float) -> ArmReading | None:  # noqa: ARG002
        """Return a reading.

        Raises:
            DeviceError: The connection is gone, or another program took the arm.
            StaleDataError: It did not answer in time.
        """
        positions, velocities, efforts = self._states()
        fault = controller.reported_error(self._api, self._where) if self._api.has_err_warn else ""
        if not fault and self._api.mode != controller.SERVO_MODE:
            raise self._taken()
        gripper = self._gripper
        if gripper is not None and gripper.trouble is not None and not fault:
            raise gripper.trouble
        return ArmReading(
            positions_rad=positions,
            velocities_rad_s=velocities,
            efforts_nm=efforts,
            gripper_opening=1.0 if gripper is None else gripper.opening,
            gripper_speed_per_s=0.0 if gripper is None else gripper.speed_per_s,
            fault=fault,
        )

    def close(self) -> None:
        """Let go of the connection; the controller holds the newest set point, with torque."""
        gripper, self._gripper = self._gripper, None
        api, self._api = self._api, None
        if gripper is not None:
            gripper.end()
        if api is not None:
            api.disconnect()

    def drop(self) -> None:
        """Let go of the connection."""
        self.close()

    def _states(self) -> list[Array]:
        """Return positions, velocities and torques."""
        code, vectors = self._api.get_joint_states(num=_STATES)
        controller.check(code, self._where)
        return [np.array(vector[: self._config.axes], dtype=float) for vector in vectors]

    def _await_mode(self) -> None:
        """Wait until the controller reports that it follows set points: before that it refuses them."""
        deadline_s = time.monotonic() + _MODE_S
        while self._api.mode != controller.SERVO_MODE or self._api.state in controller.STOPPED_STATES:
            if time.monotonic() > deadline_s:
                raise DeviceError(
                    f"it does not go into servo mode: mode {self._api.mode}, state {self._api.state}",
                    where=self._where,
                    remedy="is the emergency stop released? See UFACTORY Studio",
                    code="NO_CONTROL",
                )
            time.sleep(0.01)

    def _taken(self) -> DeviceError:
        return DeviceError(
            f"it was stopped or taken over by another program: mode {self._api.mode}, state {self._api.state}",
            where=self._where,
            remedy="look at UFACTORY Studio; control is taken again by itself",
            code="TAKEN_OVER",
        )
