"""What stands on a floor: walls, rooms and what is in them, from MuJoCo primitives.

As with the fixtures of a table top, a body's frame sits at the centre of its bounding box.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import mujoco
import numpy as np

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Box
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.sim.fixtures import Builder, FixtureModel, Rgb, Solid, stand
from robomatrix_py.sim.layout import PlacedFixture

Size = tuple[float, float, float]

TARGET_RADIUS_M = 0.10
"""A shot that meets a target within this distance of its middle is a hit."""

_PLASTER: Rgb = (0.86, 0.84, 0.80)
_WOOD: Rgb = (0.70, 0.60, 0.48)
_STEEL: Rgb = (0.30, 0.34, 0.40)
# Group 0 is what ranging meets; group 1 is only drawn, as it is on robots.
_SEEN = 1
_PAINT: Mapping[str, Any] = {"contype": 0, "conaffinity": 0, "group": _SEEN, "mass": 0.0}
# Things stand on a surface up to so high above it.
_ON_TOP_M = 0.06


def build_floor(spec: Any) -> None:
    """Add a floor at z = 0 and light for two rooms."""
    spec.worldbody.add_geom(
        name="floor",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[12, 12, 0.1],
        rgba=[0.60, 0.63, 0.66, 1],
        friction=[0.8, 0.02, 0.01],
        group=_SEEN,
    )
    spec.worldbody.add_light(pos=[1.0, -1.0, 3.0], dir=[0.1, 0.2, -1.0], castshadow=False, diffuse=[0.4] * 3)
    spec.worldbody.add_light(pos=[4.5, 1.0, 3.0], dir=[0.0, -0.2, -1.0], castshadow=False, diffuse=[0.4] * 3)


def _size(placed: PlacedFixture) -> Size:
    if placed.size_m is None:
        raise ConfigError(f"{placed.name} needs size_m", where=f"scene.fixtures.{placed.name}")
    return placed.size_m


def _solid(spec: Any, placed: PlacedFixture, height_m: float, color: Rgb) -> Solid:
    return Solid(stand(spec, placed.name, placed.pose_fixture_in_base, height_m), color)


def _build_wall(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    """A wall is met by ranging only: nobody names it."""
    x, y, z = _size(placed)
    _solid(spec, placed, z, _PLASTER).box((x / 2, y / 2, z / 2), (0, 0, 0))
    return []


def _build_table(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    """A low table, closed down to the floor, so that a ring of ranges meets it."""
    x, y, z = _size(placed)
    solid = _solid(spec, placed, z, _WOOD)
    solid.box((x / 2, y / 2, 0.010), (0, 0, z / 2 - 0.010))
    solid.box((x / 2 - 0.015, y / 2 - 0.015, z / 2 - 0.010), (0, 0, -0.010), color=_STEEL)
    top = Box(np.array([0, 0, z / 2 + _ON_TOP_M]), np.array([x / 2, y / 2, _ON_TOP_M + 0.005]))
    return [FixtureModel(placed.name, placed.kind, placed.name, (x, y, z), frozenset({Affordance.SURFACE}), top)]


def _build_shelf(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    """Two boards between two sides; the lower one counts, the upper one is in the way from above."""
    x, y, z = _size(placed)
    solid, board, lower = _solid(spec, placed, z, _WOOD), 0.010, 0.10 - z / 2
    for height in (lower - board, z / 2 - board):
        solid.box((x / 2, y / 2, board), (0, 0, height))
    for side in (-1, 1):
        solid.box((x / 2, board, z / 2), (0, side * (y / 2 - board), 0))
    solid.box((board / 2, y / 2, z / 2), (board / 2 - x / 2, 0, 0))
    top = Box(np.array([0, 0, lower + _ON_TOP_M]), np.array([x / 2, y / 2 - 2 * board, _ON_TOP_M]))
    return [FixtureModel(placed.name, "shelf", placed.name, (x, y, z), frozenset({Affordance.SURFACE}), top)]


def _build_crate(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    x, y, z = _size(placed)
    wall = 0.008
    solid = _solid(spec, placed, z, (0.55, 0.40, 0.22))
    solid.box((x / 2, y / 2, 0.004), (0, 0, 0.004 - z / 2))
    for side in (-1, 1):
        solid.box((wall / 2, y / 2, z / 2), (side * (x - wall) / 2, 0, 0))
        solid.box((x / 2, wall / 2, z / 2), (0, side * (y - wall) / 2, 0))
    inside = Box(np.array([0, 0, 0.006]), np.array([x / 2 - wall, y / 2 - wall, z / 2]))
    return [FixtureModel(placed.name, "crate", placed.name, (x, y, z), frozenset({Affordance.CONTAINER}), inside)]


def _build_sill(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    """A bar on the floor, to be crossed along its x axis."""
    x, y, z = _size(placed)
    # Low enough to go under a base: legs and wheels deal with it, so a base that glides does not touch it.
    _solid(spec, placed, z, (0.85, 0.70, 0.10)).box((x / 2, y / 2, z / 2), (0, 0, 0), group=_SEEN, conaffinity=0)
    return [FixtureModel(placed.name, "sill", placed.name, (x, y, z), frozenset({Affordance.CROSSABLE}))]


def _build_target(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    """A round plate on a post, its front along its x axis."""
    height, thick = 0.40, 0.02
    solid = _solid(spec, placed, height, _STEEL)
    solid.box((0.01, 0.01, 0.09), (-0.02, 0, -0.11))
    solid.box((0.06, 0.06, 0.008), (-0.02, 0, 0.008 - height / 2))
    upright = [math.sqrt(0.5), 0, math.sqrt(0.5), 0]
    for radius, color, ahead in ((TARGET_RADIUS_M, (0.90, 0.90, 0.90), 0.0), (0.06, (0.80, 0.12, 0.12), 0.002)):
        solid.cylinder(radius, thick / 2, (ahead, 0, height / 2 - TARGET_RADIUS_M), quat=upright, color=color)
    size = (0.12, 2 * TARGET_RADIUS_M, height)
    return [FixtureModel(placed.name, "target", placed.name, size, frozenset({Affordance.TARGET}))]


def _build_room(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    """A stretch of floor with a name."""
    x, y, z = _size(placed)
    tint: Rgb = (0.72, 0.74, 0.70) if len(placed.name) % 2 else (0.70, 0.68, 0.76)
    solid = _solid(spec, placed, z, tint)
    solid.box((x / 2, y / 2, 0.0005), (0, 0, 0.0005 - z / 2), **_PAINT)
    inside = Box(np.zeros(3), np.array([x / 2, y / 2, z / 2]))
    return [FixtureModel(placed.name, placed.name, placed.name, (x, y, z), frozenset({Affordance.PLACE}), inside)]


def _build_doorway(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    """A gap between walls, with a lintel above it; its x axis leads through."""
    x, y, z = _size(placed)
    solid = _solid(spec, placed, z, (0.55, 0.42, 0.30))
    solid.box((x / 2, y / 2, 0.02), (0, 0, z / 2 - 0.02))
    return [FixtureModel(placed.name, "doorway", placed.name, (x, y, z), frozenset({Affordance.PASSAGE}))]


ROOM_KINDS: Mapping[str, Builder] = {
    "wall": _build_wall,
    "table": _build_table,
    "desk": _build_table,
    "shelf": _build_shelf,
    "crate": _build_crate,
    "sill": _build_sill,
    "target": _build_target,
    "room": _build_room,
    "doorway": _build_doorway,
}
"""Kinds of fixtures that stand on a floor, besides those of a table top."""
