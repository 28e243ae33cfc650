"""Driving: to a pose along a free way, or straight, watched by ranging."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array, Pose, wrap_angle
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.mobile.base_view import BaseView
from robomatrix_py.skills.mobile.occupancy import Cells, grown
from robomatrix_py.skills.mobile.path import Cell, find_path
from robomatrix_py.skills.scripted.motion import Motion

Goal = Callable[[], Pose]
"""Looks again and returns where the base is to be, in odometry's frame."""

# Speed falls with the way that is left: so many 1/s, and no more than the brakes allow.
_GAIN_PER_S = 2.2
_BRAKE_SHARE = 0.5
# The way is looked for anew so often, and this far ahead of the base is aimed along it.
_REPLAN_S = 0.4
_AHEAD_M = 0.35
# A blocked way may come free again: for so long the base waits.
_PATIENCE_S = 6.0
# For so long it stands and waits for ranges; before, it does not know who has stepped in.
_BLIND_S = 2.0
# What is nearer than this to the way is avoided where there is room.
_ROOM_M = 0.20
# So far around the base what is near to something is not barred.
_LEAVE_M = 0.15
# Between the base's edge and what it drives towards.
_GAP_M = 0.10
# Out of a tight corner straight back at most so far.
_BACK_OFF_M = 0.35
_STILL = np.array([0.015, 0.015, 0.04])


def base_of(context: SkillContext) -> BaseView:
    """Return the base.

    Raises:
        SkillFailure: The robot has none, or no odometry has arrived.
    """
    if context.base is None:
        raise SkillFailure(Cause.PLAN_INVALID, f"{context.robot.name} has no base")
    if not context.base.ready:
        raise SkillFailure(Cause.STALE_OBSERVATION, "no odometry has arrived")
    return context.base


def straight(
    context: SkillContext,
    goal: Goal,
    speed_share: float = 0.5,
    within_m: float = 0.012,
    within_rad: float = 0.02,
    gap_m: float | None = None,
) -> Motion:
    """Go straight to a pose that is looked up anew at every step, until there and at rest.

    Args:
        context: The skill's world.
        goal: Where to.
        speed_share: Share of the base's speed.
        within_m: So near is there.
        within_rad: So nearly turned is turned.
        gap_m: Stop so far from anything ranged ahead; None: the goal is known to be free, as before a table.
    """
    base = base_of(context)
    stuck_s = context.time_s
    while True:
        yield from see(context, base)
        target = goal()
        offset = base.pose.inverse().transform(target.position_m)[:2]
        turn = wrap_angle(target.yaw_rad - base.pose.yaw_rad)
        there = float(np.hypot(*offset)) < within_m and abs(turn) < within_rad
        if there and (np.abs(base.velocity) < _STILL).all():
            break
        velocity = np.zeros(3) if there else velocity_towards(base, offset, turn, speed_share)
        free_m = _free_m(base, velocity, gap_m)
        if free_m <= 0.0 and not there:
            velocity[:2] = 0.0
            if context.time_s - stuck_s > _PATIENCE_S:
                base.stand()
                raise SkillFailure(Cause.NO_PROGRESS, "something stands in the way of the base")
        else:
            stuck_s = context.time_s
        base.servo.aim(velocity)
        yield
    base.stand()
    yield


def drive_to(
    context: SkillContext, goal: Goal, *, speed_share: float = 1.0, within_m: float = 0.04, within_rad: float = 0.06
) -> Motion:
    """Go to a pose around whatever is known or ranged to be in the way, until there and at rest."""
    base = base_of(context)
    yield from back_off(context)
    path: list[Cell] = []
    planned_s, found_s = -math.inf, context.time_s
    while True:
        yield from see(context, base)
        target = goal()
        if context.time_s - planned_s >= _REPLAN_S:
            planned_s = context.time_s
            path = plan_path(context, base, target)
            if path:
                found_s = context.time_s
        if not path:
            base.stand()
            if context.time_s - found_s > _PATIENCE_S:
                raise SkillFailure(Cause.NO_PROGRESS, f"no free way for the base to {_place(target)}")
            yield
            continue
        left_m = float(np.hypot(*(target.position_m - base.pose.position_m)[:2]))
        if left_m < 2 * _AHEAD_M and len(path) < 2.6 * _AHEAD_M / 0.05:
            break
        offset = base.pose.inverse().transform(np.array([*_ahead(base, path), 0.0]))[:2]
        turn = math.atan2(offset[1], offset[0])
        velocity = velocity_towards(base, offset, turn, speed_share, keep_going=True)
        if _free_m(base, velocity, _GAP_M) <= 0.0:
            velocity[:2] = 0.0
        base.servo.aim(velocity)
        yield
    yield from straight(context, goal, 0.7 * speed_share, within_m, within_rad, gap_m=0.02)


def see(context: SkillContext, base: BaseView) -> Motion:
    """Stand still while a base that has a ranging sensor hears nothing of it.

    Raises:
        SkillFailure: That lasts.
    """
    since_s = context.time_s
    while base.description.ranging is not None and not base.ranges_fresh:
        base.stand()
        if context.time_s - since_s > _BLIND_S:
            message = "the base's ranging sensor says nothing: it does not drive where it cannot see"
            raise SkillFailure(Cause.STALE_OBSERVATION, message)
        yield


def back_off(context: SkillContext) -> Motion:
    """Leave what the base stands close to, straight back, before it turns."""
    base = base_of(context)
    if base.gap_m(0.0, base.radius_m) > 0.15 or base.gap_m(math.pi, base.radius_m) < _BACK_OFF_M + 0.1:
        return
    back = base.pose @ Pose.at(-_BACK_OFF_M, 0.0, 0.0)
    yield from straight(context, lambda: back, 0.6, within_m=0.05, within_rad=0.2, gap_m=0.03)


def velocity_towards(
    base: BaseView, offset_m: Array, turn_rad: float, speed_share: float, *, keep_going: bool = False
) -> Array:
    """Return the velocity that leads to a point of the base's frame and turns by an angle, shape (3,).

    Args:
        base: Its limits.
        offset_m: Where to, in the base's frame, shape (2,).
        turn_rad: How far to turn.
        speed_share: Share of the base's speed.
        keep_going: The point is one on the way: do not slow down for it, but for turns.
    """
    described = base.description
    limit = speed_share * described.velocity_max
    way_m = float(np.hypot(*offset_m))
    velocity = np.zeros(3)
    if way_m > 1e-6:
        direction = offset_m / way_m
        top = min(float(limit[i] / max(abs(direction[i]), 1e-9)) for i in (0, 1))
        brakes = math.sqrt(2.0 * _BRAKE_SHARE * float(described.acceleration_max[:2].min()) * way_m)
        speed = top * max(0.0, math.cos(turn_rad)) ** 2 if keep_going else min(top, _GAIN_PER_S * way_m, brakes)
        velocity[:2] = speed * direction
    brakes = math.sqrt(2.0 * _BRAKE_SHARE * float(described.acceleration_max[2]) * abs(turn_rad))
    velocity[2] = math.copysign(min(float(limit[2]), _GAIN_PER_S * abs(turn_rad), brakes), turn_rad)
    return velocity


def plan_path(context: SkillContext, base: BaseView, target: Pose) -> list[Cell]:
    """Return the free way to a pose as cells of the grid; none where there is none."""
    hard, near = obstacles(context, base)
    grid = base.grid
    start, goal = grid.cell(*base.pose.position_m[:2]), grid.cell(*target.position_m[:2])
    return find_path(hard, near, start, goal)


def obstacles(context: SkillContext, base: BaseView, *ignored: str) -> tuple[Cells, Cells]:
    """Return the cells where the base's middle must not be, and those where it had better not be."""
    items: list[SceneObject] = [item for item in context.in_odom() if item.name not in ignored]
    cells = base.grid.blocked(items)
    hard, near = grown(cells, base.radius_m), grown(cells, base.radius_m + _ROOM_M)
    # Where it works the base stands closer to things than it would pass by them: it may leave as it came.
    around = np.zeros_like(cells)
    around[base.grid.cell(*base.pose.position_m[:2])] = True
    return np.logical_and(hard, np.logical_or(cells, np.logical_not(grown(around, base.radius_m + _LEAVE_M)))), near


def _ahead(base: BaseView, path: list[Cell]) -> tuple[float, float]:
    """Return the point of a way that lies a little ahead of where the base is."""
    here = base.pose.position_m[:2]
    points = np.array([base.grid.point(cell) for cell in path])
    nearest = int(np.hypot(*(points - here).T).argmin())
    index = min(len(points) - 1, nearest + math.ceil(_AHEAD_M / 0.05))
    x, y = points[index].tolist()
    return x, y


def _free_m(base: BaseView, velocity: Array, gap_m: float | None) -> float:
    """Slow `velocity` down in place for what is ranged ahead; return how much way is free."""
    speed = float(np.hypot(velocity[0], velocity[1]))
    if gap_m is None or speed < 1e-6:
        return math.inf
    free_m = base.gap_m(math.atan2(velocity[1], velocity[0]), base.description.width_m / 2) - gap_m
    if free_m < math.inf:
        deceleration = _BRAKE_SHARE * float(base.description.acceleration_max[:2].min())
        permitted = math.sqrt(2.0 * deceleration * max(0.0, free_m))
        velocity[:2] *= min(1.0, permitted / speed)
    return free_m


def _place(pose: Pose) -> str:
    return f"({pose.position_m[0]:.2f}, {pose.position_m[1]:.2f}) m"
