"""The navigation verbs: go to, past, into, through and out of things, and cross what lies on the floor."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array, Pose, wrap_angle
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.mobile.base_view import BaseView
from robomatrix_py.skills.mobile.docking import known_in_odom
from robomatrix_py.skills.mobile.drive import base_of, drive_to, obstacles, straight
from robomatrix_py.skills.mobile.path import find_path
from robomatrix_py.skills.scripted.motion import Motion, Script

# Between the base and what it goes to.
_BEFORE_M = 0.30
# So far beyond a thing the base is past it, and so far behind a gap it is through.
_PAST_M = 0.60
_THROUGH_M = 0.65
# Beside a thing that it goes past.
_BESIDE_M = 0.45
_BEARINGS = 24
# Sills are crossed slowly and squarely.
_CROSSING_SHARE = 0.4


def go_to(context: SkillContext, target: str) -> Script:
    """Go before a thing and face it; go into a room."""
    item = known_in_odom(context, target)
    if Affordance.PLACE in item.affordances:
        return (yield from go_into(context, target))
    base = base_of(context)
    context.stage("drive", 0.1)
    goal = nearest_reachable(context, base, _around(base, item), f"to {target}")
    yield from drive_to(context, lambda: goal)
    return f"the base is before {target}"


def go_past(context: SkillContext, target: str) -> Script:
    """Go by a thing on the side that is free, and on beyond it."""
    base = base_of(context)
    item = known_in_odom(context, target)
    context.stage("drive", 0.1)
    way = (item.position_m - base.pose.position_m)[:2]
    bearing = math.atan2(way[1], way[0])
    aside = _BESIDE_M + _half_extent_m(item, bearing + math.pi / 2) + base.radius_m
    beyond = _half_extent_m(item, bearing) + _PAST_M
    goals = [Pose.at(*_shifted(item.position_m, bearing, beyond, side * aside), 0.0, bearing) for side in (1, -1)]
    goal = nearest_reachable(context, base, goals, f"past {target}")
    yield from drive_to(context, lambda: goal, within_m=0.10)
    return f"the base is past {target}"


def go_into(context: SkillContext, target: str) -> Script:
    """Go into a room: to the free place in it that is nearest to its middle."""
    base = base_of(context)
    item = known_in_odom(context, target)
    context.stage("drive", 0.1)
    if lies_in(item, base.pose.position_m):
        yield
        return f"the base is in {target}"
    goal = _spot_in(context, base, item, f"into {target}")
    yield from drive_to(context, lambda: goal, within_m=0.15, within_rad=0.3)
    return f"the base is in {target}"


def go_through(context: SkillContext, target: str) -> Script:
    """Go through a gap from the side where the base is to the other."""
    context.stage("drive", 0.1)
    yield from _cross(context, target, _THROUGH_M, 1.0)
    return f"the base is through {target}"


def cross_obstacle(context: SkillContext, target: str) -> Script:
    """Cross what lies on the floor, slowly and squarely, from the side where the base is to the other."""
    base = base_of(context)
    item = known_in_odom(context, target)
    if item.size_m[2] > base.description.climb_max_m:
        raise SkillFailure(
            Cause.LIMIT,
            f"{target} is {1e3 * item.size_m[2]:.0f} mm high, "
            f"{context.robot.name} crosses {1e3 * base.description.climb_max_m:.0f} mm",
        )
    context.stage("drive", 0.1)
    yield from _cross(context, target, base.description.length_m / 2 + 0.20, _CROSSING_SHARE)
    return f"the base is across {target}"


def leave(context: SkillContext, target: str) -> Script:
    """Leave a room by the nearest gap that leads out of it."""
    base = base_of(context)
    room = known_in_odom(context, target)
    if not lies_in(room, base.pose.position_m):
        yield
        return f"the base is not in {target}"
    gaps = [
        item
        for item in context.in_odom()
        if Affordance.PASSAGE in item.affordances
        and any(not lies_in(room, item.pose_object_in_base.transform([s * _THROUGH_M, 0, 0])) for s in (-1, 1))
    ]
    if not gaps:
        raise SkillFailure(Cause.PRECONDITION, f"no way out of {target} is known")
    gap = min(gaps, key=lambda item: float(np.linalg.norm((item.position_m - base.pose.position_m)[:2])))
    context.stage("drive", 0.1)
    yield from _cross(context, gap.name, _THROUGH_M, 1.0)
    return f"the base is out of {target}"


def _cross(context: SkillContext, name: str, beyond_m: float, speed_share: float) -> Motion:
    """Come square before a thing, then go straight over or through it along its x axis."""
    base = base_of(context)
    item = known_in_odom(context, name)
    side = math.copysign(1.0, float(item.pose_object_in_base.inverse().transform(base.pose.position_m)[0]))
    yaw = item.pose_object_in_base.yaw_rad + (math.pi if side > 0 else 0.0)

    def at(distance_m: float) -> Pose:
        pose = known_in_odom(context, name).pose_object_in_base
        x, y, _ = pose.transform(np.array([side * distance_m, 0.0, 0.0]))
        return Pose.at(float(x), float(y), 0.0, yaw)

    start = at(beyond_m)
    yield from drive_to(context, lambda: start)
    context.stage("cross", 0.6)
    yield from straight(context, lambda: at(-beyond_m), speed_share, within_m=0.05, within_rad=0.06, gap_m=0.03)


def _around(base: BaseView, item: SceneObject) -> list[Pose]:
    """Return poses around a thing, facing it."""
    poses = []
    for i in range(_BEARINGS):
        bearing = 2.0 * math.pi * i / _BEARINGS
        away_m = _half_extent_m(item, bearing) + base.description.length_m / 2 + _BEFORE_M
        poses.append(Pose.at(*_shifted(item.position_m, bearing, -away_m, 0.0), 0.0, bearing))
    return poses


def _spot_in(context: SkillContext, base: BaseView, room: SceneObject, what: str) -> Pose:
    bearing = math.atan2(*(room.position_m - base.pose.position_m)[1::-1])
    offsets = sorted(
        ((0.25 * i, 0.25 * j) for i in range(-6, 7) for j in range(-6, 7)), key=lambda offset: math.hypot(*offset)
    )
    middle_x, middle_y, _ = room.position_m.tolist()
    spots = [Pose.at(middle_x + x, middle_y + y, 0.0, bearing) for x, y in offsets]
    inside = [spot for spot in spots if lies_in(room, spot.position_m)]
    hard, near = obstacles(context, base)
    start = base.grid.cell(*base.pose.position_m[:2])
    free = [spot for spot in inside if not hard[base.grid.cell(*spot.position_m[:2])]]
    for spot in free[:3]:
        if find_path(hard, near, start, base.grid.cell(*spot.position_m[:2])):
            return spot
    raise SkillFailure(Cause.NO_PROGRESS, f"no free way for the base {what}")


def nearest_reachable(context: SkillContext, base: BaseView, goals: list[Pose], what: str) -> Pose:
    """Return the goal that is nearest of those that are free and can be reached.

    Raises:
        SkillFailure: There is none.
    """
    hard, near = obstacles(context, base)
    here = base.pose
    start = base.grid.cell(*here.position_m[:2])

    def cost(goal: Pose) -> float:
        way_m = float(np.hypot(*(goal.position_m - here.position_m)[:2]))
        return way_m + 0.2 * abs(wrap_angle(goal.yaw_rad - here.yaw_rad))

    free = [goal for goal in goals if not hard[base.grid.cell(*goal.position_m[:2])]]
    for goal in sorted(free, key=cost)[:6]:
        if find_path(hard, near, start, base.grid.cell(*goal.position_m[:2])):
            return goal
    raise SkillFailure(Cause.NO_PROGRESS, f"no free way for the base {what}")


def _half_extent_m(item: SceneObject, direction_rad: float) -> float:
    """Return how far a thing extends from its middle in a direction."""
    turn = direction_rad - item.pose_object_in_base.yaw_rad
    half_x, half_y = item.size_m[:2] / 2
    return float(abs(math.cos(turn)) * half_x + abs(math.sin(turn)) * half_y)


def _shifted(point_m: Array, direction_rad: float, along_m: float, left_m: float) -> tuple[float, float]:
    c, s = math.cos(direction_rad), math.sin(direction_rad)
    return float(point_m[0] + c * along_m - s * left_m), float(point_m[1] + s * along_m + c * left_m)


def lies_in(room: SceneObject, point_m: Array) -> bool:
    """Return whether a point, shape (3,), is over the floor of a room; both in one frame."""
    local = room.pose_object_in_base.inverse().transform(point_m)
    return bool((np.abs(local[:2]) < room.size_m[:2] / 2).all())
