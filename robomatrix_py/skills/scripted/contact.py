"""The skills `push` and `press`: touching with closed fingers."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.contracts.skill import DIRECTIONS
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.scripted.clearance import clearance_m, finger_points, footprint_radius_m
from robomatrix_py.skills.scripted.motion import Script, enclosure, pause, reach, retreat, travel

_HOVER_M = 0.08
_PUSH_SPEED = 0.22
_PRESS_SPEED = 0.12
# A further try pushes a little lower, and presses a little beside the middle.
_LOWER_M = (0.0, 0.006, 0.003)
_PRESS_ASIDE_M = ((0.0, 0.0), (0.006, 0.0), (-0.006, 0.0))


def push(context: SkillContext, object: str, direction: str, distance_m: float = 0.06) -> Script:
    """Push an object along the table, staying behind it, until it has moved far enough."""
    if direction not in DIRECTIONS:
        raise SkillFailure(Cause.PRECONDITION, f"unknown direction {direction}; permitted: {', '.join(DIRECTIONS)}")
    along = np.array([*DIRECTIONS[direction], 0.0])
    item = context.find(object)
    begin = item.position_m.copy()
    back_off_m = footprint_radius_m(item) + context.robot.gripper.finger_thickness_m + 0.012
    # Low enough to touch below the top, never so low that the fingers scrape the table.
    lower_m = _LOWER_M[context.variation % len(_LOWER_M)]
    height = max(min(float(begin[2]), float(item.size_m[2]) * 0.6) - lower_m, context.tool_z_min_m + 0.003)
    # The fingers' flat side (across the closing axis) faces the object.
    yaw = math.atan2(along[1], along[0]) - math.pi / 2

    def behind(above_m: float) -> Array:
        point = context.find(object).position_m - along * back_off_m
        return np.array([*point[:2], height + above_m])

    context.stage("approach", 0.1)
    container = enclosure(context, item)
    if container is not None:
        raise SkillFailure(Cause.PRECONDITION, f"{object} lies in {container.name}; take it out first")
    _require_room(context, object, behind(0.0), yaw)
    context.require_reach(behind(0.0), f"the place behind {object}")
    context.require_reach(behind(0.0) + along * (back_off_m + distance_m), f"where {object} would go")
    context.servo.grip(0.0)
    yield from travel(context, lambda: behind(_HOVER_M), yaw, what=object)
    context.stage("descend", 0.3)
    yield from reach(context, lambda: behind(0.0), yaw, 0.5, within_m=0.006)

    context.stage("push", 0.5)
    start = context.tool_xyz_m.copy()
    limit_m = distance_m + back_off_m
    while True:
        now = context.find(object).position_m
        moved_m = float((now - begin) @ along)
        if moved_m >= distance_m:
            break
        gone_m = float((context.tool_xyz_m - start) @ along)
        if gone_m >= limit_m - 1e-3:
            raise SkillFailure(
                Cause.NO_PROGRESS, f"{object} moved {1e3 * moved_m:.0f} of {1e3 * distance_m:.0f} mm and got away"
            )
        # Steer sideways after the object, forwards at a steady pace.
        target = start + along * limit_m
        side = now - (now @ along) * along
        target = side + (target @ along) * along
        target[2] = height
        context.servo.aim(target, speed_share=_PUSH_SPEED)
        context.stage("push", 0.5 + 0.4 * max(0.0, moved_m) / distance_m)
        yield
    context.stage("retreat", 0.9)
    away = context.tool_xyz_m - along * 0.02
    yield from reach(context, lambda: away, speed_share=0.5)
    yield from retreat(context)
    return f"pushed {object} {direction}"


def _require_room(context: SkillContext, name: str, point: Array, yaw_rad: float) -> None:
    fingers = finger_points(point[:2], yaw_rad, 0.0, context.robot.gripper)
    neighbours = [other for other in context.others(name) if Affordance.MOVABLE in other.affordances]
    if clearance_m(fingers, neighbours) < 0.003:
        message = f"no room for the fingers behind {name}; move its neighbour away first"
        raise SkillFailure(Cause.PRECONDITION, message)


def press(context: SkillContext, button: str) -> Script:
    """Press a button from above until its lamp changes, at most to the end of its travel."""
    context.stage("approach", 0.1)
    item = context.find(button)
    lit = item.states.get("lit", 0.0)
    tip_m = context.robot.gripper.tip_below_tool_m
    context.servo.grip(0.0)

    aside_m = np.array(_PRESS_ASIDE_M[context.variation % len(_PRESS_ASIDE_M)])

    def above(height_m: float) -> Array:
        now = context.find(button)
        return np.array([*(now.position_m[:2] + aside_m), now.top_z_m + tip_m + height_m])

    yield from travel(context, lambda: above(0.06), what=button)
    context.stage("press", 0.5)
    deepest = above(-0.0085)
    context.servo.aim(deepest, speed_share=_PRESS_SPEED)
    changed = False
    while not context.servo.at_rest and not changed:
        yield
        changed = context.find(button).states.get("lit", 0.0) != lit
    yield from pause(context, 0.2)
    changed = changed or context.find(button).states.get("lit", 0.0) != lit
    context.stage("retreat", 0.8)
    yield from retreat(context)
    if not changed:
        raise SkillFailure(Cause.NO_PROGRESS, f"pressed {button} to the end, but its lamp did not change")
    return f"pressed {button}, its lamp changed"
