"""Random episodes by seed: a scene, how it looks, and a chain of skills that can be carried out in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.skill import DIRECTIONS, SkillCall
from robomatrix_py.sim.config import DRAWER_TRAVEL_M, SceneConfig
from robomatrix_py.sim.layout import FOOTPRINTS, Layout, PlacedObject, draw_layout
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.training.appearance import move_camera, randomise_looks
from robomatrix_py.training.splits import SceneDraw

ROAM = "roam"
"""Not a skill but the way to a random start of the next one; nothing is learned from it."""

_LINKS_MIN = 6
LINKS_MAX = 8
"""Most links of an episode."""
# How often each kind of link is drawn where all are possible: chosen for more of what is hardest to learn: grasping,
# pushing and drawers.
_WEIGHTS = {"place": 3.2, "stow": 1.2, "drawer": 2.0, "push": 2.8, "press": 0.8, "move_to": 1.0}
_ALIKE = 0.6
_LOW = 0.35
_PLACED_AGAIN = 0.25
_ON_TOP = 0.5
_TALLEST_IN_DRAWER_M = 0.072
_SHUT_M = 0.015
_LOWEST_M, _HIGHEST_M, _CLEAR_M = 0.03, 0.30, 0.20
# Between the middle of the closed gripper and the outermost of it, opened.
_GRIPPER_RADIUS_M = 0.075
_PUSH_MIN_M, _PUSH_MAX_M = 0.04, 0.11
_ZONE_MIN_M, _ZONE_MAX_M = (0.26, -0.26), (0.58, 0.14)
# The wrist's camera is calibrated with the arm that it rides on.
_WRIST_BUMP_M, _WRIST_BUMP_RAD = 0.003, 0.01


@dataclass(frozen=True)
class Episode:
    """What happens in one random world.

    Args:
        seed: Everything follows from it.
        scene: What stands on the table.
        world_seed: Of the simulated world.
        draw: How it was drawn.
        links: Chains of calls; a later one of a link makes sense only after the earlier ones.
    """

    seed: int
    scene: SceneConfig
    world_seed: int
    draw: SceneDraw
    links: tuple[tuple[SkillCall, ...], ...] = field(default=())


def draw_episode(seed: int, base: SceneConfig, draw: SceneDraw) -> Episode:
    """Return the episode of a seed.

    Args:
        seed: The same seed gives the same episode.
        base: The scene whose furniture stands around; its objects are drawn anew.
        draw: How.

    Raises:
        ConfigError: The things do not fit on the table.
    """
    rng = np.random.default_rng([seed, 0xE91])
    scene = draw_scene(base, draw, rng)
    world_seed = int(rng.integers(2**31))
    layout = draw_layout(scene, world_seed)
    return Episode(seed, scene, world_seed, draw, _Chain(layout, rng).links())


def draw_scene(base: SceneConfig, draw: SceneDraw, rng: np.random.Generator) -> SceneConfig:
    """Return a random scene.

    Args:
        base: The scene whose furniture stands around.
        draw: How its objects are drawn.
        rng: Source of randomness.
    """
    count = int(rng.integers(draw.count[0], draw.count[1] + 1))
    names: list[tuple[str, str]] = []
    while len(names) < count:
        pairs = draw.targets if len(names) < 2 else draw.others
        pool = [pair for pair in pairs if pair not in names]
        if names and rng.random() < _ALIKE:
            # What shares a colour or a shape with another thing is what is hard to tell from it.
            like = names[int(rng.integers(len(names)))]
            pool = [pair for pair in pool if pair[0] == like[0] or pair[1] == like[1]] or pool
        names.append(pool[int(rng.integers(len(pool)))])
    fixtures = {name: replace(fixture, jitter_m=draw.jitter_m) for name, fixture in base.fixtures.items()}
    chance = rng.random()
    opening_m = 0.0 if chance < 0.5 else rng.uniform(0.02, 0.10) if chance < 0.6 else rng.uniform(0.12, DRAWER_TRAVEL_M)
    return replace(
        base,
        objects=tuple("_".join(pair) for pair in names),
        extra_min=0,
        extra_max=0,
        fixtures=fixtures,
        gap_m=float(rng.choice(draw.gaps_m)),
        zone_min_m=_ZONE_MIN_M,
        zone_max_m=_ZONE_MAX_M,
        scale_min=draw.scale[0],
        scale_max=draw.scale[1],
        drawer_open_m=float(opening_m),
    )


def dress(world: SimWorld, draw: SceneDraw, seed: int) -> None:
    """Give a world random looks and knock its cameras.

    Args:
        world: Changed in place: colours, lights, camera poses; geometry and physics stay.
        draw: How much.
        seed: Everything follows from it.
    """
    rng = np.random.default_rng([seed, 0x100C])
    if draw.looks:
        randomise_looks(world.model, {world.body_id(name) for name in world.object_names}, rng)
    # Mostly a little, sometimes a lot.
    share = rng.random() ** 2
    move_camera(world.model, "front_camera", share * draw.bump_m, share * draw.bump_rad, rng)
    share = rng.random()
    move_camera(world.model, "wrist_camera", share * _WRIST_BUMP_M, share * _WRIST_BUMP_RAD, rng)


def depth_noise_per_m(draw: SceneDraw, rng: np.random.Generator) -> float:
    """Return how noisy depth is: mostly little, sometimes as much as the draw says."""
    return float(draw.depth_noise_per_m * rng.random())


def roam_call(world: SimWorld, rng: np.random.Generator) -> SkillCall:
    """Return a way to a random start: often low beside a thing, with any opening of the gripper.

    Args:
        world: As it is now.
        rng: Source of randomness.
    """
    names = world.object_names
    target = world.pose(names[int(rng.integers(len(names)))]).position_m
    angle, away_m = rng.uniform(-math.pi, math.pi), rng.uniform(0.0, 0.12)
    xy = target[:2] + away_m * np.array([math.cos(angle), math.sin(angle)])
    box = world.robot.workspace.tool_box_in_base
    low, high = box.center_m - box.half_extents_m + 0.02, box.center_m + box.half_extents_m - 0.02
    xy = np.clip(xy, low[:2], np.minimum(high[:2], 0.66))
    z = float(rng.uniform(_LOWEST_M, _HIGHEST_M))
    if not _is_clear(world, xy):
        z = max(z, _CLEAR_M)
    yaw = rng.uniform(-math.pi / 2, math.pi / 2)
    values = {"x_m": float(xy[0]), "y_m": float(xy[1]), "z_m": z, "yaw_rad": float(yaw), "opening": float(rng.random())}
    return SkillCall(ROAM, values)


def _is_clear(world: SimWorld, xy_m: Array) -> bool:
    """Return whether the gripper can go down to the table at a place without touching anything."""
    for item in world.layout.objects:
        away_m = float(np.linalg.norm(world.pose(item.name).position_m[:2] - xy_m))
        if away_m < item.shape.footprint_radius_m + _GRIPPER_RADIUS_M:
            return False
    return all(
        FOOTPRINTS[fixture.kind].distance_m(fixture.pose_fixture_in_base, float(xy_m[0]), float(xy_m[1]))
        > _GRIPPER_RADIUS_M
        for fixture in world.layout.fixtures
        if fixture.kind in FOOTPRINTS
    )


class _Chain:
    """Draws links and keeps book of what they change, so that each can follow the ones before."""

    def __init__(self, layout: Layout, rng: np.random.Generator) -> None:
        self._rng = rng
        self._fixtures = {fixture.kind for fixture in layout.fixtures}
        self._free = list(layout.objects)
        self._placed: list[PlacedObject] = []
        self._covered: set[str] = set()
        self._opening_m = layout.drawer_open_m

    def links(self) -> tuple[tuple[SkillCall, ...], ...]:
        """Return the links of one episode."""
        count = int(self._rng.integers(_LINKS_MIN, LINKS_MAX + 1))
        return tuple(self._link() for _ in range(count))

    def _link(self) -> tuple[SkillCall, ...]:
        weights = dict(_WEIGHTS)
        if not self._free:
            weights["push"] = 0.0
            weights["place"] = 1.0 if self._placed else 0.0
        for kind, needed in (("drawer", "cabinet"), ("stow", "cabinet"), ("press", "button")):
            if needed not in self._fixtures:
                weights[kind] = 0.0
        if not self._low or self._opening_m > _SHUT_M:
            weights["stow"] = 0.0
        match self._pick(list(weights), list(weights.values())):
            case "place":
                return self._place()
            case "stow":
                return self._stow()
            case "drawer":
                return self._drawer()
            case "push":
                return self._push()
            case "press":
                return (SkillCall("press", {"button": "button"}),)
            case _:
                return self._move_to()

    def _place(self) -> tuple[SkillCall, ...]:
        again = self._placed and (not self._free or self._rng.random() < _PLACED_AGAIN)
        pool = self._placed if again else self._free
        item = pool.pop(int(self._rng.integers(len(pool))))
        targets: list[str] = [kind for kind in ("bin", "bowl", "tray") if kind in self._fixtures]
        if self._is_open and item.shape.size_m[2] < _TALLEST_IN_DRAWER_M:
            targets += ["drawer", "drawer"]
        tops = [other.name for other in self._free if other.shape.flat_top and other.name not in self._covered]
        if tops and item.shape.flat_top and self._rng.random() < _ON_TOP:
            targets = [str(self._rng.choice(tops))]
            self._covered.add(targets[0])
            self._free = [other for other in self._free if other.name != targets[0]]
        target = str(self._rng.choice(targets))
        if target in ("bin", "bowl", "tray"):
            self._placed.append(item)
        return (
            SkillCall("grasp", {"object": item.name}),
            SkillCall("position_over", {"object": item.name, "target": target}),
            SkillCall("release", {"object": item.name, "target": target}),
        )

    def _stow(self) -> tuple[SkillCall, ...]:
        item = self._low[int(self._rng.integers(len(self._low)))]
        self._free.remove(item)
        self._opening_m = 0.0
        into = {"object": item.name, "target": "drawer"}
        return (
            SkillCall("open_drawer", {"drawer": "drawer"}),
            SkillCall("grasp", {"object": item.name}),
            SkillCall("position_over", into),
            SkillCall("release", into),
            SkillCall("close_drawer", {"drawer": "drawer"}),
        )

    @property
    def _low(self) -> list[PlacedObject]:
        """Free things that fit into the drawer and carry nothing."""
        return [i for i in self._free if i.shape.size_m[2] < _TALLEST_IN_DRAWER_M and i.name not in self._covered]

    def _drawer(self) -> tuple[SkillCall, ...]:
        ajar = not self._is_open and self._opening_m > _SHUT_M
        closing = self._is_open or (ajar and self._rng.random() < 0.5)
        self._opening_m = 0.0 if closing else DRAWER_TRAVEL_M
        return (SkillCall("close_drawer" if closing else "open_drawer", {"drawer": "drawer"}),)

    def _push(self) -> tuple[SkillCall, ...]:
        item = self._free[int(self._rng.integers(len(self._free)))]
        distance_m = round(float(self._rng.uniform(_PUSH_MIN_M, _PUSH_MAX_M)), 3)
        direction = str(self._rng.choice(list(DIRECTIONS)))
        return (SkillCall("push", {"object": item.name, "direction": direction, "distance_m": distance_m}),)

    def _move_to(self) -> tuple[SkillCall, ...]:
        fixtures = [kind for kind in ("bin", "bowl", "tray", "button", "cabinet") if kind in self._fixtures]
        names = [item.name for item in (*self._free, *self._placed)]
        targets = names if names and self._rng.random() < 0.6 else [*fixtures, "drawer"]
        return (SkillCall("move_to", {"target": str(self._rng.choice(targets))}),)

    @property
    def _is_open(self) -> bool:
        return self._opening_m >= 0.115

    def _pick(self, kinds: Sequence[str], weights: Sequence[float]) -> str:
        share = np.array(weights) / sum(weights)
        return str(self._rng.choice(kinds, p=share))


def roams(rng: np.random.Generator) -> bool:
    """Return whether the arm is to roam before the next link."""
    return bool(rng.random() < _LOW)
