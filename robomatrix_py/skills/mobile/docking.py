"""Where a base stands to work on a thing, and how it gets there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array, Pose, wrap_angle
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.mobile.base_view import BaseView
from robomatrix_py.skills.mobile.drive import base_of, drive_to, obstacles, straight
from robomatrix_py.skills.mobile.occupancy import Cells, grown, is_obstacle
from robomatrix_py.skills.mobile.path import find_path
from robomatrix_py.skills.scripted.motion import Motion

_BEARINGS = 24
# From so far off the base goes straight to where it works; the nearest that is free.
_RUN_UP_M = (0.30, 0.40, 0.50, 0.22)
_MARGIN_M = 0.008
# What known things explain of what was ranged.
_EXPLAINED_M = 0.12
# A turn by this much is worth a metre of way; turned aside from a thing's faces costs too.
_TURN_COST_M = 0.25
_ASKEW_COST_M = 0.5
# So many of the best places are tried for a free way there.
_TRIES = 8
# At work already: so near to the place, no need to go back first.
_DOCKED_M = 0.04
_DOCKED_RAD = 0.10
# Unseen for longer, a thing may no longer be where it was.
_UNSEEN_MAX_S = 2.5


def known_in_odom(context: SkillContext, name: str) -> SceneObject:
    """Return a thing as last seen, in odometry's frame.

    Raises:
        SkillFailure: It was never seen.
    """
    found = context.in_odom(name)
    if not found:
        raise SkillFailure(Cause.UNKNOWN_OBJECT, f"{name} has not been seen")
    return found[0]


def work_point(item: SceneObject) -> Array:
    """Return what of a thing the arm works on: the middle of its inside or of itself, shape (3,)."""
    if item.interior is not None and Affordance.MOVABLE not in item.affordances:
        return item.pose_object_in_base.transform(item.interior.center_m)
    return item.position_m


def approach(
    context: SkillContext, name: str, bearings: Sequence[float] = (), *, finely: bool = True, farther_m: float = 0.0
) -> Motion:
    """Bring the base to where the arm works on a thing: around what is in the way, then straight up to it.

    Args:
        context: The skill's world.
        name: The thing.
        bearings: Directions to look in while working, in odometry's frame; none: any.
        finely: Whether the arm cannot make up for the base.
        farther_m: So much farther off than where the arm works best.

    Raises:
        SkillFailure: There is no place to stand or no free way, or the thing is gone.
    """
    base = base_of(context)
    distance_m = base.description.work_distance_m + farther_m
    if not _docked(base, known_in_odom(context, name), distance_m, bearings):
        place, run_up_m = choose_place(context, base, name, distance_m, bearings)
        start = place @ Pose.at(-run_up_m, 0.0, 0.0)
        yield from drive_to(context, lambda: start, within_m=0.05, within_rad=0.08)
        yield from look(context, name)
        bearing = place.yaw_rad
    else:
        bearing = base.pose.yaw_rad
    within_m, within_rad = (0.006, 0.012) if finely else (0.03, 0.05)
    yield from straight(
        context,
        lambda: _before(work_point(known_in_odom(context, name)), distance_m, bearing),
        0.35,
        within_m,
        within_rad,
    )


def look(context: SkillContext, name: str, patience_s: float = 1.0) -> Motion:
    """Stand until a movable thing is seen again.

    Raises:
        SkillFailure: It is not where it was last seen.
    """
    until_s = context.time_s + patience_s
    held = context.holding
    while Affordance.MOVABLE in known_in_odom(context, name).affordances and not held:
        item = known_in_odom(context, name)
        if context.now_s - item.seen_s < _UNSEEN_MAX_S:
            return
        if context.time_s > until_s:
            raise SkillFailure(Cause.UNKNOWN_OBJECT, f"{name} is not where it was last seen")
        yield


def choose_place(
    context: SkillContext, base: BaseView, name: str, distance_m: float, bearings: Sequence[float] = ()
) -> tuple[Pose, float]:
    """Return where the base is to stand to work on a thing, and from how far off it goes straight there.

    Raises:
        SkillFailure: Nowhere around the thing is room for the base, or no way leads there.
    """
    item = known_in_odom(context, name)
    point = work_point(item)
    hard, near = obstacles(context, base)
    solid = [other for other in context.in_odom() if is_obstacle(other) and other.name != name]
    if is_obstacle(item):
        solid.append(item)
    unknown = _unexplained(base, context.in_odom())
    ranked: list[tuple[float, int, Pose, float]] = []
    turns = bearings or [2.0 * math.pi * i / _BEARINGS for i in range(_BEARINGS)]
    for index, bearing in enumerate(turns):
        place = _before(point, distance_m, bearing)
        if not _has_room(base, place, solid, unknown) or _beside_another(context, item, bearing):
            continue
        for run_up_m in _RUN_UP_M:
            start = place @ Pose.at(-run_up_m, 0.0, 0.0)
            if not hard[base.grid.cell(*start.position_m[:2])]:
                way_m = float(np.hypot(*(start.position_m - base.pose.position_m)[:2]))
                turn = abs(wrap_angle(bearing - base.pose.yaw_rad))
                askew = _ASKEW_COST_M * _askew(item, bearing)
                ranked.append((way_m + _TURN_COST_M * turn + askew, index, place, run_up_m))
                break
    if not ranked:
        raise SkillFailure(Cause.PRECONDITION, f"nowhere around {name} is room for the base")
    start_cell = base.grid.cell(*base.pose.position_m[:2])
    for _, _, place, run_up_m in sorted(ranked, key=lambda entry: entry[:2])[:_TRIES]:
        start = place @ Pose.at(-run_up_m, 0.0, 0.0)
        if find_path(hard, near, start_cell, base.grid.cell(*start.position_m[:2])):
            return place, run_up_m
    raise SkillFailure(Cause.NO_PROGRESS, f"no free way for the base to {name}")


def _before(point_m: Array, distance_m: float, bearing_rad: float) -> Pose:
    """Return the pose of a base that looks at a point from a distance."""
    x, y = point_m[0] - distance_m * math.cos(bearing_rad), point_m[1] - distance_m * math.sin(bearing_rad)
    return Pose.at(float(x), float(y), 0.0, bearing_rad)


def _docked(base: BaseView, item: SceneObject, distance_m: float, bearings: Sequence[float]) -> bool:
    """Return whether the base all but stands where it works on a thing."""
    x, y, _ = base.pose.inverse().transform(work_point(item))
    if math.hypot(x - distance_m, y) > _DOCKED_M:
        return False
    return not bearings or min(abs(wrap_angle(b - base.pose.yaw_rad)) for b in bearings) < _DOCKED_RAD


def _has_room(base: BaseView, place: Pose, solid: Iterable[SceneObject], unknown: Cells) -> bool:
    """Return whether the base can stand at a place: clear of things known and of what else was ranged."""
    half_x, half_y = base.description.length_m / 2 + _MARGIN_M, base.description.width_m / 2 + _MARGIN_M
    xs, ys = np.meshgrid(np.linspace(-half_x, half_x, 13), np.linspace(-half_y, half_y, 9))
    points = place.transform(np.column_stack([xs.ravel(), ys.ravel(), np.zeros(xs.size)]))
    if any(unknown[base.grid.cell(x, y)] for x, y, _ in points):
        return False
    return not any(_covers(item, points).any() for item in solid)


def _covers(item: SceneObject, points_m: Array) -> npt.NDArray[np.bool_]:
    """Return which points of the floor, shape (n, 3), lie under a thing."""
    local = item.pose_object_in_base.inverse().transform(points_m)[:, :2]
    off_x, off_y = (np.abs(local) - item.size_m[:2] / 2).T
    under: npt.NDArray[np.bool_] = np.logical_and(off_x < 0.0, off_y < 0.0)
    return under


def _unexplained(base: BaseView, items: Sequence[SceneObject]) -> Cells:
    """Return the cells where something was ranged that no known thing is near."""
    ranged = base.grid.blocked()
    known = np.logical_and(base.grid.blocked(items), np.logical_not(ranged))
    unexplained: Cells = np.logical_and(ranged, np.logical_not(grown(known, _EXPLAINED_M)))
    return unexplained


def _beside_another(context: SkillContext, item: SceneObject, bearing_rad: float) -> bool:
    """Return whether opening fingers would meet a neighbour of a thing that is to be taken."""
    if Affordance.MOVABLE not in item.affordances:
        return False
    gripper = context.robot.gripper
    ahead = np.array([math.cos(bearing_rad), math.sin(bearing_rad)])
    for other in context.in_odom():
        if Affordance.MOVABLE not in other.affordances or other.name == item.name:
            continue
        offset = (other.position_m - item.position_m)[:2]
        along, across = float(offset @ ahead), abs(float(offset[1] * ahead[0] - offset[0] * ahead[1]))
        radius_m = float(np.hypot(*other.size_m[:2])) / 2
        in_hand = across < gripper.stroke_m / 2 + gripper.finger_thickness_m + radius_m + 0.005
        # The hand comes over what stands before the thing, and reaches a little beyond it.
        if in_hand and -0.10 - radius_m < along < gripper.tip_below_tool_m + radius_m + 0.02:
            return True
    return False


def _askew(item: SceneObject, bearing_rad: float) -> float:
    """Return how far a direction is from one along a thing's faces, rad; round things have none."""
    if item.yaw_symmetry == 0 or Affordance.MOVABLE not in item.affordances:
        return 0.0
    # Fingers close across the narrow side: the hand comes along the long one, or along either of a square.
    long_yaw = item.pose_object_in_base.yaw_rad + (0.0 if item.size_m[0] >= item.size_m[1] else math.pi / 2)
    period = math.pi / 2 if item.yaw_symmetry == 4 else math.pi
    return abs(math.remainder(bearing_rad - long_yaw, period))
