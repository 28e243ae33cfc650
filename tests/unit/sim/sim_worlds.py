"""Worlds to test in: the scene that ships, with single settings changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.sim.config import SceneConfig, SimConfig
from robomatrix_py.sim.world import SimWorld


@cache
def settings() -> Settings:
    """Return the settings that ship."""
    return resolve([])


@cache
def ur5e() -> RobotDescription:
    """Return the robot that ships."""
    return settings().load_robot()


def scene(**changes: Any) -> SceneConfig:
    """Return the tabletop scene with single keys changed."""
    return replace(settings().scene, **changes)


def sim_config(seed: int = 0, scene_changes: dict[str, Any] | None = None, **changes: Any) -> SimConfig:
    """Return the configuration of a world with single keys changed."""
    base = settings().with_seed(seed).sim_config()
    return replace(base, scene=replace(base.scene, **(scene_changes or {})), **changes)


def make_world(seed: int = 0, scene_changes: dict[str, Any] | None = None, **changes: Any) -> SimWorld:
    """Return a world of the tabletop scene."""
    return SimWorld(ur5e(), settings().model_file, sim_config(seed, scene_changes, **changes))


def place(world: SimWorld, name: str, x_m: float, y_m: float, z_m: float) -> None:
    """Put a free object somewhere and let it come to rest."""
    world.move_object(name, Pose(np.array([x_m, y_m, z_m]), np.array([0.0, 0.0, 0.0, 1.0])))
    world.step(250)
