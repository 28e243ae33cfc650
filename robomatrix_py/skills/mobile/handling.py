"""Taking and putting things with a six-joint arm on a base: the base comes near, the arm does as on a table."""

from __future__ import annotations

import math

from robomatrix_py.skills.context import SkillContext
from robomatrix_py.skills.mobile.docking import approach, known_in_odom
from robomatrix_py.skills.scripted import carry, drawer, motion
from robomatrix_py.skills.scripted.carry import require_held, while_held
from robomatrix_py.skills.scripted.grasp import grasp as grasp_in_reach
from robomatrix_py.skills.scripted.motion import Script

_drawer = drawer
# A drawer comes nearer by its travel as it opens and goes away as it shuts: the arm begins so much farther out, or in.
_PULL_ROOM_M = 0.08
_PUSH_ROOM_M = -0.06


def grasp(context: SkillContext, object: str) -> Script:
    """Come near a thing on a table or on the floor, close the gripper on it and lift it."""
    context.stage("drive", 0.05)
    yield from approach(context, object, finely=False)
    return (yield from grasp_in_reach(context, object))


def position_over(context: SkillContext, object: str, target: str) -> Script:
    """Carry the held thing to its target and above a free place there."""
    require_held(context, object)
    context.stage("drive", 0.05)
    yield from while_held(context, object, motion.retreat(context))
    yield from while_held(context, object, approach(context, target, finely=False))
    return (yield from carry.position_over(context, object, target))


def release(context: SkillContext, object: str, target: str) -> Script:
    """Lower the held thing, open the gripper and draw back upwards."""
    return (yield from carry.release(context, object, target))


def move_to(context: SkillContext, target: str) -> Script:
    """Come near a thing and move the gripper above it."""
    context.stage("drive", 0.05)
    yield from approach(context, target, finely=False)
    return (yield from motion.move_to(context, target))


def open_drawer(context: SkillContext, drawer: str) -> Script:
    """Come before a drawer and pull it open."""
    yield from _face(context, drawer, _PULL_ROOM_M)
    return (yield from _drawer.open_drawer(context, drawer))


def close_drawer(context: SkillContext, drawer: str) -> Script:
    """Come before a drawer and push it shut."""
    yield from _face(context, drawer, _PUSH_ROOM_M)
    return (yield from _drawer.close_drawer(context, drawer))


def _face(context: SkillContext, name: str, farther_m: float) -> motion.Motion:
    """Come before a drawer, looking against the way it opens."""
    context.stage("drive", 0.05)
    drawer = known_in_odom(context, name)
    bearing = drawer.pose_object_in_base.yaw_rad + math.pi
    # The base measures from the middle of its inside, which lies behind the handle.
    behind_m = -float(drawer.interior.center_m[0]) if drawer.interior is not None else 0.0
    yield from approach(context, name, (bearing,), finely=False, farther_m=behind_m + farther_m)
