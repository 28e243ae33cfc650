"""The skill `grasp`."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.scripted.clearance import clearance_m, finger_points, grasp_width_m, rank_grasps
from robomatrix_py.skills.scripted.motion import Motion, Script, enclosure, grip, pause, reach, retreat, travel

_ATTEMPTS = 2
_HOVER_M = 0.09
_LIFT_M = 0.10
_STEADY_M = 0.004
# Fingers may come so near to a neighbour: it gives way by a few millimetres.
_FREE_MIN_M = -0.004
# A further try takes the thing a little lower, then a little higher.
_HEIGHTS_M = (0.0, -0.005, 0.006)


def grasp(context: SkillContext, object: str) -> Script:
    """Close the gripper on an object and lift it; look again and try once more after a miss."""
    for attempt in range(1, _ATTEMPTS + 1):
        if (yield from _attempt(context, object)):
            return f"closed on {object} and lifted it, attempt {attempt}"
    raise SkillFailure(Cause.NO_PROGRESS, f"the gripper closed on nothing {_ATTEMPTS} times at {object}")


def _attempt(context: SkillContext, name: str) -> Generator[None, None, bool]:
    item = context.find(name)
    width = grasp_width_m(item)
    if width > context.robot.gripper.stroke_m - 0.006:
        raise SkillFailure(Cause.LIMIT, f"{name} is {1e3 * width:.0f} mm wide, the gripper opens less")
    context.stage("approach", 0.1)
    neighbours = _free_objects(context, name)
    ranked = rank_grasps(
        item, neighbours, enclosure(context, item), context.servo.yaw_rad, context.robot.gripper
    )
    choices = [choice for choice in ranked if choice.free_m >= _FREE_MIN_M]
    if not choices:
        points = finger_points(item.position_m[:2], ranked[0].yaw_rad, ranked[0].opening_m, context.robot.gripper)
        crowds = [other.name for other in neighbours if clearance_m(points, [other]) < _FREE_MIN_M]
        message = f"no room for the fingers beside {name}; move its neighbour away first"
        raise SkillFailure(Cause.PRECONDITION, message, **({"crowded_by": crowds[0]} if crowds else {}))
    choice = choices[context.variation % len(choices)]
    yaw, opening_m = choice.yaw_rad, choice.opening_m
    context.servo.grip(opening_m / context.robot.gripper.stroke_m)
    yield from travel(context, lambda: _above(context, name, _HOVER_M), yaw, what=name)

    # The approach was planned from afar: look again from here before going down.
    context.stage("descend", 0.4)
    item = context.find(name)
    yaw = min((y + k * math.pi for y in _yaws_now(item, yaw) for k in (-1, 0, 1)), key=lambda y: abs(y - yaw))
    yield from reach(context, lambda: _descend(context, name), yaw, speed_share=0.5, within_m=_STEADY_M)

    context.stage("close", 0.6)
    yield from grip(context, 0.0, timeout_s=1.5)
    if not context.holding:
        yield from _back_off(context, opening_m)
        return False

    context.stage("lift", 0.8)
    yield from retreat(context, _LIFT_M)
    yield from pause(context, 0.15)
    if not context.holding:
        yield from _back_off(context, opening_m)
        return False
    return True


def _back_off(context: SkillContext, opening_m: float) -> Motion:
    context.stage("retry", 0.2)
    context.servo.grip(opening_m / context.robot.gripper.stroke_m)
    yield from retreat(context, _LIFT_M)
    # The fingers may have pushed it: let it roll out, then look again.
    yield from pause(context, 0.6)


def _yaws_now(item: SceneObject, planned_rad: float) -> list[float]:
    """Return the planned turn corrected by how the object lies now."""
    if item.yaw_symmetry == 0:
        return [planned_rad]
    period = 2 * math.pi / max(2, item.yaw_symmetry)
    narrow = 0.0 if item.size_m[1] <= item.size_m[0] else math.pi / 2
    yaw = item.pose_object_in_base.yaw_rad + narrow
    return [yaw + period * round((planned_rad - yaw) / period)]


def _above(context: SkillContext, name: str, height_m: float) -> Array:
    item = context.find(name)
    return np.array([*item.position_m[:2], _grasp_z(context, item) + height_m])


def _descend(context: SkillContext, name: str) -> Array:
    """Return the next target on the way down: sideways first, then down as far as the aim is good."""
    item = context.find(name)
    sideways_m = math.hypot(*(item.position_m[:2] - context.tool_xyz_m[:2]))
    height_m = min(_HOVER_M, max(0.0, 4.0 * (sideways_m - 0.006)))
    return np.array([*item.position_m[:2], _grasp_z(context, item) + height_m])


def _grasp_z(context: SkillContext, item: SceneObject) -> float:
    height_m = float(item.position_m[2]) + _HEIGHTS_M[context.variation % len(_HEIGHTS_M)]
    return max(height_m, context.tool_z_min_m)


def _free_objects(context: SkillContext, name: str) -> list[SceneObject]:
    return [other for other in context.others(name) if Affordance.MOVABLE in other.affordances]
