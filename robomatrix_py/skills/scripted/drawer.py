"""The skills `open_drawer` and `close_drawer`."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.scripted.motion import Script, grip, pause, reach, retreat, travel

# Wide enough for a handle bar, narrow enough for the finger that goes between bar and front.
_HANDLE_OPENING_M = 0.040
_HOVER_M = 0.09
_ATTEMPTS = 2
_PULL_SPEED = 0.35
# A drawer that falls behind the fingers by more than this is stuck, or they have slid off its handle; it seems to be
# behind by as far as they have come since it was seen, too.
_SLIP_M = 0.03
_SEEN_LATE_S = 0.25
# A further try takes the handle a little to one side of its middle, as a share of its length.
_ASIDE = (0.0, 0.2, -0.2)
# So long until what the hand covered was seen again.
_LOOK_S = 0.4


def open_drawer(context: SkillContext, drawer: str) -> Script:
    """Take the handle from above and pull along the drawer's axis until it is open."""
    for _ in range(_ATTEMPTS):
        context.stage("approach", 0.1)
        # The drawer's x axis points the way it opens; the fingers close along it.
        yaw = context.find(drawer).pose_object_in_base.yaw_rad - math.pi / 2
        context.servo.grip(_HANDLE_OPENING_M / context.robot.gripper.stroke_m)
        yield from travel(context, lambda: _at_handle(context, drawer, 0.0, _HOVER_M), yaw, what=drawer)
        context.stage("descend", 0.3)
        yield from reach(context, lambda: _at_handle(context, drawer, 0.0, 0.0), yaw, 0.5)
        context.stage("close", 0.4)
        yield from grip(context, 0.0, timeout_s=1.5)
        pulled = False
        if context.holding:
            context.stage("pull", 0.5)
            pulled = yield from _pull(context, drawer)
        context.stage("let go", 0.9)
        yield from grip(context, _HANDLE_OPENING_M / context.robot.gripper.stroke_m, timeout_s=1.0)
        yield from retreat(context)
        if pulled:
            return f"pulled {drawer} open"
    raise SkillFailure(Cause.NO_PROGRESS, f"the handle of {drawer} slipped {_ATTEMPTS} times")


def _pull(context: SkillContext, drawer: str) -> Generator[None, None, bool]:
    item = context.find(drawer)
    travel_m, start_m = item.states.get("travel_m", 0.16), item.states.get("opening_m", 0.0)
    axis = item.pose_object_in_base.rotation[:, 0]
    begin = context.tool_xyz_m.copy()
    # Not all the way: the arm must not pull against the drawer's end stop.
    end = begin + axis * max(0.0, travel_m - start_m - 0.006)
    context.servo.aim(end, speed_share=_PULL_SPEED)
    while not context.servo.at_rest:
        yield
        pulled_m = float((context.tool_xyz_m - begin) @ axis)
        opened_m = context.find(drawer).states.get("opening_m", 0.0) - start_m
        if not context.holding or pulled_m - opened_m > _behind_m(context):
            # Stop here: what pulls on while the fingers open drags at a drawer that is stuck.
            context.servo.aim(context.tool_xyz_m)
            return False
        context.stage("pull", 0.5 + 0.4 * opened_m / travel_m)
    yield from pause(context, 0.2)
    return context.find(drawer).states.get("opening_m", 0.0) > 0.7 * travel_m


def close_drawer(context: SkillContext, drawer: str) -> Script:
    """Push the handle with closed fingers along the drawer's axis until it is shut."""
    context.stage("approach", 0.1)
    yaw = context.find(drawer).pose_object_in_base.yaw_rad - math.pi / 2
    context.servo.grip(0.0)
    yield from travel(context, lambda: _at_handle(context, drawer, 0.06, _HOVER_M), yaw, what=drawer)
    context.stage("descend", 0.3)
    yield from reach(context, lambda: _at_handle(context, drawer, 0.06, 0.0), yaw, 0.6)
    context.stage("push", 0.5)
    item = context.find(drawer)
    opening_m = item.states.get("opening_m", 0.0)
    axis = item.pose_object_in_base.rotation[:, 0]
    # Fingers and bar touch when their centres are half their sizes apart; 3 mm more press the drawer shut.
    touch_m = context.robot.gripper.finger_thickness_m + float(item.size_m[0]) / 2
    end = item.position_m - axis * (opening_m + 0.003 - touch_m)
    end[2] = context.tool_xyz_m[2]
    # Where the tool would be if the drawer stood open by nothing and the fingers touched its handle.
    shut_m = float(item.position_m @ axis) - opening_m + touch_m
    context.servo.aim(end, speed_share=_PULL_SPEED)
    while not context.servo.at_rest:
        yield
        ahead_m = shut_m + context.find(drawer).states.get("opening_m", 0.0) - float(context.tool_xyz_m @ axis)
        if ahead_m > _behind_m(context):
            # The drawer does not give way: stop before the arm strains.
            context.servo.aim(context.tool_xyz_m)
            break
    yield from pause(context, 0.2)
    context.stage("retreat", 0.9)
    away = context.tool_xyz_m + axis * 0.03
    yield from reach(context, lambda: away, speed_share=0.6)
    yield from retreat(context)
    yield from pause(context, _LOOK_S)
    left_m = context.find(drawer).states.get("opening_m", 0.0)
    if left_m > 0.012:
        message = f"{drawer} still stands {1e3 * left_m:.0f} mm open; is something in its way?"
        raise SkillFailure(Cause.NO_PROGRESS, message)
    return f"pushed {drawer} shut"


def _behind_m(context: SkillContext) -> float:
    """Return how far a drawer may seem to be behind the fingers."""
    return _SLIP_M + _SEEN_LATE_S * float(np.linalg.norm(context.servo.velocity_m_s))


def _at_handle(context: SkillContext, drawer: str, outwards_m: float, above_m: float) -> Array:
    item = context.find(drawer)
    pose = item.pose_object_in_base
    aside_m = _ASIDE[context.variation % len(_ASIDE)] * float(item.size_m[1])
    point = pose.transform(np.array([outwards_m, aside_m, 0.0])) + np.array([0.0, 0.0, above_m])
    return np.array([*point[:2], max(float(point[2]), context.tool_z_min_m)])
