"""Taking and putting things with a level gripper on a short arm: the base aims, the arm only goes up and down."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.mobile.docking import approach, known_in_odom, work_point
from robomatrix_py.skills.mobile.drive import base_of
from robomatrix_py.skills.scripted.carry import as_last_seen, require_held, while_held
from robomatrix_py.skills.scripted.clearance import grasp_width_m
from robomatrix_py.skills.scripted.motion import Motion, Script, grip, pause, reach

_ATTEMPTS = 2
# The fingers open by so much on either side of what they take; they cannot be moved sideways.
_OPEN_BY_M = 0.022
_DROP_M = 0.012
_LAY_M = 0.004


def grasp(context: SkillContext, object: str) -> Script:
    """Come near a thing, lower the open gripper over it, close and lift; look again and try once more after a miss."""
    for attempt in range(1, _ATTEMPTS + 1):
        context.stage("drive", 0.05)
        yield from _raise(context)
        yield from approach(context, object)
        if (yield from _take(context, object)):
            return f"closed on {object} and lifted it, attempt {attempt}"
    raise SkillFailure(Cause.NO_PROGRESS, f"the gripper closed on nothing {_ATTEMPTS} times at {object}")


def _take(context: SkillContext, name: str) -> Generator[None, None, bool]:
    item = _present(context, name)
    stroke_m = context.robot.gripper.stroke_m
    width = grasp_width_m(item)
    if width > stroke_m - 0.012:
        raise SkillFailure(Cause.LIMIT, f"{name} is {1e3 * width:.0f} mm wide, the gripper opens less")
    context.stage("descend", 0.4)
    context.servo.grip(min(1.0, (width + 2 * _OPEN_BY_M) / stroke_m))
    high = _above(context, item, max(context.travel_height_m, item.top_z_m + 0.04))
    yield from reach(context, lambda: high, within_m=0.01)
    low = _above(context, _present(context, name), max(float(item.position_m[2]), context.tool_z_min_m))
    yield from reach(context, lambda: low, speed_share=0.6, within_m=0.005)
    context.stage("close", 0.6)
    yield from grip(context, 0.0, timeout_s=1.5)
    if context.holding:
        context.stage("lift", 0.8)
        yield from _raise(context)
        yield from pause(context, 0.2)
        if context.holding:
            return True
    context.stage("retry", 0.2)
    context.servo.grip(min(1.0, (width + 2 * _OPEN_BY_M) / stroke_m))
    yield from _raise(context)
    return False


def position_over(context: SkillContext, object: str, target: str) -> Script:
    """Carry the held thing to its target and hold it above."""
    require_held(context, object)
    context.stage("drive", 0.05)
    yield from while_held(context, object, _raise(context))
    yield from while_held(context, object, approach(context, target))
    over = _above(context, _present(context, target), context.travel_height_m)
    yield from while_held(context, object, reach(context, lambda: over, within_m=0.006))
    return f"{object} is above {target}"


def release(context: SkillContext, object: str, target: str) -> Script:
    """Lower the held thing onto its target, or to just above its rim, open the gripper and draw back upwards."""
    require_held(context, object)
    context.stage("lower", 0.2)
    item, place = as_last_seen(context, object), _present(context, target)
    near = float(np.linalg.norm(item.position_m - context.tool_xyz_m)) < 0.05
    hang_m = float(item.size_m[2]) / 2 + (float(context.tool_xyz_m[2] - item.position_m[2]) if near else 0.0)
    # Into a container it is dropped from above: hand and walls would meet.
    clear_m = _DROP_M if Affordance.CONTAINER in place.affordances else _LAY_M
    here = context.tool_xyz_m
    down = np.array([here[0], here[1], min(max(place.top_z_m + hang_m + clear_m, context.tool_z_min_m), here[2])])
    yield from while_held(context, object, reach(context, lambda: down, speed_share=0.6))
    context.stage("open", 0.6)
    width = grasp_width_m(item)
    yield from grip(context, min(1.0, (width + 2 * _OPEN_BY_M) / context.robot.gripper.stroke_m), timeout_s=1.5)
    context.stage("retreat", 0.8)
    yield from _raise(context)
    return f"let go of {object} at {target}"


def move_to(context: SkillContext, target: str) -> Script:
    """Come near a thing and hold the gripper above it."""
    context.stage("drive", 0.05)
    yield from _raise(context)
    yield from approach(context, target)
    return f"the tool is above {target}"


def _present(context: SkillContext, name: str) -> SceneObject:
    """Return a thing in the base's frame, as last seen: the hand may hide it."""
    known_in_odom(context, name)
    return as_last_seen(context, name)


def _above(context: SkillContext, item: SceneObject, height_m: float) -> Array:
    """Return the place of the tool at a height over a thing, as far as the arm can: it only reaches ahead."""
    box = context.robot.workspace.tool_box_in_base
    low, high = box.center_m - box.half_extents_m + 0.002, box.center_m + box.half_extents_m - 0.002
    ahead = float(np.clip(work_point(item)[0], low[0], high[0]))
    return np.array([ahead, 0.0, float(np.clip(height_m, low[2], high[2]))])


def _raise(context: SkillContext) -> Motion:
    """Bring the tool to its travel height, where it works."""
    distance_m = base_of(context).description.work_distance_m
    up = np.array([context.tool_xyz_m[0], 0.0, max(context.travel_height_m, float(context.tool_xyz_m[2]))])
    yield from reach(context, lambda: up, within_m=0.01)
    ready = np.array([distance_m, 0.0, context.travel_height_m])
    yield from reach(context, lambda: ready, within_m=0.01)
