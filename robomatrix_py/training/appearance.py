"""Randomised looks of a built scene: colours, lights and camera poses. Geometry and physics stay."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from robomatrix_py.contracts.geometry import Array

_OBJECT_GAIN = (0.82, 1.12)
_OBJECT_SHIFT = 0.05
_FIXTURE_SHIFT = 0.10
_SHADOW_MAP_PX = 1024


def randomise_looks(model: Any, object_bodies: set[int], rng: np.random.Generator) -> None:
    """Change colours and lights of a model in place.

    Args:
        model: MuJoCo model.
        object_bodies: Bodies whose colour has a name: they vary within it, everything else varies more.
        rng: Source of randomness.
    """
    table = model.body("table").id
    for body in range(model.nbody):
        geoms = np.flatnonzero(model.geom_bodyid == body)
        if not len(geoms):
            continue
        if body in object_bodies:
            gain, shift = rng.uniform(*_OBJECT_GAIN), rng.uniform(-_OBJECT_SHIFT, _OBJECT_SHIFT, 3)
            model.geom_rgba[geoms, :3] = np.clip(model.geom_rgba[geoms, :3] * gain + shift, 0, 1)
        elif body in (0, table):
            # Table and floor: any muted colour, since a table elsewhere is another one.
            grey = rng.uniform(0.2, 0.85)
            model.geom_rgba[geoms, :3] = np.clip(grey + rng.normal(0.0, 0.07, 3), 0, 1)
        else:
            shift = rng.uniform(-_FIXTURE_SHIFT, _FIXTURE_SHIFT) + rng.normal(0.0, 0.03, 3)
            model.geom_rgba[geoms, :3] = np.clip(model.geom_rgba[geoms, :3] + shift, 0, 1)
    ambient, diffuse = rng.uniform(0.3, 0.6), rng.uniform(0.15, 0.4)
    model.vis.headlight.ambient[:] = ambient
    model.vis.headlight.diffuse[:] = diffuse
    tint = 1.0 + rng.normal(0.0, 0.05, 3)
    model.light_pos[:] += rng.uniform(-0.6, 0.6, model.light_pos.shape)
    model.light_dir[:] += rng.uniform(-0.4, 0.4, model.light_dir.shape)
    model.light_dir[:] /= np.linalg.norm(model.light_dir, axis=1, keepdims=True)
    model.light_diffuse[:] = np.clip(rng.uniform(0.3, 0.7) * tint, 0, 1)


def throw_shadows(model: Any) -> None:
    """Have the lights of a model throw shadows; drawing it then takes several times as long."""
    model.light_castshadow[:] = 1
    model.vis.quality.shadowsize = _SHADOW_MAP_PX


def move_camera(model: Any, name: str, shift_m: float, turn_rad: float, rng: np.random.Generator) -> None:
    """Move a camera at random, as one that was bumped or mounted anew."""
    camera = model.camera(name).id
    model.cam_pos[camera] += rng.uniform(-shift_m, shift_m, 3)
    turn: Array = np.zeros(4)
    axis = rng.normal(0.0, 1.0, 3)
    mujoco.mju_axisAngle2Quat(turn, axis / np.linalg.norm(axis), rng.uniform(-turn_rad, turn_rad))
    turned: Array = np.zeros(4)
    mujoco.mju_mulQuat(turned, model.cam_quat[camera], turn)
    model.cam_quat[camera] = turned
