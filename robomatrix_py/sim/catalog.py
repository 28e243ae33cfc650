"""Shapes and colours of free objects, as MuJoCo primitives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import mujoco

from robomatrix_py.contracts.errors import ConfigError

COLORS: Mapping[str, tuple[float, float, float]] = {
    "red": (0.82, 0.12, 0.12),
    "orange": (0.95, 0.48, 0.08),
    "yellow": (0.92, 0.82, 0.15),
    "green": (0.12, 0.62, 0.20),
    "cyan": (0.15, 0.80, 0.85),
    "blue": (0.15, 0.25, 0.85),
    "purple": (0.55, 0.18, 0.68),
    "white": (0.93, 0.93, 0.93),
}
"""Colour word to RGB."""

UNKNOWN_COLOR = (0.55, 0.55, 0.55)
"""RGB of a colour word that is not among these."""

_BOX = mujoco.mjtGeom.mjGEOM_BOX
_SPHERE = mujoco.mjtGeom.mjGEOM_SPHERE
_CYLINDER = mujoco.mjtGeom.mjGEOM_CYLINDER
_CAPSULE = mujoco.mjtGeom.mjGEOM_CAPSULE
_ELLIPSOID = mujoco.mjtGeom.mjGEOM_ELLIPSOID


@dataclass(frozen=True)
class GeomPart:
    """One primitive of a shape.

    Args:
        type: MuJoCo geom type.
        size_m: MuJoCo size numbers.
        z_m: Height of its centre above the shape's centre.
        lying: Turned so that its axis lies along x.
    """

    type: mujoco.mjtGeom
    size_m: tuple[float, float, float]
    z_m: float = 0.0
    lying: bool = False


@dataclass(frozen=True)
class Shape:
    """A kind of object; its frame sits at the centre of its bounding box.

    Args:
        parts: Its primitives.
        size_m: Edge lengths of its bounding box.
        mass_kg: Its mass.
        yaw_symmetry: 0 round, 2 alike after half a turn, 4 after a quarter turn.
        flat_top: Whether something can stand on it.
    """

    parts: tuple[GeomPart, ...]
    size_m: tuple[float, float, float]
    mass_kg: float
    yaw_symmetry: int
    flat_top: bool

    @property
    def footprint_radius_m(self) -> float:
        """Radius of the circle around its outline seen from above."""
        x, y, _ = self.size_m
        return 0.5 * (x if self.yaw_symmetry == 0 else (x * x + y * y) ** 0.5)


def _cube(k: float) -> Shape:
    h = 0.021 * k
    return Shape((GeomPart(_BOX, (h, h, h)),), (2 * h, 2 * h, 2 * h), 0.07, 4, True)


def _ball(k: float) -> Shape:
    r = 0.0235 * k
    return Shape((GeomPart(_SPHERE, (r, 0, 0)),), (2 * r, 2 * r, 2 * r), 0.05, 0, False)


def _can(k: float) -> Shape:
    r, h = 0.024 * k, 0.033 * k
    return Shape((GeomPart(_CYLINDER, (r, h, 0)),), (2 * r, 2 * r, 2 * h), 0.08, 0, True)


def _brick(k: float) -> Shape:
    a, b, h = 0.040 * k, 0.018 * k, 0.018 * k
    return Shape((GeomPart(_BOX, (a, b, h)),), (2 * a, 2 * b, 2 * h), 0.08, 2, True)


def _capsule(k: float) -> Shape:
    r, half = 0.018 * k, 0.022 * k
    return Shape(
        (GeomPart(_CAPSULE, (r, half, 0), lying=True),), (2 * (half + r), 2 * r, 2 * r), 0.06, 2, False
    )


def _bottle(k: float) -> Shape:
    r, body, neck = 0.022 * k, 0.034 * k, 0.016 * k
    height = 2 * (body + neck)
    return Shape(
        (
            GeomPart(_CYLINDER, (r, body, 0), z_m=body - height / 2),
            GeomPart(_CYLINDER, (0.010 * k, neck, 0), z_m=height / 2 - neck),
        ),
        (2 * r, 2 * r, height),
        0.07,
        0,
        False,
    )


def _egg(k: float) -> Shape:
    a, b = 0.027 * k, 0.020 * k
    return Shape((GeomPart(_ELLIPSOID, (a, b, b)),), (2 * a, 2 * b, 2 * b), 0.05, 2, False)


def _puck(k: float) -> Shape:
    r, h = 0.027 * k, 0.016 * k
    return Shape((GeomPart(_CYLINDER, (r, h, 0)),), (2 * r, 2 * r, 2 * h), 0.06, 0, True)


def _spool(k: float) -> Shape:
    r, rim, core = 0.024 * k, 0.007 * k, 0.014 * k
    height = 2 * (2 * rim + core)
    return Shape(
        (
            GeomPart(_CYLINDER, (r, rim, 0), z_m=rim - height / 2),
            GeomPart(_CYLINDER, (0.016 * k, core, 0)),
            GeomPart(_CYLINDER, (r, rim, 0), z_m=height / 2 - rim),
        ),
        (2 * r, 2 * r, height),
        0.06,
        0,
        True,
    )


def _tower(k: float) -> Shape:
    a, b, h = 0.022 * k, 0.014 * k, 0.016 * k
    return Shape(
        (GeomPart(_BOX, (a, a, h), z_m=-h), GeomPart(_BOX, (b, b, h), z_m=h)), (2 * a, 2 * a, 4 * h), 0.07, 4, False
    )


_SHAPES: Mapping[str, Callable[[float], Shape]] = {
    "cube": _cube,
    "ball": _ball,
    "can": _can,
    "brick": _brick,
    "capsule": _capsule,
    "bottle": _bottle,
    "egg": _egg,
    "puck": _puck,
}
SHAPE_NAMES = tuple(_SHAPES)
"""All shape words that scenes are drawn from."""

_NOVEL: Mapping[str, Callable[[float], Shape]] = {"spool": _spool, "tower": _tower}
NOVEL_SHAPE_NAMES = tuple(_NOVEL)
"""Shapes that only appear where a scene names them: nothing learned has seen them."""


def make_shape(name: str, scale: float = 1.0) -> Shape:
    """Return a shape at a scale.

    Raises:
        ConfigError: There is no such shape.
    """
    known = {**_SHAPES, **_NOVEL}
    if name not in known:
        raise ConfigError(f"unknown shape '{name}'", permitted=known)
    return known[name](scale)


# A thing whose edges are in other proportions than the catalogue's by more than this is another thing.
_PROPORTION_MAX = 1.3
_DENSITY_KG_M3 = 500.0


def fit_shape(name: str, size_m: tuple[float, float, float], yaw_symmetry: int, *, flat_top: bool) -> Shape:
    """Return a shape of a given size: the catalogue's, scaled, or else a box or an upright cylinder.

    Args:
        name: Shape word.
        size_m: Edge lengths of its bounding box.
        yaw_symmetry: 0 round, 2 alike after half a turn, 4 after a quarter turn.
        flat_top: Whether something can stand on it.
    """
    known = {**_SHAPES, **_NOVEL}
    if name in known:
        ratios = [wanted / own for wanted, own in zip(size_m, known[name](1.0).size_m, strict=True)]
        if max(ratios) <= _PROPORTION_MAX * min(ratios):
            return known[name](sum(ratios) / 3)
    x, y, z = (edge / 2 for edge in size_m)
    mass_kg = min(max(_DENSITY_KG_M3 * math.prod(size_m), 0.02), 0.5)
    if yaw_symmetry == 0:
        radius = (x + y) / 2
        part, size = GeomPart(_CYLINDER, (radius, z, 0)), (2 * radius, 2 * radius, 2 * z)
    else:
        part, size = GeomPart(_BOX, (x, y, z)), (2 * x, 2 * y, 2 * z)
    return Shape((part,), size, mass_kg, yaw_symmetry, flat_top)
