"""What every driver, real or simulated, offers the process around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from robomatrix_py.contracts.action import BaseCommand, JointCommand
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import BaseState, JointState, RangeScan


class DriverMode(StrEnum):
    """What a driver is doing."""

    DISCONNECTED = "disconnected"
    """No device."""
    READY = "ready"
    """Connected and holding position."""
    FOLLOWING = "following"
    """Following a stream of commands."""
    WATCHDOG = "watchdog"
    """Commands stopped coming in motion: holding position by itself."""
    FAULT = "fault"
    """The device reports an error."""


@dataclass(frozen=True)
class DriverStatus:
    """How a driver is.

    Args:
        mode: What it is doing.
        reason: Why, for a person; empty while all is well.
    """

    mode: DriverMode
    reason: str = ""


class ArmDriver(Protocol):
    """An arm with a gripper, simulated, mocked or real. Times are the caller's monotonic clock.

    It connects by itself, and connects again after its device was lost; the reason stands in :attr:`status` all the
    while. Nobody needs to start anything anew, and no command from before a loss is carried out after it.
    """

    @property
    def identity(self) -> str:
        """What device it drives, such as a serial number; ``simulated`` or ``mock`` where there is none."""

    @property
    def status(self) -> DriverStatus:
        """How it is."""

    def command(self, command: JointCommand, now_s: float) -> str:
        """Take new targets in; return why they are refused, or an empty text."""

    def command_arm(self, names: tuple[str, ...], positions_rad: Array, reach_in_s: float, now_s: float) -> str:
        """Take new joint targets in; return why they are refused, or an empty text."""

    def command_gripper(self, opening: float, reach_in_s: float, now_s: float) -> str:
        """Take a new opening in; return why it is refused, or an empty text."""

    def update(self, now_s: float) -> None:
        """Go on towards the targets, and hold when commands stopped coming."""

    def read(self, now_s: float) -> JointState | None:
        """Return a joint state if there is a new one."""

    def hold(self) -> None:
        """Hold the present position with torque."""

    def close(self) -> None:
        """Hold and let go of the device; the arm never drops."""


class BaseDriver(Protocol):
    """A base that takes a velocity. Times are the caller's monotonic clock. It connects by itself, as arms do."""

    @property
    def identity(self) -> str:
        """What device it drives, such as a serial number; ``simulated`` or ``mock`` where there is none."""

    @property
    def status(self) -> DriverStatus:
        """How it is."""

    def command(self, command: BaseCommand, now_s: float) -> str:
        """Take a new velocity in; return why it is refused, or an empty text."""

    def update(self, now_s: float) -> None:
        """Go on at the velocity, and come to a standstill when commands stopped coming."""

    def read(self, now_s: float) -> BaseState | None:
        """Return odometry if there is a new reading."""

    def scan(self, now_s: float) -> RangeScan | None:
        """Return distances if there is a new turn of them; None for ever where the base has no such sensor."""

    def hold(self) -> None:
        """Brake to a standstill."""

    def close(self) -> None:
        """Come to a standstill and let go of the device; a legged base stays on its legs."""
