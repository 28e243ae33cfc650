"""The skill `shoot`: stand before a target, aim, make sure that nothing is in between, and pull the trigger once."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.base import BlasterDescription
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.mobile.base_view import BaseView
from robomatrix_py.skills.mobile.docking import known_in_odom
from robomatrix_py.skills.mobile.drive import base_of, drive_to, straight
from robomatrix_py.skills.mobile.navigation import nearest_reachable
from robomatrix_py.skills.scripted.motion import Script, pause

# A target is hit from in front of it: from within so much of its own direction.
_ASKEW_MAX_RAD = math.radians(40.0)
_BEARINGS = 9
# From where in its range it shoots: nearer is surer.
_RANGE_SHARES = (0.3, 0.45, 0.6)
_AIM_M, _AIM_RAD = 0.05, 0.015
# Half the width of what must be free between muzzle and target, and how near before the target something counts to it.
_CLEAR_M = 0.12
_BEFORE_TARGET_M = 0.25
_SETTLE_S = 0.3
_FLIGHT_S = 0.5


def shoot(context: SkillContext, target: str) -> Script:
    """Stand before a target, aim, and shoot once if nothing is in between. The gate has the last word."""
    base = base_of(context)
    blaster = base.description.blaster
    if blaster is None:
        raise SkillFailure(Cause.PLAN_INVALID, f"{context.robot.name} has nothing to shoot with")
    item = known_in_odom(context, target)
    context.stage("drive", 0.1)
    goal = nearest_reachable(context, base, _stands(item, blaster), f"to where {target} can be shot at")
    yield from drive_to(context, lambda: goal)
    context.stage("aim", 0.6)
    yield from straight(context, lambda: _aimed(base, known_in_odom(context, target), blaster), 0.4, _AIM_M, _AIM_RAD)
    yield from pause(context, _SETTLE_S)
    _require_clear(context, base, known_in_odom(context, target), blaster)
    context.stage("shoot", 0.9)
    base.shoot()
    yield from pause(context, _FLIGHT_S)
    return f"shot at {target}"


def _stands(item: SceneObject, blaster: BlasterDescription) -> list[Pose]:
    """Return poses in front of a target, looking at it."""
    facing = item.pose_object_in_base.yaw_rad
    poses = []
    for share in _RANGE_SHARES:
        away_m = blaster.range_min_m + share * (blaster.range_max_m - blaster.range_min_m)
        for askew in np.linspace(-_ASKEW_MAX_RAD, _ASKEW_MAX_RAD, _BEARINGS):
            direction = facing + float(askew)
            x, y = item.position_m[:2] + away_m * np.array([math.cos(direction), math.sin(direction)])
            poses.append(Pose.at(float(x), float(y), 0.0, direction + math.pi))
    return poses


def _aimed(base: BaseView, item: SceneObject, blaster: BlasterDescription) -> Pose:
    """Return where the base stands, turned so that its muzzle points at a target."""
    way = (item.position_m - base.pose.position_m)[:2]
    # The muzzle sits beside the middle of the base, and its line goes by the target at that distance.
    aside = math.asin(float(np.clip(blaster.muzzle_xyz_m[1] / max(float(np.hypot(*way)), 1e-6), -1.0, 1.0)))
    return Pose(base.pose.position_m, Pose.at(0.0, 0.0, 0.0, math.atan2(way[1], way[0]) - aside).quaternion_xyzw)


def _require_clear(context: SkillContext, base: BaseView, item: SceneObject, blaster: BlasterDescription) -> None:
    """Refuse to shoot at what is too near, too far or behind something.

    Raises:
        SkillFailure: It is.
    """
    away_m = float(np.hypot(*(item.position_m - base.pose.position_m)[:2]))
    if not blaster.range_min_m <= away_m <= blaster.range_max_m:
        permitted = f"{blaster.range_min_m:g} to {blaster.range_max_m:g} m"
        raise SkillFailure(Cause.LIMIT, f"{item.name} is {away_m:.2f} m away; permitted: {permitted}")
    if not base.ranges_fresh:
        raise SkillFailure(Cause.STALE_OBSERVATION, "nothing is ranged: who stands in the line of fire is not known")
    free_m = base.gap_m(0.0, _CLEAR_M) + base.reach_m(0.0)
    if free_m < away_m - _BEFORE_TARGET_M:
        raise SkillFailure(Cause.PRECONDITION, f"something is {free_m:.2f} m ahead, before {item.name}: not shooting")
    # Small things slip through between two rays.
    for other in context.others(item.name):
        x, y, _ = other.position_m
        near = abs(y) < _CLEAR_M + float(np.hypot(*other.size_m[:2])) / 2
        if Affordance.MOVABLE in other.affordances and near and 0.0 < x < away_m:
            raise SkillFailure(Cause.PRECONDITION, f"{other.name} is before {item.name}: not shooting")
