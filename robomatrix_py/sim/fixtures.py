"""Builds the table and the fixtures on it from MuJoCo primitives.

Every fixture's body frame sits at the centre of its bounding box; a drawer's frame is its handle, with x pointing
the way it opens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mujoco
import numpy as np

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Box, Pose, quaternion_from_yaw
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.sim.config import DRAWER_TRAVEL_M
from robomatrix_py.sim.layout import PlacedFixture

Rgb = tuple[float, float, float]

BUTTON_TRAVEL_M = 0.008
"""How far a button goes down."""
BUTTON_TRIGGER_M = 0.005
"""Pressing it this far toggles its lamp."""

_WOOD: Rgb = (0.62, 0.47, 0.33)
_GREY: Rgb = (0.36, 0.38, 0.41)


@dataclass(frozen=True, eq=False)
class FixtureModel:
    """What perception may report of a fixture once it is built.

    Args:
        name: Unique name.
        shape: Shape word.
        body: MuJoCo body whose pose is reported.
        size_m: Edge lengths of its bounding box.
        affordances: What it is good for.
        interior: What counts as inside or on top, in its frame.
        joint: Its MuJoCo joint, if it moves.
    """

    name: str
    shape: str
    body: str
    size_m: tuple[float, float, float]
    affordances: frozenset[Affordance]
    interior: Box | None = None
    joint: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


class Solid:
    """Adds solid primitives to a MuJoCo body."""

    def __init__(self, body: Any, color: Rgb) -> None:
        self.body = body
        self.color = color

    def box(self, half_m: tuple[float, float, float], at_m: tuple[float, float, float], **extra: Any) -> None:
        """Add a box."""
        self._add(mujoco.mjtGeom.mjGEOM_BOX, half_m, at_m, extra)

    def cylinder(
        self, radius_m: float, half_m: float, at_m: tuple[float, float, float], **extra: Any
    ) -> None:
        """Add an upright cylinder."""
        self._add(mujoco.mjtGeom.mjGEOM_CYLINDER, (radius_m, half_m, 0.0), at_m, extra)

    def _add(self, kind: mujoco.mjtGeom, size: tuple[float, ...], at_m: tuple[float, ...], extra: Any) -> None:
        color = extra.pop("color", self.color)
        settings: dict[str, Any] = {
            "rgba": [*color, 1.0],
            "contype": 1,
            "conaffinity": 3,
            "friction": [0.8, 0.01, 0.001],
            "mass": 0.05,
        }
        self.body.add_geom(type=kind, size=list(size), pos=list(at_m), **(settings | extra))


def build_table(spec: Any) -> FixtureModel:
    """Add floor and table; the table's top is z = 0."""
    world = spec.worldbody
    world.add_geom(
        type=mujoco.mjtGeom.mjGEOM_PLANE, size=[3, 3, 0.1], pos=[0, 0, -0.75], rgba=[0.60, 0.63, 0.66, 1]
    )
    size = (1.30, 1.60, 0.04)
    body = world.add_body(name="table", pos=[0.35, 0.0, -0.02])
    Solid(body, (0.74, 0.71, 0.66)).box((size[0] / 2, size[1] / 2, size[2] / 2), (0, 0, 0))
    # Only the part in front of the robot counts as a place to put things.
    interior = Box(np.array([0.07, -0.07, 0.07]), np.array([0.14, 0.17, 0.05]))
    return FixtureModel("table", "table", "table", size, frozenset({Affordance.SURFACE}), interior)


Builder = Callable[[Any, PlacedFixture], list["FixtureModel"]]
"""Adds a fixture to a scene and returns what perception may report of it."""


def build_fixture(spec: Any, placed: PlacedFixture, more: Mapping[str, Builder] | None = None) -> list[FixtureModel]:
    """Add a fixture to the scene.

    Args:
        spec: The scene.
        placed: What and where.
        more: Further kinds, by name.

    Raises:
        ConfigError: There is no such kind.
    """
    builders = {**_BUILDERS, **(more or {})}
    if placed.kind not in builders:
        raise ConfigError(f"unknown fixture kind '{placed.kind}'", where="scene.fixtures", permitted=builders)
    return builders[placed.kind](spec, placed)


def stand(spec: Any, name: str, pose: Pose, height_m: float) -> Any:
    """Return a new body of a height that stands at a place on the ground; its frame is in its middle."""
    x, y, z = pose.position_m
    quat_xyzw = quaternion_from_yaw(pose.yaw_rad)
    return spec.worldbody.add_body(name=name, pos=[x, y, z + height_m / 2], quat=np.roll(quat_xyzw, 1).tolist())


def _build_bin(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    inner, wall, height = 0.10, 0.006, 0.08
    body = Solid(stand(spec, placed.name, placed.pose_fixture_in_base, height), (0.30, 0.34, 0.40))
    outer = inner + wall
    body.box((outer, outer, 0.003), (0, 0, 0.003 - height / 2))
    for sign in (-1, 1):
        body.box((wall / 2, outer, height / 2), (sign * (inner + wall / 2), 0, 0))
        body.box((outer, wall / 2, height / 2), (0, sign * (inner + wall / 2), 0))
    interior = Box(np.array([0, 0, 0.006]), np.array([inner, inner, height / 2]))
    size = (2 * outer, 2 * outer, height)
    return [FixtureModel(placed.name, "bin", placed.name, size, frozenset({Affordance.CONTAINER}), interior)]


def _build_tray(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    hx, hy, rim, height = 0.08, 0.11, 0.005, 0.016
    body = Solid(stand(spec, placed.name, placed.pose_fixture_in_base, height), (0.20, 0.24, 0.30))
    body.box((hx, hy, 0.003), (0, 0, 0.003 - height / 2))
    for sign in (-1, 1):
        body.box((rim / 2, hy, height / 2), (sign * (hx - rim / 2), 0, 0))
        body.box((hx, rim / 2, height / 2), (0, sign * (hy - rim / 2), 0))
    interior = Box(np.array([0, 0, 0.054]), np.array([hx - rim, hy - rim, 0.056]))
    size = (2 * hx, 2 * hy, height)
    return [FixtureModel(placed.name, "tray", placed.name, size, frozenset({Affordance.SURFACE}), interior)]


def _build_bowl(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    radius, bottom, height, facets = 0.085, 0.055, 0.05, 16
    body = Solid(stand(spec, placed.name, placed.pose_fixture_in_base, height), (0.85, 0.80, 0.72))
    body.cylinder(bottom + 0.004, 0.003, (0, 0, 0.003 - height / 2))
    tilt = math.atan2(radius - bottom, height)
    middle = (radius + bottom) / 2
    for i in range(facets):
        angle = 2 * math.pi * i / facets
        quat = np.zeros(4)
        mujoco.mju_euler2Quat(quat, np.array([0.0, tilt, angle]), "XYZ")
        half_width = math.tan(math.pi / facets) * radius
        body.box(
            (0.003, half_width, height / 2 / math.cos(tilt)),
            (middle * math.cos(angle), middle * math.sin(angle), 0),
            quat=quat.tolist(),
        )
    inner = radius * math.cos(math.pi / 4)
    interior = Box(np.array([0, 0, 0.021]), np.array([inner, inner, 0.04]))
    size = (2 * radius, 2 * radius, height)
    return [FixtureModel(placed.name, "bowl", placed.name, size, frozenset({Affordance.CONTAINER}), interior)]


def _build_button(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    base, cap = 0.03, 0.014
    height = base + cap
    root = stand(spec, placed.name, placed.pose_fixture_in_base, height)
    Solid(root, (0.25, 0.25, 0.27)).box((0.04, 0.04, base / 2), (0, 0, base / 2 - height / 2))
    knob = root.add_body(name=f"{placed.name}_cap", pos=[0, 0, base - height / 2])
    joint = f"{placed.name}_joint"
    knob.add_joint(
        name=joint,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=[0, 0, -1],
        range=[0, BUTTON_TRAVEL_M],
        limited=True,
        stiffness=[400.0, 0, 0],
        springref=-0.006,
        damping=[4.0, 0, 0],
    )
    Solid(knob, (0.45, 0.10, 0.10)).cylinder(0.024, cap / 2, (0, 0, cap / 2), name=f"{placed.name}_lamp")
    # The cap sinks into its base. MuJoCo does not exclude the contact by itself: the base stands still.
    spec.add_exclude(bodyname1=placed.name, bodyname2=knob.name)
    size = (0.08, 0.08, height)
    affordances = frozenset({Affordance.BUTTON})
    return [FixtureModel(placed.name, "button", placed.name, size, affordances, None, joint)]


def _build_cabinet(spec: Any, placed: PlacedFixture) -> list[FixtureModel]:
    """A cabinet whose front faces its own x axis, with one drawer."""
    depth, width, height, wall = 0.24, 0.26, 0.12, 0.008
    root = stand(spec, placed.name, placed.pose_fixture_in_base, height)
    shell = Solid(root, _WOOD)
    hd, hw, hh = depth / 2, width / 2, height / 2
    shell.box((hd, hw, wall / 2), (0, 0, hh - wall / 2))
    shell.box((hd, hw, 0.003), (0, 0, 0.003 - hh))
    shell.box((wall / 2, hw, hh), (wall / 2 - hd, 0, 0))
    for sign in (-1, 1):
        shell.box((hd, wall / 2, hh), (0, sign * (hw - wall / 2), 0))

    # The drawer's frame is its handle bar, in front of the panel.
    stand_off, bar_radius, handle_z = 0.045, 0.006, 0.012
    name = "drawer" if placed.name == "cabinet" else f"{placed.name}_drawer"
    drawer = root.add_body(name=name, pos=[hd + stand_off, 0, handle_z])
    joint = f"{name}_joint"
    drawer.add_joint(
        name=joint,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=[1, 0, 0],
        range=[0, DRAWER_TRAVEL_M],
        limited=True,
        damping=[6.0, 0, 0],
        frictionloss=1.5,
        armature=0.1,
    )
    body = Solid(drawer, (0.72, 0.58, 0.42))
    inner_w, inner_d, inner_h, thin = hw - wall - 0.010, 0.100, 0.040, 0.004
    back, bottom = -stand_off - 2 * inner_d, -hh - handle_z + 0.010
    middle_x, middle_z = -stand_off - inner_d, bottom + inner_h
    body.box((inner_d, inner_w, thin / 2), (middle_x, 0, bottom), mass=0.3)
    for sign in (-1, 1):
        body.box((inner_d, thin / 2, inner_h), (middle_x, sign * (inner_w - thin / 2), middle_z), mass=0.1)
    body.box((thin / 2, inner_w, inner_h), (back + thin / 2, 0, middle_z), mass=0.1)
    panel_half = (hh - 0.008, hw - 0.002)
    body.box((0.005, panel_half[1], panel_half[0]), (-stand_off + 0.006, 0, -handle_z), mass=0.2, color=_WOOD)
    for sign in (-1, 1):
        post = stand_off / 2 - 0.006
        body.box((post, 0.005, 0.005), (-post, sign * 0.052, 0), mass=0.02, color=_GREY)
    body.box((bar_radius, 0.057, bar_radius), (0, 0, 0), mass=0.05, color=_GREY, friction=[1.2, 0.02, 0.002])

    interior = Box(np.array([middle_x, 0, bottom + inner_h]), np.array([inner_d, inner_w, inner_h]))
    top = Box(np.array([0, 0, hh + 0.055]), np.array([hd - 0.02, hw - 0.02, 0.055]))
    return [
        FixtureModel(
            placed.name, "cabinet", placed.name, (depth, width, height), frozenset({Affordance.SURFACE}), top
        ),
        FixtureModel(
            name,
            "drawer",
            name,
            (0.012, 0.114, 0.012),
            frozenset({Affordance.DRAWER, Affordance.CONTAINER}),
            interior,
            joint,
        ),
    ]


_BUILDERS: Mapping[str, Builder] = {
    "cabinet": _build_cabinet,
    "bin": _build_bin,
    "tray": _build_tray,
    "bowl": _build_bowl,
    "button": _build_button,
}
