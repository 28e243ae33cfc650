"""What a device family offers the driver: a wire to one arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.geometry import Array

FIRMWARE_FAULT = "FIRMWARE_FAULT"
"""Code of an error that the arm's own firmware reports; a person must see to it."""


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


class ArmDevice(Protocol):
    """One arm on its wire. Every call returns within its own deadline; none waits for a motion.

    Calls other than :meth:`open` and :meth:`close` need an open device.
    """

    @property
    def identity(self) -> str:
        """Which device it is, such as model and serial number; known once it is open."""

    def open(self, now_s: float) -> Array:
        """Connect, check that it is the right arm, and hold it where it is with torque.

        Returns:
            Where it holds: joint positions in rad and the opening, shape (joints + 1,).

        Raises:
            DeviceError: It cannot be reached or used; the message names the likely cause and what to do.
            StaleDataError: It answers, but not well or not in time.
        """

    def probe(self) -> str:
        """Connect, check that it is the right arm in good health, and say what was found. Nothing moves or is set.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: As :meth:`open`.
        """

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

    def read(self, now_s: float) -> ArmReading | None:
        """Return a reading if there is a new one.

        Raises:
            DeviceError: The connection is gone.
            StaleDataError: No good answer came in time; the next call may get one.
        """

    def close(self) -> None:
        """Let go of the device in good order; the arm keeps its torque and holds the last set point."""

    def drop(self) -> None:
        """Let go at once of a device that is lost or at fault, without waiting for it."""


def firmware_fault(what: str, *, where: str, remedy: str) -> DeviceError:
    """Return the error of an arm whose firmware reports a fault."""
    return DeviceError(what, where=where, remedy=remedy, code=FIRMWARE_FAULT)
