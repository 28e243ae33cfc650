"""The arm and gripper of a RoboMaster EP: places of its wrist in a plane, and a gripper that opens or closes."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.calibration import Calibration, JointMap
from robomatrix_py.drivers.device import ArmReading
from robomatrix_py.drivers.robomaster import text
from robomatrix_py.drivers.robomaster.link import RoboMasterLink, fault_of
from robomatrix_py.drivers.robomaster.linkage import PlanarArm

# A place is a target of its own to this arm: it is told a new one so often at most, and only if it is another.
_TELL_PERIOD_S = 0.1
_TELL_STEP_M = 5e-4
# What the gripper says of itself: closed, between, open.
_OPENINGS = (0.0, 0.5, 1.0)
_GRIPPER_EVERY = 5
_SPEED_OVER_S = 0.15


class RoboMasterArm:
    """One arm.

    Args:
        robot: The robot.
        calibration: Its calibration.
        link: The robot.

    Raises:
        ValueError: The description is of another kind of arm.
    """

    def __init__(self, robot: RobotDescription, calibration: Calibration, link: RoboMasterLink) -> None:
        self._link = link
        self._plane = PlanarArm(robot)
        self._map = JointMap(robot.joint_names, calibration.joints)
        self._session = -1
        self._identity = ""
        self._places: deque[tuple[float, Array]] = deque()
        self._new = False
        self._answer = ""
        self._gripper = 1.0
        self._told_m = (math.nan, math.nan)
        self._told_s = -math.inf
        self._told_open: bool | None = None
        self._writes = 0

    @property
    def identity(self) -> str:
        """Address and firmware."""
        return self._identity

    def open(self, now_s: float) -> Array:
        """Connect, and hold where the arm is.

        Raises:
            DeviceError: It cannot be reached or used, or its places are not in the units that are set.
        """
        self._link.open(self)
        try:
            joints_rad = self._joints(self._link.ask("robotic_arm position ?"))
            self._take_gripper(self._link.ask("robotic_gripper status ?"))
        except DeviceError:
            self._link.close(self)
            raise
        self._session = self._link.session
        self._identity = f"RoboMaster EP at {self._link.config.address}, firmware {self._link.version}"
        self._places.clear()
        self._places.append((now_s, joints_rad))
        self._new, self._answer, self._told_s = False, "", -math.inf
        self._told_m, self._told_open = self._plane.wrist(self._map.to_encoder(joints_rad)), None
        return np.append(joints_rad, self._gripper)

    def probe(self) -> str:
        """Connect and say what was found; nothing moves.

        Raises:
            DeviceError: As :meth:`open`.
        """
        held = self.open(0.0)
        angles = ", ".join(f"{angle:.2f}" for angle in held[:-1])
        return f"{self._identity}; joints in rad: {angles}; gripper {held[-1]:.1f}"

    def write(
        self,
        positions_rad: Array,
        velocities_rad_s: Array,  # noqa: ARG002  it takes places only
        opening: float,
        now_s: float,
    ) -> None:
        """Tell a place if it is another than before, and ask where the arm is.

        Raises:
            DeviceError: The connection is gone.
        """
        self._link.require(self._session)
        place_m = self._plane.wrist(self._map.to_encoder(positions_rad))
        moved = math.dist(place_m, self._told_m) > _TELL_STEP_M
        if moved and now_s - self._told_s >= _TELL_PERIOD_S:
            origin, scale = self._link.config.arm_origin_xz_m, self._link.config.units_per_m
            x, y = (scale * (value - zero) for value, zero in zip(place_m, origin, strict=True))
            self._link.send(self, f"robotic_arm moveto x {x:.2f} y {y:.2f}")
            self._told_m, self._told_s = place_m, now_s
        self._tell_gripper(opening)
        self._link.query("robotic_arm position ?", self._take_place)
        if self._writes % _GRIPPER_EVERY == 0:
            self._link.query("robotic_gripper status ?", self._take_gripper)
        self._writes += 1

    def read(self, now_s: float) -> ArmReading | None:
        """Return a reading if the arm has said anew where it is.

        Raises:
            DeviceError: The connection is gone, or the robot refuses a command.
        """
        self._link.require(self._session)
        fault = fault_of(self._link.poll(self, now_s))
        if not self._new and not fault:
            return None
        self._new = False
        if self._answer:
            self._places.append((now_s, self._joints(self._answer)))
        while now_s - self._places[0][0] > _SPEED_OVER_S and len(self._places) > 2:
            self._places.popleft()
        (first_s, first), (last_s, last) = self._places[0], self._places[-1]
        speed = (last - first) / (last_s - first_s) if last_s > first_s else np.zeros(2)
        return ArmReading(last, speed, np.zeros(2), self._gripper, fault=fault)

    def close(self) -> None:
        """Let go; the arm's servos hold."""
        self._link.close(self)

    def drop(self) -> None:
        """Let go at once."""
        self._link.drop(self._session)

    def _tell_gripper(self, opening: float) -> None:
        wanted = opening > 0.5
        if self._told_open is None:
            # It was found as it is: only another wish is one.
            self._told_open = self._gripper > 0.5
        if wanted != self._told_open:
            self._link.send(self, f"robotic_gripper {'open' if wanted else 'close'} {self._link.config.gripper_force}")
            self._told_open = wanted

    def _take_place(self, answer: str) -> None:
        self._answer, self._new = answer, True

    def _take_gripper(self, answer: str) -> None:
        values = text.numbers(answer, 1)
        self._gripper = _OPENINGS[int(values[0])] if values and values[0] in (0.0, 1.0, 2.0) else math.nan

    def _joints(self, answer: str) -> Array:
        place = text.numbers(answer, 2)
        if place is None:
            raise self._error(
                f"it answers '{answer[:40]}' when asked for its arm", "is the arm mounted and plugged in?"
            )
        config = self._link.config
        origin = config.arm_origin_xz_m
        x_m, z_m = (value / config.units_per_m + zero for value, zero in zip(place, origin, strict=True))
        joints = self._plane.joints(x_m, z_m)
        if joints is None:
            raise self._error(
                f"its arm says it is at {place[0]:g}, {place[1]:g}: out of reach with {config.units_per_m:g} a metre",
                "set units_per_m in device.yaml to 1000 where it counts millimetres; see 'First power-on' in the guide",
            )
        return self._map.to_joint(joints)

    def _error(self, what: str, remedy: str) -> DeviceError:
        return DeviceError(what, where=self._link.where, remedy=remedy, code="WRONG_SETUP")
