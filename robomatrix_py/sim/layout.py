"""Draws a scene by seed: which objects, how large, where. Pure: no physics, no MuJoCo state."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.sim.catalog import COLORS, NOVEL_SHAPE_NAMES, SHAPE_NAMES, Shape, fit_shape, make_shape
from robomatrix_py.sim.config import PlacedConfig, SceneConfig

_NAME = re.compile(r"(?P<color>[a-z]+)_(?P<shape>[a-z]+)(_\d+)?")
_TRIES_PER_OBJECT = 200
_RESTARTS = 200


@dataclass(frozen=True)
class Footprint:
    """Ground that a kind of fixture takes up, its drawer pulled out: a rectangle with a rim around it.

    Args:
        back_m: How far the rectangle reaches against the fixture's x axis.
        front_m: How far along it.
        side_m: How far to either side.
        rim_m: Width of the rim, round at the corners.
    """

    back_m: float
    front_m: float
    side_m: float
    rim_m: float = 0.0

    def distance_m(self, place: Pose, x_m: float, y_m: float) -> float:
        """Return how far a point of the base frame is from a fixture that stands at a place, 0 or less inside."""
        x, y, _ = place.inverse().transform([x_m, y_m, 0.0])
        return math.hypot(max(-self.back_m - x, x - self.front_m, 0.0), max(abs(y) - self.side_m, 0.0)) - self.rim_m


FOOTPRINTS: Mapping[str, Footprint] = {
    "cabinet": Footprint(0.12, 0.331, 0.13),
    "bin": Footprint(0.106, 0.106, 0.106),
    "tray": Footprint(0.08, 0.08, 0.11),
    "bowl": Footprint(0.0, 0.0, 0.0, rim_m=0.085),
    "button": Footprint(0.04, 0.04, 0.04),
}
"""By kind of fixture."""


@dataclass(frozen=True, eq=False)
class PlacedObject:
    """A free object at its start.

    Args:
        name: Unique name.
        color: Colour word.
        shape_name: Shape word.
        shape: Its geometry.
        pose_object_in_base: Where it starts, standing on the table.
    """

    name: str
    color: str
    shape_name: str
    shape: Shape
    pose_object_in_base: Pose


@dataclass(frozen=True, eq=False)
class PlacedFixture:
    """A fixture at its place.

    Args:
        name: Unique name.
        kind: What it is.
        pose_fixture_in_base: Where its base's centre stands on the ground.
        size_m: Its edge lengths, for a kind that comes in any size.
    """

    name: str
    kind: str
    pose_fixture_in_base: Pose
    size_m: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Layout:
    """A scene that was drawn.

    Args:
        objects: Free objects.
        fixtures: Fixtures.
        drawer_open_m: How far the drawer stands open.
    """

    objects: tuple[PlacedObject, ...]
    fixtures: tuple[PlacedFixture, ...]
    drawer_open_m: float


def split_name(name: str) -> tuple[str, str]:
    """Return colour and shape of an object name such as ``red_cube`` or ``red_cube_2``.

    Raises:
        ConfigError: Colour or shape is unknown.
    """
    match = _NAME.fullmatch(name)
    shapes = (*SHAPE_NAMES, *NOVEL_SHAPE_NAMES)
    if match is None or match["color"] not in COLORS or match["shape"] not in shapes:
        raise ConfigError(
            f"unknown object '{name}'",
            where="scene.objects",
            permitted=f"<color>_<shape>[_<number>] with color {'|'.join(COLORS)} and shape {'|'.join(shapes)}",
        )
    return match["color"], match["shape"]


def draw_layout(config: SceneConfig, seed: int) -> Layout:
    """Draw a scene.

    Raises:
        ConfigError: The objects do not fit into the zone.
    """
    rng = np.random.default_rng([seed, 0x5CE])
    fixtures = tuple(
        PlacedFixture(
            name,
            fixture.kind,
            Pose.at(
                fixture.position_m[0] + rng.uniform(-1, 1) * fixture.jitter_m,
                fixture.position_m[1] + rng.uniform(-1, 1) * fixture.jitter_m,
                0.0,
                fixture.yaw_rad,
            ),
            fixture.size_m,
        )
        for name, fixture in config.fixtures.items()
    )
    objects = _draw_objects(config, fixtures, rng)
    objects += [_place(name, item) for name, item in config.placed.items()]
    for zone in config.more:
        further = replace(
            config,
            objects=zone.objects,
            extra_min=0,
            extra_max=0,
            zone_min_m=zone.min_m,
            zone_max_m=zone.max_m,
            zone_height_m=zone.height_m,
        )
        objects += _draw_objects(further, fixtures, rng)
    names = [item.name for item in objects]
    if len(set(names)) < len(names):
        raise ConfigError(f"object names repeat: {names}", where="scene.objects")
    return Layout(tuple(objects), fixtures, config.drawer_open_m)


def _place(name: str, item: PlacedConfig) -> PlacedObject:
    """Return an object that stands exactly where told."""
    shape = fit_shape(item.shape, item.size_m, item.yaw_symmetry, flat_top=item.flat_top)
    rotation = np.array(item.quaternion_xyzw) / math.hypot(*item.quaternion_xyzw)
    return PlacedObject(name, item.color, item.shape, shape, Pose(np.array(item.position_m), rotation))


def _draw_objects(
    config: SceneConfig, fixtures: Sequence[PlacedFixture], rng: np.random.Generator
) -> list[PlacedObject]:
    """Return what stands in the main zone."""
    names = _draw_names(config, rng)
    shapes = [make_shape(split_name(name)[1], rng.uniform(config.scale_min, config.scale_max)) for name in names]
    points = _draw_points(config, shapes, fixtures, rng)
    objects = []
    for name, shape, (x, y) in zip(names, shapes, points, strict=True):
        color, shape_name = split_name(name)
        pose = Pose.at(x, y, config.zone_height_m + shape.size_m[2] / 2, rng.uniform(-math.pi, math.pi))
        objects.append(PlacedObject(name, color, shape_name, shape, pose))
    return objects


def _draw_names(config: SceneConfig, rng: np.random.Generator) -> list[str]:
    names = list(config.objects)
    if len(set(names)) != len(names):
        raise ConfigError(f"object names repeat: {names}", where="scene.objects")
    kinds = {split_name(name) for name in names}
    others = [(c, s) for c in COLORS for s in SHAPE_NAMES if (c, s) not in kinds]
    count = int(rng.integers(config.extra_min, config.extra_max + 1))
    picked = rng.choice(len(others), size=count, replace=False)
    return names + ["_".join(others[i]) for i in picked]


def _draw_points(
    config: SceneConfig, shapes: list[Shape], fixtures: Sequence[PlacedFixture], rng: np.random.Generator
) -> list[tuple[float, float]]:
    for _ in range(_RESTARTS):
        points: list[tuple[float, float]] = []
        for shape in shapes:
            for _ in range(_TRIES_PER_OBJECT):
                x, y = (float(value) for value in rng.uniform(config.zone_min_m, config.zone_max_m))
                if _is_free(x, y, shape, list(zip(shapes, points, strict=False)), fixtures, config.gap_m):
                    points.append((x, y))
                    break
            else:
                break
        if len(points) == len(shapes):
            return points
    raise ConfigError(
        f"{len(shapes)} objects do not fit between {config.zone_min_m} and {config.zone_max_m}",
        where="scene",
        remedy="use fewer objects, a smaller gap_m or a larger zone",
    )


def _is_free(
    x_m: float,
    y_m: float,
    shape: Shape,
    others: list[tuple[Shape, tuple[float, float]]],
    fixtures: Sequence[PlacedFixture],
    gap_m: float,
) -> bool:
    """Return whether an object can stand at a point: a gap away from other objects, and in no fixture."""
    radius_m = shape.footprint_radius_m
    return all(
        math.hypot(x_m - x, y_m - y) >= radius_m + other.footprint_radius_m + gap_m for other, (x, y) in others
    ) and all(
        FOOTPRINTS[fixture.kind].distance_m(fixture.pose_fixture_in_base, x_m, y_m) > radius_m
        for fixture in fixtures
        if fixture.kind in FOOTPRINTS
    )
