"""The skill `search`: turn on the spot and look, then in the other rooms, until a thing is seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from functools import partial

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.contracts.skill import ANYTHING_NEW
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.mobile.drive import back_off, base_of, straight
from robomatrix_py.skills.mobile.navigation import go_into, lies_in
from robomatrix_py.skills.scripted.motion import Motion, Script, pause

_STEPS = 8
# Seen so lately counts as seen now.
_SEEN_S = 0.25
_LOOK_S = 0.35

_Found = Callable[[], list[SceneObject]]


def search(context: SkillContext, object: str) -> Script:
    """Turn by eighths of a full turn and look at each until a thing is seen; then the same in every other known room.

    The thing need not be known; for :data:`~robomatrix_py.contracts.skill.ANYTHING_NEW` any movable one that was not.
    """
    found = _finder(context, object)
    context.stage("look", 0.05)
    yield from back_off(context)
    rooms: list[str] = []
    seen = yield from _look_around(context, found, 0.05)
    while not seen and (room := _next_room(context, rooms)):
        rooms.append(room)
        yield from _drive_there(context, room)
        seen = yield from _look_around(context, found, min(0.9, 0.1 + 0.3 * len(rooms)))
    if seen:
        x, y, _ = seen[0].position_m
        return f"{seen[0].name} is at ({x:.2f}, {y:.2f}) m"
    base_of(context).stand()
    what = "nothing new is" if object == ANYTHING_NEW else f"{object} is not"
    where = ", ".join(["where the robot was", *(f"in {room}" for room in rooms)])
    message = f"{what} to be seen once round: {where}"
    raise SkillFailure(Cause.UNKNOWN_OBJECT, message, not_found=object, looked_in=rooms)


def _finder(context: SkillContext, name: str) -> _Found:
    """Return what says which things that are looked for are seen now."""
    known = {item.name for item in context.in_odom()}

    def wanted(item: SceneObject) -> bool:
        if name == ANYTHING_NEW:
            return item.name not in known and Affordance.MOVABLE in item.affordances
        return item.name == name

    def found() -> list[SceneObject]:
        fresh = [item for item in context.in_odom() if item.visible and context.now_s - item.seen_s < _SEEN_S]
        return [item for item in fresh if wanted(item)]

    return found


def _look_around(context: SkillContext, found: _Found, progress: float) -> Generator[None, None, list[SceneObject]]:
    """Turn once round, standing still to look, until something is found; return that."""
    start = base_of(context).pose
    for step in range(_STEPS + 1):
        yield from pause(context, _LOOK_S)
        if seen := found():
            return seen
        if step < _STEPS:
            context.stage("turn", progress + 0.2 * step / _STEPS)
            turned = Pose(start.position_m, Pose.at(0, 0, 0, start.yaw_rad + _angle(step + 1)).quaternion_xyzw)
            yield from straight(context, partial(_same, turned), 1.0, within_m=0.08, within_rad=0.08)
    return []


def _next_room(context: SkillContext, visited: list[str]) -> str:
    """Return the nearest known room that the base is not in and was not sent to, or an empty text."""
    here_m = base_of(context).pose.position_m
    rooms = [
        item
        for item in context.in_odom()
        if Affordance.PLACE in item.affordances and item.name not in visited and not lies_in(item, here_m)
    ]
    rooms.sort(key=lambda item: float(np.linalg.norm((item.position_m - here_m)[:2])))
    return rooms[0].name if rooms else ""


def _drive_there(context: SkillContext, room: str) -> Motion:
    """Go into a room; one without a free way is left out."""
    try:
        yield from go_into(context, room)
    except SkillFailure as failure:
        if failure.cause is not Cause.NO_PROGRESS:
            raise


def _same(pose: Pose) -> Pose:
    return pose


def _angle(step: int) -> float:
    return float(np.remainder(2.0 * math.pi * step / _STEPS, 2.0 * math.pi))
