"""The skill `search`: looks from other places until a thing that is out of sight is seen."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_matrix
from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.inverse_kinematics import tool_down
from robomatrix_py.skills.scripted.motion import Motion, Script, pause, travel

# Height of the tool while it looks: the wrist camera then sees some 40 cm of the table.
_VIEW_HEIGHT_M = 0.34
# Places looked at lie on two arcs around the base, so far apart and so far to either side.
_RADII_M = (0.36, 0.62)
_SPACING_M = 0.32
_SIDE_MAX_RAD = math.radians(75.0)
# Beyond these the arm does not reach at that height.
_NEAR_M, _FAR_M = 0.22, 0.66
# At each place the pictures settle for so long.
_DWELL_S = 0.35
# So many looks must agree that it is there, so that a false alarm of perception ends no search.
_LOOKS = 3


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
        xyz_m, yaw_rad = view
        motion = _go_and_look(context, xyz_m, yaw_rad, object)
        if (yield from _seen_meanwhile(context, object, began_s, motion)):
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


def _view_of(context: SkillContext, place_xy_m: Array) -> tuple[Array, float] | None:
    """Return tool position and turn from which the camera on the tool looks at a place, or None out of reach."""
    camera = next((camera for camera in context.robot.cameras if camera.mounted_on == "tool"), None)
    for turn_rad in (0.0, math.pi / 2):
        # The gripper looks the same after half a turn, and the servo takes the nearer one; the camera does not.
        yaw_rad = context.servo.nearest_yaw(context.servo.yaw_rad + turn_rad)
        ahead = np.zeros(2) if camera is None else looks_ahead_m(camera, yaw_rad, _VIEW_HEIGHT_M)
        xyz_m = np.array([*(place_xy_m - ahead), _VIEW_HEIGHT_M])
        if _within_reach(context, xyz_m):
            return xyz_m, yaw_rad
    # Seen from above it may still come into the edge of the picture.
    xyz_m = np.array([*place_xy_m, _VIEW_HEIGHT_M])
    return (xyz_m, context.servo.yaw_rad) if _within_reach(context, xyz_m) else None


def looks_ahead_m(camera: CameraDescription, yaw_rad: float, height_m: float) -> Array:
    """Return where a camera on the tool looks at the table, seen from the point under the tool, shape (2,).

    Args:
        camera: The camera; its optical axis is its frame's z axis.
        yaw_rad: Turn of the tool, which points down.
        height_m: Height of the tool above the table.
    """
    tool = Pose(np.array([0.0, 0.0, height_m]), quaternion_from_matrix(tool_down(yaw_rad)))
    pose = camera.pose_in_base(tool)
    axis = pose.rotation[:, 2]
    if axis[2] > -0.2:
        # It looks to the side, not at the table.
        return np.zeros(2)
    hit: Array = pose.position_m - axis * (pose.position_m[2] / axis[2])
    return hit[:2]


def _within_reach(context: SkillContext, xyz_m: Array) -> bool:
    box = context.robot.workspace.tool_box_in_base
    return bool(box.contains(xyz_m)) and _NEAR_M <= math.hypot(*xyz_m[:2]) <= _FAR_M


def _go_and_look(context: SkillContext, xyz_m: Array, yaw_rad: float, name: str) -> Motion:
    yield from travel(context, lambda: xyz_m, yaw_rad, what=f"the place to look for {name} from")
    yield from pause(context, _DWELL_S)


def _seen_meanwhile(
    context: SkillContext, name: str, began_s: float, motion: Motion
) -> Generator[None, None, bool]:
    """Go on with a motion until its end or until enough looks agree that a thing is there; then brake."""
    looks: set[float] = set()
    for _ in motion:
        yield
        item = context.known(name)
        if item is not None and item.visible and item.seen_s > began_s:
            looks.add(item.seen_s)
        if len(looks) >= _LOOKS:
            context.servo.aim(context.tool_xyz_m)
            while not context.servo.at_rest:
                yield
            return True
    return False
