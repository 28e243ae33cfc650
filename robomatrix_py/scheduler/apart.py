"""Which pushes make room between two things that stand too near to each other, from their outlines seen from above."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.contracts.skill import DIRECTIONS, SkillCall
from robomatrix_py.scheduler.grounding import put_down_place

_PUSH_M = 0.07
# Closed fingers behind a thing take so much room, and must keep clear of everything else.
_FINGERS_M = 0.035
# What is pushed must keep so far from everything that it passes.
_PASS_M = 0.01
# Nothing is pushed farther than this beyond the part of the table where things can be put.
_BEYOND_M = 0.04


def pushes_apart(thing: str, neighbour: str, scene: Scene, facts: frozenset[Atom]) -> list[SkillCall]:
    """Return the pushes that part two things, the one that leaves most room between them first.

    Only pushes along the table whose start and way are free are returned; the skill `push` checks its own reach.

    Args:
        thing: What is to be grasped.
        neighbour: What stands too near to it.
        scene: What is where.
        facts: What is the case now: what lies in a container, or bears something, is not pushed.
    """
    pair = [scene.objects.get(name) for name in (thing, neighbour)]
    ranked: list[tuple[float, str, SkillCall]] = []
    for pushed, other in (pair, pair[::-1]):
        if pushed is None or other is None or not _may_be_pushed(pushed, facts):
            continue
        for direction, way in DIRECTIONS.items():
            along = np.array(way)
            end = pushed.position_m[:2] + _PUSH_M * along
            gained_m = math.dist(end, other.position_m[:2]) - math.dist(
                pushed.position_m[:2], other.position_m[:2]
            )
            if gained_m > _PUSH_M / 4 and _is_free(pushed, along, scene) and _stays_on(end, scene):
                call = SkillCall(
                    "push", {"object": pushed.name, "direction": direction, "distance_m": _PUSH_M}
                )
                ranked.append((-round(gained_m, 3), str(call), call))
    return [call for *_, call in sorted(ranked, key=lambda entry: entry[:2])]


def _may_be_pushed(item: SceneObject, facts: frozenset[Atom]) -> bool:
    inside = any(atom.predicate == "in" and atom.arguments[0] == item.name for atom in facts)
    return Affordance.MOVABLE in item.affordances and Atom("clear", (item.name,)) in facts and not inside


def _is_free(item: SceneObject, along: Array, scene: Scene) -> bool:
    """Return whether the fingers have room behind a thing, and the thing on its way."""
    start = item.position_m[:2]
    behind = start - along * (_radius_m(item) + _FINGERS_M)
    for other in scene:
        if other.name == item.name or Affordance.MOVABLE not in other.affordances:
            continue
        place, radius_m = other.position_m[:2], _radius_m(other)
        if math.dist(behind, place) < radius_m + _FINGERS_M / 2:
            return False
        # Of what is passed only that counts which it comes nearer to.
        ahead = float(np.clip((place - start) @ along, 0.0, _PUSH_M))
        if ahead > 0.01 and math.dist(start + ahead * along, place) < radius_m + _radius_m(item) + _PASS_M:
            return False
    return True


def _stays_on(point_m: Array, scene: Scene) -> bool:
    """Return whether a point is on the part of the table where things can be put, or near it."""
    table = scene.objects.get(put_down_place(scene))
    if table is None or table.interior is None:
        return False
    local = table.pose_object_in_base.inverse().transform([*point_m, 0.0])[:2]
    off_m = np.abs(local - table.interior.center_m[:2]) - table.interior.half_extents_m[:2]
    return bool((off_m <= _BEYOND_M).all())


def _radius_m(item: SceneObject) -> float:
    """Return the radius of a circle of the same area as the outline, seen from above."""
    return float(math.sqrt(item.size_m[0] * item.size_m[1] / math.pi))
