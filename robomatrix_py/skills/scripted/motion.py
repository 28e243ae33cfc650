"""Motions that scripted skills share, and the skill `move_to`."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.skills.context import SkillContext

Script = Generator[None, None, str]
Motion = Generator[None, None, None]
Place = Callable[[], Array]
"""Looks again and returns where to go, in the base frame, shape (3,)."""

# Moving less than this sideways needs no climb to travel height first.
_NEAR_M = 0.03


def reach(
    context: SkillContext, place: Place, yaw_rad: float | None = None, speed_share: float = 1.0, within_m: float = 0.003
) -> Motion:
    """Go straight to a place that is looked up anew at every step, until there and at rest."""
    while True:
        target = place()
        context.servo.aim(target, yaw_rad, speed_share)
        yield
        if context.servo.at_rest and context.servo.distance_to(target) < within_m:
            return


def travel(context: SkillContext, place: Place, yaw_rad: float | None = None, what: str = "the target") -> Motion:
    """Climb to travel height, cross, and go down to a place; short ways go straight."""
    target = place()
    context.require_reach(target, what)
    height = max(context.travel_height_m, float(target[2]))
    here = context.tool_xyz_m
    if np.hypot(*(target[:2] - here[:2])) > _NEAR_M:
        if here[2] < height - 0.01:
            up = np.array([here[0], here[1], height])
            yield from reach(context, lambda: up, speed_share=0.8)
        yield from reach(context, lambda: np.array([*place()[:2], height]), yaw_rad, within_m=0.01)
    yield from reach(context, place, yaw_rad, within_m=0.006)


def retreat(context: SkillContext, rise_m: float | None = None) -> Motion:
    """Rise straight up, to travel height unless told otherwise."""
    here = context.tool_xyz_m
    height = context.travel_height_m if rise_m is None else float(here[2]) + rise_m
    up = np.array([here[0], here[1], max(height, float(here[2]))])
    yield from reach(context, lambda: up, speed_share=0.8)


def grip(context: SkillContext, opening: float, timeout_s: float) -> Motion:
    """Open or close until the fingers arrive or are stopped by something, at most `timeout_s`."""
    context.servo.grip(opening)
    deadline_s = context.time_s + timeout_s
    still_steps = 0
    while context.time_s < deadline_s:
        yield
        arrived = abs(context.servo.opening - opening) < 1e-6
        still_steps = still_steps + 1 if arrived and context.gripper_still else 0
        if still_steps >= 4:
            return


def pause(context: SkillContext, duration_s: float) -> Motion:
    """Stand still for a while and let perception catch up."""
    end_s = context.time_s + duration_s
    while context.time_s < end_s:
        yield


def enclosure(context: SkillContext, item: SceneObject) -> SceneObject | None:
    """Return the container the object lies in, if any."""
    for other in context.others(item.name):
        if Affordance.CONTAINER in other.affordances and other.holds(item.position_m):
            return other
    return None


def move_to(context: SkillContext, target: str) -> Script:
    """Move the gripper above an object or fixture."""
    context.stage("approach", 0.1)

    def above() -> Array:
        item = context.find(target)
        height = max(item.top_z_m + 0.10, 0.20)
        center = item.pose_object_in_base.transform(item.interior.center_m) if item.interior else item.position_m
        return np.array([center[0], center[1], height])

    yield from travel(context, above, what=target)
    return f"the tool is above {target}"
