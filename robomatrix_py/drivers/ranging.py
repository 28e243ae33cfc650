"""From what a lidar measures to the ring of ranges that the rest of RoboMatrix reads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.base import BaseDescription
from robomatrix_py.contracts.geometry import Array

_TURN_RAD = 2.0 * math.pi


@dataclass(frozen=True)
class Ring:
    """A ring of ranges around a base.

    Args:
        rays: How many directions.
        range_max_m: Farther than this nothing is seen.
        length_m: Of the base, from its rear to its front.
        width_m: From side to side.
    """

    rays: int
    range_max_m: float
    length_m: float
    width_m: float

    @classmethod
    def of(cls, base: BaseDescription) -> Ring | None:
        """Return the ring of a base, or None if it has no ranging sensor."""
        if base.ranging is None:
            return None
        return cls(base.ranging.rays, base.ranging.range_max_m, base.length_m, base.width_m)

    def ranges_m(self, angles_rad: Array, ranges_m: Array, lidar_in_base: tuple[float, float, float]) -> Array:
        """Return the distances from the base's origin, infinite where nothing is near, shape (rays,).

        A ray of a coarse lidar stands for all directions of the ring that it covers. What is met within the base's own
        outline is its own, such as a mast, and left out.

        Args:
            angles_rad: Directions of the lidar's rays in its own frame, evenly spaced, shape (n,).
            ranges_m: What they met, infinite where nothing is near, shape (n,).
            lidar_in_base: Where the lidar is in the base's frame: x and y in m, its turn in rad.
        """
        x_m, y_m, yaw_rad = lidar_in_base
        met = np.isfinite(ranges_m)
        turned, away_m = angles_rad[met] + yaw_rad, ranges_m[met]
        points = np.column_stack([x_m + away_m * np.cos(turned), y_m + away_m * np.sin(turned)])
        points = points[(np.abs(points) > np.array([self.length_m, self.width_m]) / 2).any(axis=1)]
        distances = np.hypot(points[:, 0], points[:, 1])
        points, distances = points[distances <= self.range_max_m], distances[distances <= self.range_max_m]
        step_rad = _TURN_RAD / self.rays
        nearest = np.rint(np.arctan2(points[:, 1], points[:, 0]) / step_rad).astype(int)
        apart_rad = abs(float(angles_rad[1] - angles_rad[0])) if len(angles_rad) > 1 else step_rad
        beside = math.floor(apart_rad / step_rad / 2 + 1e-6)
        ring = np.full(self.rays, np.inf)
        for shift in range(-beside, beside + 1):
            np.minimum.at(ring, (nearest + shift) % self.rays, distances)
        return ring
