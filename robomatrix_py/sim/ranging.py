"""A ring of distances to what stands around a simulated base."""

from __future__ import annotations

import mujoco
import numpy as np

from robomatrix_py.contracts.base import RangingDescription
from robomatrix_py.contracts.geometry import Array, Pose

SCENE_ONLY = np.array([1, 0, 0, 0, 0, 0], dtype=np.uint8)
"""Of the geom groups only the scene's own is met: not the robot itself, nor paint on the floor."""


class Ranging:
    """Casts rays around a base.

    Args:
        description: How many rays, how high, how far.
    """

    def __init__(self, description: RangingDescription) -> None:
        self._description = description
        self.angles_rad = description.angles_rad

    def ranges_m(self, model: mujoco.MjModel, data: mujoco.MjData, base: Pose) -> Array:
        """Return the distances from the base's origin, infinite where nothing is near, shape (rays,)."""
        described = self._description
        count = described.rays
        turned = self.angles_rad + base.yaw_rad
        rays = np.column_stack([np.cos(turned), np.sin(turned), np.zeros(count)])
        eye = base.position_m + np.array([0.0, 0.0, described.height_m])
        hit = np.full(count, -1, dtype=np.int32)
        distance = np.empty(count)
        cutoff = described.range_max_m
        mujoco.mj_multiRay(model, data, eye, rays.ravel(), SCENE_ONLY, 1, -1, hit, distance, None, count, cutoff)
        ranges: Array = np.where((hit >= 0) & (distance <= cutoff), distance, np.inf)
        return ranges
