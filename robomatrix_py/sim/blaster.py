"""A simulated blaster: one ray straight ahead, a little off as every shot is, and what it does to a target."""

from __future__ import annotations

import math

import mujoco
import numpy as np

from robomatrix_py.contracts.base import BlasterDescription
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.sim.ranging import SCENE_ONLY
from robomatrix_py.sim.world import SimWorld

# Standard deviation of a shot's direction; ours, DJI publishes none.
_SPREAD_RAD = 0.006


class SimBlaster:
    """Shoots in the world.

    Args:
        world: The world.
        description: Where a shot leaves, and how far it goes.
    """

    def __init__(self, world: SimWorld, description: BlasterDescription) -> None:
        self._world = world
        self._description = description
        self._rng = np.random.default_rng([world.config.seed, 0xB1A5])

    def fire(self) -> None:
        """Shoot once, straight ahead; what is met first takes it."""
        world, base = self._world, self._world.base_pose()
        aside, up = self._rng.normal(0.0, _SPREAD_RAD, 2)
        muzzle = base @ Pose.at(*self._description.muzzle_xyz_m)
        turn = base.yaw_rad + aside
        ahead: Array = np.array([math.cos(turn) * math.cos(up), math.sin(turn) * math.cos(up), math.sin(up)])
        geom = np.full(1, -1, dtype=np.int32)
        away_m = mujoco.mj_ray(world.model, world.data, muzzle.position_m, ahead, SCENE_ONLY, 1, -1, geom, None)
        if 0.0 <= away_m <= self._description.range_max_m:
            world.take_shot(int(geom[0]), muzzle.position_m + away_m * ahead)
