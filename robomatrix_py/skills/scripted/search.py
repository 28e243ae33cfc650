"""The skill `search`: looks from other places until a thing that is out of sight is seen."""

from __future__ import annotations

import math
from collections.abc import Generator
from functools import partial

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.scripted.motion import Motion, Script, pause, travel

# Height of the tool while it looks: the wrist camera then sees some 40 cm of the table.
_VIEW_HEIGHT_M = 0.34
# Places looked at lie on two arcs around the base, so far apart and so far to either side.
_RADII_M = (0.36, 0.62)
_SPACING_M = 0.32
_SIDE_MAX_RAD = math.radians(75.0)
# Beyond these the arm does not reach at that height.
_NEAR_M, _FAR_M = 0.22, 0.66
# A longer turn about the base goes through a point so far in front of it.
_TURN_MAX_RAD = math.radians(60.0)
_AROUND_M = 0.45
# At each place the pictures settle for so long.
_DWELL_S = 0.35
# So many looks one after the other must see it, so that a false alarm of perception ends no search.
_LOOKS = 4


def search(context: SkillContext, object: str) -> Script:
    """Look around with the arm until an object is seen: first where it was last seen, then wherever the arm reaches.

    The arm's own motion helps the other cameras, too: it stands before something else at every place.
    """
    context.stage("look", 0.05)
    began_s = context.now_s
    if (yield from _seen_meanwhile(context, object, began_s, pause(context, _DWELL_S))):
        return f"{object} is in sight"
    places = viewing_places(_last_place(context, object))
    for index, place in enumerate(places):
        view = _view_of(context, place)
        if view is None:
            continue
        context.stage("look around", 0.1 + 0.85 * index / len(places))
        motion = _go_and_look(context, view, object)
        found = yield from _seen_meanwhile(context, object, began_s, motion)
        if found and (yield from _seen_from_above(context, object)):
            return f"{object} was found after looking at {index + 1} places"
    message = f"{object} is nowhere to be seen; the arm looked at {len(places)} places"
    looked_at = [[round(float(value), 2) for value in place] for place in places]
    raise SkillFailure(Cause.UNKNOWN_OBJECT, message, not_found=object, looked_at_m=looked_at)


def viewing_places(first_xy_m: Array | None) -> list[Array]:
    """Return which points of the table to look at, shape (2,) each, in order: ways between them are short.

    Args:
        first_xy_m: Where the thing was last seen, or None.
    """
    left = []
    for radius_m in _RADII_M:
        count = math.ceil(2 * _SIDE_MAX_RAD * radius_m / _SPACING_M)
        # Places in the middle of equal parts of the arc.
        angles = (np.arange(count) + 0.5) / count * 2 * _SIDE_MAX_RAD - _SIDE_MAX_RAD
        left += [radius_m * np.array([math.cos(angle), math.sin(angle)]) for angle in angles]
    places = [] if first_xy_m is None else [np.array(first_xy_m[:2], dtype=np.float64)]
    here = places[0] if places else np.array([_FAR_M, 0.0])
    while left:
        nearest = min(range(len(left)), key=lambda i: (round(math.dist(left[i], here), 6), i))
        here = left.pop(nearest)
        places.append(here)
    return places


def _last_place(context: SkillContext, name: str) -> Array | None:
    item = context.known(name)
    return None if item is None else item.position_m[:2]


def _view_of(context: SkillContext, place_xy_m: Array) -> Array | None:
    """Return where the tool looks at a place from, shape (3,), or None out of reach.

    That is straight above: a camera beside the tool then sees the place past the fingers.
    """
    xyz_m = np.array([*place_xy_m, _VIEW_HEIGHT_M])
    return xyz_m if _within_reach(context, xyz_m) else None


def _within_reach(context: SkillContext, xyz_m: Array) -> bool:
    box = context.robot.workspace.tool_box_in_base
    return bool(box.contains(xyz_m)) and _NEAR_M <= math.hypot(*xyz_m[:2]) <= _FAR_M


def _go_and_look(context: SkillContext, xyz_m: Array, name: str) -> Motion:
    for way_m in _ways_around_base(context.tool_xyz_m, xyz_m):
        yield from travel(context, partial(np.array, way_m), what=f"the place to look for {name} from")
    yield from pause(context, _DWELL_S)


def _ways_around_base(here_m: Array, there_m: Array) -> list[Array]:
    """Return the points to go through, the last of them `there_m`, so that the arm does not cross its own base."""
    turns = [math.atan2(here_m[1], here_m[0]), math.atan2(there_m[1], there_m[0])]
    if abs(turns[1] - turns[0]) < _TURN_MAX_RAD:
        return [there_m]
    middle_rad = sum(turns) / 2
    between = _AROUND_M * np.array([math.cos(middle_rad), math.sin(middle_rad)])
    return [np.array([*between, there_m[2]]), there_m]


def _seen_from_above(context: SkillContext, name: str) -> Generator[None, None, bool]:
    """Turn the camera to a thing that came into sight, since at the edge of a picture it is soon lost again."""
    item = context.known(name)
    view = None if item is None else _view_of(context, item.position_m[:2])
    if view is None:
        return True
    context.stage("look closely", 0.95)
    yield from _go_and_look(context, view, name)
    return (yield from _seen_meanwhile(context, name, context.now_s, pause(context, 2 * _DWELL_S)))


def _seen_meanwhile(
    context: SkillContext, name: str, began_s: float, motion: Motion
) -> Generator[None, None, bool]:
    """Go on with a motion until its end or until enough looks in a row see a thing; then brake."""
    looks, scene_s = 0, -math.inf
    for _ in motion:
        yield
        newest_s = context.now_s - context.scene_age_s
        if newest_s > scene_s + 1e-6:
            scene_s = newest_s
            item = context.known(name)
            looks = looks + 1 if item is not None and item.visible and item.seen_s > began_s else 0
        if looks >= _LOOKS:
            context.servo.aim(context.tool_xyz_m)
            while not context.servo.at_rest:
                yield
            return True
    return False
