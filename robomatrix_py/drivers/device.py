"""What a device family offers the driver: a wire to one arm or one base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.geometry import Array, Pose

FIRMWARE_FAULT = "FIRMWARE_FAULT"
"""Code of an error that the device's own firmware reports; a person must see to it."""

HeldT_co = TypeVar("HeldT_co", covariant=True)
ReadingT_co = TypeVar("ReadingT_co", covariant=True)


@dataclass(frozen=True, eq=False)
class ArmReading:
    """What an arm says of itself, in the robot's joint order.

    Args:
        positions_rad: Joint positions, shape (joints,).
        velocities_rad_s: Joint velocities, shape (joints,).
        efforts_nm: Joint torques, shape (joints,); zero where the arm does not tell.
        gripper_opening: 0 closed to 1 open.
        gripper_speed_per_s: Change of the opening per second.
        gripper_force_n: Force between the pads, positive while closing; zero where the arm does not tell.
        fault: What the firmware reports, for a person; empty while all is well.
    """

    positions_rad: Array
    velocities_rad_s: Array
    efforts_nm: Array
    gripper_opening: float
    gripper_speed_per_s: float = 0.0
    gripper_force_n: float = 0.0
    fault: str = ""

    @property
    def is_finite(self) -> bool:
        """Whether every number is finite."""
        vectors = (self.positions_rad, self.velocities_rad_s, self.efforts_nm)
        scalars = (self.gripper_opening, self.gripper_speed_per_s, self.gripper_force_n)
        return all(bool(np.isfinite(vector).all()) for vector in vectors) and bool(np.isfinite(scalars).all())


@dataclass(frozen=True, eq=False)
class BaseReading:
    """What a base says of itself.

    Args:
        pose_in_odometry: Where it believes to be, on the floor, by its own odometry, whose origin is its own affair.
        velocity: Forward and left in m/s, turning left in rad/s, in its own frame, shape (3,).
        fault: What the firmware reports, for a person; empty while all is well.
        ranges_m: A turn of its ranging sensor, if one has come since the last reading: distances from the base's
            origin in the directions of its :class:`~robomatrix_py.contracts.base.RangingDescription`, infinite where
            nothing is near, shape (rays,).
    """

    pose_in_odometry: Pose
    velocity: Array
    fault: str = ""
    ranges_m: Array | None = None

    @property
    def is_finite(self) -> bool:
        """Whether every number is finite, but for ranges where nothing is near."""
        pose = self.pose_in_odometry
        ranged = self.ranges_m is None or not bool(np.isnan(self.ranges_m).any())
        return ranged and bool(np.isfinite([*pose.position_m, *pose.quaternion_xyzw, *self.velocity]).all())


class Device(Protocol[HeldT_co, ReadingT_co]):
    """One device on its wire. Every call returns within its own deadline; none waits for a motion.

    Calls other than :meth:`open` and :meth:`close` need an open device.
    """

    @property
    def identity(self) -> str:
        """Which device it is, such as model and serial number; known once it is open."""

    def open(self, now_s: float) -> HeldT_co:
        """Connect, check that it is the right device, and hold it where it is; return where that is.

        Raises:
            DeviceError: It cannot be reached or used; the message names the likely cause and what to do.
            StaleDataError: It answers, but not well or not in time.
        """

    def probe(self) -> str:
        """Connect, check that it is the right one in good health, and say what was found. Nothing moves or is set.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: As :meth:`open`.
        """

    def read(self, now_s: float) -> ReadingT_co | None:
        """Return a reading if there is a new one.

        Raises:
            DeviceError: The connection is gone.
            StaleDataError: No good answer came in time; the next call may get one.
        """

    def close(self) -> None:
        """Let go of the device in good order; it goes on holding."""

    def drop(self) -> None:
        """Let go at once of a device that is lost or at fault, without waiting for it."""


class ArmDevice(Device[Array, ArmReading], Protocol):
    """One arm. It holds with torque, also when it is closed: joint positions in rad and the opening, (joints + 1,)."""

    def write(self, positions_rad: Array, velocities_rad_s: Array, opening: float, now_s: float) -> None:
        """Send a set point.

        Args:
            positions_rad: Joint positions, shape (joints,).
            velocities_rad_s: Velocity of the commanded motion at this instant, shape (joints,).
            opening: Gripper opening, 0 to 1.
            now_s: The caller's monotonic time.

        Raises:
            DeviceError: The connection is gone.
        """


class BaseDevice(Device[Pose, BaseReading], Protocol):
    """One base. It holds by standing still, also when it is closed: its pose by its own odometry."""

    def write(self, velocity: Array, now_s: float) -> None:
        """Send a velocity.

        Args:
            velocity: Forward and left in m/s, turning left in rad/s, in the base's own frame, shape (3,).
            now_s: The caller's monotonic time.

        Raises:
            DeviceError: The connection is gone.
        """


def firmware_fault(what: str, *, where: str, remedy: str) -> DeviceError:
    """Return the error of a device whose firmware reports a fault."""
    return DeviceError(what, where=where, remedy=remedy, code=FIRMWARE_FAULT)
