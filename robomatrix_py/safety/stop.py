"""The protective stop: what latches it, how it brakes, what leaves it.

This is a software protective stop of stop category 2 (controlled stop, power kept). It is not safety-rated and
no replacement for a hard-wired emergency stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array


class GateMode(StrEnum):
    """What the gate is doing."""

    STARTING = "starting"
    """No fresh joint state yet; nothing can be leased."""
    HOLDING = "holding"
    """Standing still, ready for a lease."""
    MOVING = "moving"
    """A lease is held; its commands go through after judgement."""
    STOPPING = "stopping"
    """Braking."""
    STOPPED = "stopped"
    """A protective stop is latched; only an explicit reset leaves it."""


@dataclass(frozen=True)
class StopReason:
    """Why the gate stopped.

    Args:
        cause: Cause code.
        message: One sentence for a person, with the readings.
        latched: Whether only an explicit reset leaves it.
    """

    cause: Cause
    message: str
    latched: bool


def braking_time_s(velocity_rad_s: Array, deceleration_rad_s2: Array) -> Array:
    """Return how long joints that slow down together take, shape (...) for velocities (..., joints)."""
    times: Array = (np.abs(velocity_rad_s) / deceleration_rad_s2).max(axis=-1)
    return times


def brake(position_rad: Array, velocity_rad_s: Array, deceleration_rad_s2: Array) -> tuple[Array, Array]:
    """Return where a braking motion is after half its time and where it ends, each shaped as the positions.

    Args:
        position_rad: Where it begins, shape (..., joints).
        velocity_rad_s: How fast it begins, the same shape.
        deceleration_rad_s2: What each joint may brake with, shape (joints,).
    """
    way_rad = velocity_rad_s * braking_time_s(velocity_rad_s, deceleration_rad_s2)[..., None] / 2
    return position_rad + 0.75 * way_rad, position_rad + way_rad


class StopRamp:
    """A braking motion: all joints slow down together, so that the path is kept.

    Args:
        start_s: When it begins.
        position_rad: Where it begins, shape (joints,).
        velocity_rad_s: How fast it begins, shape (joints,).
        deceleration_rad_s2: What each joint may brake with, shape (joints,); the one that needs longest uses
            it.
    """

    def __init__(
        self, start_s: float, position_rad: Array, velocity_rad_s: Array, deceleration_rad_s2: Array
    ) -> None:
        self._start_s = start_s
        self._position_rad = position_rad.copy()
        self._velocity_rad_s = velocity_rad_s.copy()
        self.duration_s = float(braking_time_s(velocity_rad_s, deceleration_rad_s2))

    def at(self, now_s: float) -> tuple[Array, Array]:
        """Return position and velocity at a time, each of shape (joints,)."""
        t = float(np.clip(now_s - self._start_s, 0.0, self.duration_s))
        if self.duration_s == 0.0:
            return self._position_rad.copy(), np.zeros_like(self._velocity_rad_s)
        share = t / self.duration_s
        return (
            self._position_rad + self._velocity_rad_s * t * (1.0 - share / 2.0),
            self._velocity_rad_s * (1.0 - share),
        )

    def over(self, now_s: float) -> bool:
        """Return whether it has come to rest."""
        return now_s - self._start_s >= self.duration_s
