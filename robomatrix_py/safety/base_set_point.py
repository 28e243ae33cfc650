"""What a base's driver follows at each instant: refuses broken commands, notices silence, brakes by itself."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.base import BASE_AXES, BaseDescription
from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.contracts.geometry import Array

# Slower than this counts as standing: silence is then no fault.
_STANDING = 1e-6
_ROUNDING = 1e-6


class BaseSetPoint:
    """The velocity of a base: forward and left in m/s, turning left in rad/s, shape (3,).

    It begins at rest. A command is followed at once; a base holds by a velocity of zero. By itself it brakes as a
    protective stop would.

    Args:
        base: Limits.
        timeout_s: Silence in motion after which it comes to a standstill.
    """

    def __init__(self, base: BaseDescription, timeout_s: float) -> None:
        self._base = base
        self._timeout_s = timeout_s
        self._target = np.zeros(3)
        self._velocity = np.zeros(3)
        self._received_s = -np.inf
        self._updated_s: float | None = None
        self._braking = False
        self.status = DriverStatus(DriverMode.READY)

    def command(self, command: BaseCommand, now_s: float) -> str:
        """Take a new velocity in; return why it is refused, or an empty text."""
        velocity, limit = command.velocity, self._base.velocity_max
        if velocity.shape != (3,) or not np.isfinite(velocity).all() or (np.abs(velocity) > limit + _ROUNDING).any():
            return f"velocity {velocity.tolist()}; permitted: finite, at most {limit.tolist()}"
        if refusal := self._refuse_leap(velocity, now_s):
            return refusal
        self._target = velocity.copy()
        self._received_s = now_s
        self._braking = False
        moving = bool(np.abs(velocity).max() > _STANDING)
        self.status = DriverStatus(DriverMode.FOLLOWING if moving else DriverMode.READY)
        return ""

    def update(self, now_s: float) -> Array:
        """Return the velocity of this instant, shape (3,); come to a standstill where commands stopped coming."""
        elapsed_s = 0.0 if self._updated_s is None else max(0.0, now_s - self._updated_s)
        self._updated_s = now_s
        if self.status.mode is DriverMode.FOLLOWING and now_s - self._received_s > self._timeout_s:
            silent_ms = 1e3 * (now_s - self._received_s)
            self.hold()
            self.status = DriverStatus(DriverMode.WATCHDOG, f"no command for {silent_ms:.0f} ms: standing still")
        if self._braking:
            largest = self._base.stop_deceleration * elapsed_s
            self._velocity = self._velocity + np.clip(-self._velocity, -largest, largest)
        else:
            self._velocity = self._target
        return self._velocity.copy()

    def hold(self) -> None:
        """Brake to a standstill from here on."""
        self._target = np.zeros(3)
        self._braking = True
        self.status = DriverStatus(DriverMode.READY)

    def _refuse_leap(self, velocity: Array, now_s: float) -> str:
        """Return why a change of velocity is too sudden, or an empty text. Slowing down is always permitted."""
        # A stream that stood still for a moment goes on some steps ahead; what is farther away is a leap.
        since_s = self._timeout_s + min(self._timeout_s, max(0.0, now_s - self._received_s))
        reach = self._base.acceleration_max * since_s + _ROUNDING
        start = self._velocity if self._braking else self._target
        leap = (velocity < np.minimum(start, 0.0) - reach) | (velocity > np.maximum(start, 0.0) + reach)
        if not leap.any():
            return ""
        i = int(leap.argmax())
        return (
            f"{BASE_AXES[i]} is to go from {start[i]:.3f} to {velocity[i]:.3f} at once; "
            f"permitted: {self._base.acceleration_max[i]:g} a second"
        )
