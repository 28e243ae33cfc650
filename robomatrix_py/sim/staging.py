"""Turns a perceived scene into the description of a simulated one, so that a plan can be rehearsed in it.

What perception does not know stays unknown: masses and friction are the catalogue's, and a thing of an unknown shape is
a box or a cylinder of the size that was perceived.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from robomatrix_py.contracts.errors import PlanError
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.sim.config import DRAWER_TRAVEL_M, FixtureConfig, PlacedConfig, SceneConfig
from robomatrix_py.sim.layout import FOOTPRINTS

NAME = "rehearsal"
"""Name of a staged scene."""

_ON_TABLE_M = 0.008
_LEVEL = 0.98
_TABLE_TOP_M = 0.02
_SIZE_MIN_M = 0.004
_SIZE_MAX_M = 0.6


def stage(scene: Scene, arm_rad: Sequence[float]) -> SceneConfig:
    """Return a simulated scene in which everything is where it was perceived.

    Args:
        scene: The scene as perceived, what is remembered out of sight included.
        arm_rad: Joint positions of the arm.

    Raises:
        PlanError: Something in it has no simulated likeness (``PLAN.NOT_STAGEABLE``).
    """
    fixtures: dict[str, FixtureConfig] = {}
    placed: dict[str, PlacedConfig] = {}
    drawers: list[SceneObject] = []
    for item in scene:
        if Affordance.MOVABLE in item.affordances:
            placed[item.name] = _placed(item)
        elif Affordance.DRAWER in item.affordances:
            drawers.append(item)
        elif item.shape == "table":
            _require_level_table(item)
        else:
            fixtures[item.name] = _fixture(item)
    return SceneConfig(
        name=NAME,
        fixtures=fixtures,
        objects=(),
        extra_min=0,
        extra_max=0,
        drawer_open_m=_opening_m(drawers, fixtures),
        placed=placed,
        arm_rad=tuple(float(value) for value in arm_rad),
    )


def _placed(item: SceneObject) -> PlacedConfig:
    x, y, z = item.position_m.tolist()
    size = np.clip(item.size_m, _SIZE_MIN_M, _SIZE_MAX_M)
    up = np.abs(item.pose_object_in_base.rotation[2])
    height_m = float(size[int(up.argmax())])
    if up.max() > _LEVEL and abs(z - height_m / 2) < _ON_TABLE_M:
        # Noise must neither sink a thing into the table nor drop it onto it.
        z = height_m / 2
    sx, sy, sz = size.tolist()
    qx, qy, qz, qw = item.pose_object_in_base.quaternion_xyzw.tolist()
    return PlacedConfig(
        shape=item.shape,
        position_m=(x, y, z),
        size_m=(sx, sy, sz),
        color=item.color,
        quaternion_xyzw=(qx, qy, qz, qw),
        yaw_symmetry=item.yaw_symmetry,
        flat_top=Affordance.SURFACE in item.affordances,
    )


def _fixture(item: SceneObject) -> FixtureConfig:
    if item.shape not in FOOTPRINTS:
        raise _not_stageable(f"'{item.name}' is a {item.shape or 'thing without a shape word'}")
    x, y, _ = item.position_m.tolist()
    return FixtureConfig(item.shape, (x, y), item.pose_object_in_base.yaw_rad)


def _opening_m(drawers: Sequence[SceneObject], fixtures: dict[str, FixtureConfig]) -> float:
    """Return how far the drawers stand open, which the simulated ones all do alike."""
    cabinets = [name for name, fixture in fixtures.items() if fixture.kind == "cabinet"]
    simulated = {"drawer" if name == "cabinet" else f"{name}_drawer" for name in cabinets}
    names = {drawer.name for drawer in drawers}
    if names != simulated:
        what = ", ".join(sorted(names ^ simulated))
        raise _not_stageable(f"drawers and cabinets do not go together ({what})")
    openings_m = [float(drawer.states.get("opening_m", 0.0)) for drawer in drawers]
    if openings_m and max(openings_m) - min(openings_m) > _ON_TABLE_M:
        raise _not_stageable("several drawers stand open differently")
    return min(max(max(openings_m, default=0.0), 0.0), DRAWER_TRAVEL_M)


def _require_level_table(item: SceneObject) -> None:
    if not math.isclose(item.top_z_m, 0.0, abs_tol=_TABLE_TOP_M):
        raise _not_stageable(f"the table's top is at {item.top_z_m:.3f} m, in simulation it is at 0")


def _not_stageable(why: str) -> PlanError:
    return PlanError(
        f"the scene cannot be built in simulation: {why}",
        where="rehearsal",
        permitted=f"objects, a table, and fixtures of kind {', '.join(FOOTPRINTS)}",
        remedy="run without --rehearse",
        code="NOT_STAGEABLE",
    )
