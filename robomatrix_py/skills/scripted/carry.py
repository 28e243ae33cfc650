"""The skills `position_over` and `release`."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.scripted.clearance import free_place, grasp_width_m
from robomatrix_py.skills.scripted.motion import Motion, Script, grip, reach, retreat

# Dropped from this height above the floor of its target.
_DROP_M = 0.006
# Taken as the size of a thing that nobody recognises.
_UNKNOWN_SIZE_M = 0.10
# The pads open by so much on either side of the object when letting go.
_OPEN_BY_M = 0.014


def position_over(context: SkillContext, object: str, target: str) -> Script:
    """Carry the held object above a free place in or on its target."""
    require_held(context, object)
    context.stage("lift", 0.1)
    here = context.tool_xyz_m
    height = max(context.travel_height_m, here[2])
    yield from while_held(context, object, reach(context, lambda: np.array([*here[:2], height]), speed_share=0.8))

    context.stage("carry", 0.4)
    place = _place(context, object, target)
    over = np.array([*place[:2], height])
    context.require_reach(over, f"the place for {object}")
    yaw = _placing_yaw(context, context.find(target))
    yield from while_held(context, object, reach(context, lambda: over, yaw, within_m=0.004))
    return f"{object} is above {target}"


def release(context: SkillContext, object: str, target: str) -> Script:
    """Lower the held object, open the gripper and draw back upwards."""
    require_held(context, object)
    context.stage("lower", 0.2)
    item = context.find(target)
    if item.interior is None:
        raise SkillFailure(Cause.PRECONDITION, f"{target} has no place to put things")
    floor_in_object_m = item.interior.center_m - [0, 0, item.interior.half_extents_m[2]]
    floor_z = float(item.pose_object_in_base.transform(floor_in_object_m)[2])
    here = context.tool_xyz_m
    down = np.array([*here[:2], max(floor_z + hang_m(context, object) + _DROP_M, context.tool_z_min_m)])
    yield from while_held(context, object, reach(context, lambda: down, speed_share=0.6))

    context.stage("open", 0.6)
    width = grasp_width_m(as_last_seen(context, object))
    yield from grip(context, (width + 2 * _OPEN_BY_M) / context.robot.gripper.stroke_m, timeout_s=1.5)

    context.stage("retreat", 0.8)
    yield from retreat(context)
    yield from grip(context, 1.0, timeout_s=1.0)
    return f"let go of {object} at {target}"


def put_down(context: SkillContext) -> Script:
    """Put whatever the gripper holds on a free place of the table: for things that nobody recognises."""
    if not context.holding:
        return "the gripper holds nothing"
    tables = [item for item in context.others() if item.interior is not None and Affordance.SURFACE in item.affordances]
    tables = [item for item in tables if Affordance.MOVABLE not in item.affordances]
    if not tables:
        raise SkillFailure(Cause.PRECONDITION, "there is no table in sight to put the thing on")
    table = max(tables, key=lambda item: float(item.size_m[0] * item.size_m[1]))
    thing = SceneObject("it", "", "", frozenset(), Pose.at(0.0, 0.0, 0.0), np.full(3, _UNKNOWN_SIZE_M))
    obstacles = [item for item in context.others() if Affordance.MOVABLE in item.affordances]
    context.stage("lift", 0.1)
    here = context.tool_xyz_m
    height = max(context.config.travel_height_m, float(here[2]))
    up = np.array([*here[:2], height])
    yield from reach(context, lambda: up, speed_share=0.8)
    context.stage("carry", 0.4)
    place = free_place(table, thing, obstacles, _UNKNOWN_SIZE_M / 2 + context.robot.gripper.finger_thickness_m)
    over = np.array([*place[:2], height])
    yield from reach(context, lambda: over, within_m=0.004)
    context.stage("lower", 0.6)
    # How far it hangs below the pads is not known: it may fall a few centimetres, but is never pressed on the table.
    down = np.array([*place[:2], max(float(place[2]) + _UNKNOWN_SIZE_M / 2, context.tool_z_min_m)])
    yield from reach(context, lambda: down, speed_share=0.5)
    context.stage("open", 0.8)
    yield from grip(context, 1.0, timeout_s=1.5)
    yield from retreat(context)
    if context.holding:
        raise SkillFailure(Cause.NO_PROGRESS, "the gripper was opened and still holds something")
    return "put down what the gripper held"


def _place(context: SkillContext, object: str, target: str) -> Array:
    item = as_last_seen(context, object)
    obstacles = [o for o in context.others(object, target) if Affordance.MOVABLE in o.affordances]
    reach_half = grasp_width_m(item) / 2 + _OPEN_BY_M + context.robot.gripper.finger_thickness_m + 0.004
    return free_place(context.find(target), item, obstacles, reach_half, context.variation)


def _placing_yaw(context: SkillContext, target: SceneObject) -> float:
    """Return a turn that keeps the opening fingers clear of the target's walls."""
    yaw = target.pose_object_in_base.yaw_rad
    if target.yaw_symmetry == 0 or target.shape in ("bowl", "table"):
        return context.servo.yaw_rad
    if Affordance.DRAWER in target.affordances:
        # A drawer is reached through its open top, short along x: the fingers open along its y.
        return yaw
    present = context.servo.yaw_rad
    return min((yaw + k * math.pi / 2 for k in range(-4, 5)), key=lambda y: abs(y - present))


def hang_m(context: SkillContext, object: str) -> float:
    """Return how far the object's bottom is below the tool, from what was seen while it was carried."""
    item = as_last_seen(context, object)
    upright = float(item.size_m[2]) / 2
    near = np.linalg.norm(item.position_m - context.tool_xyz_m) < 0.05
    offset = float(context.tool_xyz_m[2] - item.position_m[2]) if near and item.visible else 0.0
    return upright + offset


def as_last_seen(context: SkillContext, name: str) -> SceneObject:
    """Return a thing as last seen, however long ago.

    Raises:
        SkillFailure: It was never seen.
    """
    item = context.known(name)
    if item is None:
        raise SkillFailure(Cause.UNKNOWN_OBJECT, f"{name} has never been seen")
    return item


def require_held(context: SkillContext, name: str) -> None:
    """Refuse to go on with an empty gripper.

    Raises:
        SkillFailure: It holds nothing.
    """
    if not context.holding:
        raise SkillFailure(Cause.PRECONDITION, f"the gripper holds nothing (opening {context.opening:.2f}), not {name}")


def while_held(context: SkillContext, name: str, motion: Motion) -> Motion:
    """Go on with a motion and notice at every step if the object slips out."""
    for _ in motion:
        yield
        if not context.holding:
            raise SkillFailure(Cause.NO_PROGRESS, f"{name} slipped out of the gripper while it was carried")
