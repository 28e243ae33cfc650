"""What a mobile base is: how it may move, how large it is, how it ranges. Values come from `robot.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from robomatrix_py.contracts.geometry import Array, frozen_array
from robomatrix_py.contracts.ranges import require_ranges

BASE = "base"
"""The resource that whoever moves the base holds a lease on."""

BASE_AXES = ("base_forward", "base_left", "base_turn")
"""Columns of a base velocity, in the base's own frame (REP 103): m/s, m/s, rad/s."""


@dataclass(frozen=True)
class RangingDescription:
    """A ring of distance measurements in one level, as a lidar or a ring of time-of-flight sensors gives.

    Args:
        height_m: Height of the level above the floor.
        rays: Measurements a turn, the first straight ahead, then to the left.
        range_max_m: Farther than this nothing is seen.
        rate_hz: Turns a second.
    """

    height_m: float
    rays: int
    range_max_m: float
    rate_hz: float

    def __post_init__(self) -> None:
        """Check the numbers."""
        for key, high in (("height_m", 3.0), ("range_max_m", 200.0), ("rate_hz", 200.0)):
            if not 0.0 < getattr(self, key) <= high:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: above 0, at most {high:g}")
        if not 8 <= self.rays <= 10_000:
            raise ValueError(f"rays is {self.rays}; permitted: 8 to 10000")

    @property
    def angles_rad(self) -> Array:
        """Directions of a turn's measurements in the base's frame, 0 ahead, growing to the left, shape (rays,)."""
        return np.linspace(0.0, 2.0 * np.pi, self.rays, endpoint=False)


BLASTER = "blaster"
"""The resource, and the one column of a shot's chunk, of a robot that can shoot at a target."""


@dataclass(frozen=True)
class BlasterDescription:
    """What shoots harmless beads or light straight ahead of the base; it aims by turning the base.

    Args:
        muzzle_xyz_m: Where a shot leaves, in the base's frame.
        range_min_m: Nearer than this nothing is shot at.
        range_max_m: Nor farther.
        period_s: Least time between two shots.
    """

    muzzle_xyz_m: tuple[float, float, float]
    range_min_m: float
    range_max_m: float
    period_s: float

    def __post_init__(self) -> None:
        """Check the numbers."""
        require_ranges(self, {"range_max_m": (0.1, 10.0), "period_s": (0.1, 60.0)})
        require_ranges(self, {"range_min_m": (0.05, self.range_max_m)})
        if not all(abs(value) <= 2.0 for value in self.muzzle_xyz_m):
            raise ValueError(f"muzzle_xyz_m is {self.muzzle_xyz_m}; permitted: -2 to 2 each")


@dataclass(frozen=True, eq=False)
class BaseDescription:
    """A base that takes a velocity in its own frame: forward, left, turning left.

    Its frame stands on the floor, in the middle of the base (REP 105 `base_footprint`).

    Args:
        velocity_max: Largest speed by axis, shape (3,): m/s, m/s, rad/s. An axis of 0 cannot be moved along.
        acceleration_max: Largest acceleration of a commanded motion, shape (3,): m/s2, m/s2, rad/s2.
        jerk_max: Largest jerk of a commanded motion, shape (3,): m/s3, m/s3, rad/s3.
        stop_deceleration: Deceleration of a protective stop, shape (3,): m/s2, m/s2, rad/s2.
        length_m: From its rear to its front.
        width_m: From side to side.
        work_distance_m: What the arm is to work on should be so far before the base's origin.
        climb_max_m: Highest sill that it crosses; 0: none.
        ranging: How it ranges, or None.
        blaster: What it shoots with, or None.
        driver: Which driver serves it, by mode.
    """

    velocity_max: Array
    acceleration_max: Array
    jerk_max: Array
    stop_deceleration: Array
    length_m: float
    width_m: float
    work_distance_m: float
    climb_max_m: float = 0.0
    ranging: RangingDescription | None = None
    blaster: BlasterDescription | None = None
    driver: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that the limits make sense: a base without limits does not start."""
        for key, least in (
            ("velocity_max", 0.0),
            ("acceleration_max", 1e-6),
            ("jerk_max", 1e-6),
            ("stop_deceleration", 1e-6),
        ):
            values = frozen_array(getattr(self, key), (3,))
            object.__setattr__(self, key, values)
            if not (np.isfinite(values).all() and (values >= least).all()):
                raise ValueError(f"{key} is {values.tolist()}; permitted: finite, {least:g} or more")
        if not self.velocity_max.any():
            raise ValueError("velocity_max is 0 on every axis: a base that cannot move is none")
        for key in ("length_m", "width_m", "work_distance_m"):
            if not 0.0 < getattr(self, key) <= 5.0:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: above 0, at most 5")
        if not 0.0 <= self.climb_max_m <= 1.0:
            raise ValueError(f"climb_max_m is {self.climb_max_m}; permitted: 0 to 1")
