"""The skill `search`: turn on the spot and look, until a thing is seen."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.mobile.drive import back_off, base_of, straight
from robomatrix_py.skills.scripted.motion import Script, pause

_STEPS = 8
# Seen so lately counts as seen now.
_SEEN_S = 0.25
_LOOK_S = 0.35


def search(context: SkillContext, object: str) -> Script:
    """Turn by eighths of a full turn, and look at each, until a thing is seen."""
    base = base_of(context)
    context.stage("look", 0.1)
    yield from back_off(context)
    start = base.pose
    for step in range(_STEPS + 1):
        yield from pause(context, _LOOK_S)
        found = [item for item in context.in_odom(object) if item.visible and context.now_s - item.seen_s < _SEEN_S]
        if found:
            x, y, _ = found[0].position_m
            return f"{object} is at ({x:.2f}, {y:.2f}) m"
        context.stage("turn", 0.1 + 0.8 * step / _STEPS)
        if step < _STEPS:
            turned = Pose(start.position_m, Pose.at(0, 0, 0, start.yaw_rad + _angle(step + 1)).quaternion_xyzw)
            yield from straight(context, partial(_same, turned), 1.0, within_m=0.08, within_rad=0.08)
    base.stand()
    raise SkillFailure(Cause.UNKNOWN_OBJECT, f"{object} is not to be seen from here, once round")


def _same(pose: Pose) -> Pose:
    return pose


def _angle(step: int) -> float:
    return float(np.remainder(2.0 * math.pi * step / _STEPS, 2.0 * math.pi))
