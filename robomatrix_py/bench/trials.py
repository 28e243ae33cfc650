"""Draws trials of single skills: what is asked for, and what has to be done before so that it can be asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.skill import DIRECTIONS, SkillCall
from robomatrix_py.sim.config import DRAWER_TRAVEL_M
from robomatrix_py.sim.layout import FOOTPRINTS, Layout, PlacedObject

_OPEN_M = 0.7 * DRAWER_TRAVEL_M
_TALLEST_IN_DRAWER_M = 0.072
_PUSH_M = (0.04, 0.11)
_TRIES = 60
# What the closed fingers need behind a thing that they push, and what must stay free around where it goes.
_BEHIND_M = 0.05
_BESIDE_M = 0.012
_X_M, _Y_M = (0.24, 0.62), (-0.32, 0.30)


@dataclass(frozen=True)
class Trial:
    """One skill to be measured.

    Args:
        call: The skill.
        before: What brings its preconditions about.
    """

    call: SkillCall
    before: tuple[SkillCall, ...] = ()


def draw_trial(skill: str, layout: Layout, targets: Sequence[str], rng: np.random.Generator) -> Trial | None:
    """Return a trial of a skill in a scene, or None where the scene has no use for the skill.

    Args:
        skill: One of :data:`~robomatrix_py.contracts.policy.SKILLS`.
        layout: What stands on the table.
        targets: Names of the free objects that trials may be about.
        rng: Source of randomness.
    """
    return _DRAWS[skill](layout, [item for item in layout.objects if item.name in targets], rng)


def _move_to(layout: Layout, targets: Sequence[PlacedObject], rng: np.random.Generator) -> Trial:
    fixtures = [fixture.kind for fixture in layout.fixtures]
    names = [item.name for item in targets] if rng.random() < 0.6 else fixtures
    return Trial(SkillCall("move_to", {"target": str(rng.choice(names))}))


def _grasp(_layout: Layout, targets: Sequence[PlacedObject], rng: np.random.Generator) -> Trial:
    return Trial(SkillCall("grasp", {"object": str(rng.choice([item.name for item in targets]))}))


def _position_over(layout: Layout, targets: Sequence[PlacedObject], rng: np.random.Generator) -> Trial:
    item = targets[int(rng.integers(len(targets)))]
    places = [kind for kind in ("bin", "bowl", "tray") if any(f.kind == kind for f in layout.fixtures)]
    low = item.shape.size_m[2] < _TALLEST_IN_DRAWER_M
    if low and any(fixture.kind == "cabinet" for fixture in layout.fixtures):
        places.append("drawer")
    place = str(rng.choice(places))
    before = []
    if place == "drawer" and layout.drawer_open_m < _OPEN_M:
        before.append(SkillCall("open_drawer", {"drawer": "drawer"}))
    before.append(SkillCall("grasp", {"object": item.name}))
    return Trial(SkillCall("position_over", {"object": item.name, "target": place}), tuple(before))


def _release(layout: Layout, targets: Sequence[PlacedObject], rng: np.random.Generator) -> Trial:
    carry = _position_over(layout, targets, rng)
    return Trial(SkillCall("release", carry.call.arguments), (*carry.before, carry.call))


def _open_drawer(layout: Layout, _targets: Sequence[PlacedObject], _rng: np.random.Generator) -> Trial:
    call = SkillCall("open_drawer", {"drawer": "drawer"})
    shut = (SkillCall("close_drawer", {"drawer": "drawer"}),)
    return Trial(call, shut if layout.drawer_open_m > DRAWER_TRAVEL_M / 4 else ())


def _close_drawer(layout: Layout, _targets: Sequence[PlacedObject], _rng: np.random.Generator) -> Trial:
    call = SkillCall("close_drawer", {"drawer": "drawer"})
    return Trial(call, (SkillCall("open_drawer", {"drawer": "drawer"}),) if layout.drawer_open_m < _OPEN_M else ())


def _press(_layout: Layout, _targets: Sequence[PlacedObject], _rng: np.random.Generator) -> Trial:
    return Trial(SkillCall("press", {"button": "button"}))


def _push(layout: Layout, targets: Sequence[PlacedObject], rng: np.random.Generator) -> Trial | None:
    for _ in range(_TRIES):
        item = targets[int(rng.integers(len(targets)))]
        direction = str(rng.choice(list(DIRECTIONS)))
        distance_m = round(float(rng.uniform(*_PUSH_M)), 3)
        if _way_is_free(layout, item, direction, distance_m):
            return Trial(SkillCall("push", {"object": item.name, "direction": direction, "distance_m": distance_m}))
    return None


def _way_is_free(layout: Layout, item: PlacedObject, direction: str, distance_m: float) -> bool:
    along = np.array(DIRECTIONS[direction])
    begin = item.pose_object_in_base.position_m[:2]
    radius_m = item.shape.footprint_radius_m
    for gone_m in np.arange(-radius_m - _BEHIND_M, distance_m + 0.03, 0.01):
        x, y = begin + gone_m * along
        # Behind it stand the fingers, ahead of it goes the thing itself.
        wide_m = 0.025 if gone_m < 0 else radius_m
        if not (_X_M[0] < x < _X_M[1] and _Y_M[0] < y < _Y_M[1]):
            return False
        for other in layout.objects:
            free_m = math.dist((x, y), other.pose_object_in_base.position_m[:2]) - other.shape.footprint_radius_m
            if other is not item and free_m < wide_m + _BESIDE_M:
                return False
        for fixture in layout.fixtures:
            footprint = FOOTPRINTS.get(fixture.kind)
            if footprint and footprint.distance_m(fixture.pose_fixture_in_base, x, y) < wide_m + _BESIDE_M:
                return False
    return True


_DRAWS: Mapping[str, Callable[[Layout, Sequence[PlacedObject], np.random.Generator], Trial | None]] = {
    "move_to": _move_to,
    "grasp": _grasp,
    "position_over": _position_over,
    "release": _release,
    "open_drawer": _open_drawer,
    "close_drawer": _close_drawer,
    "push": _push,
    "press": _press,
}
