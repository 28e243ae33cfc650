"""Where the tool may be."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription

_REACH_M = 0.775
_INSET_M = 0.002
# Nearer around what must be kept out of, the arm would have to swing faster than it may.
_AROUND_M = 0.08


def within_workspace(robot: RobotDescription, xyz_m: Array) -> Array:
    """Return the permitted place of the tool that is nearest to a place, but for rounding at corners.

    Args:
        robot: Its workspace.
        xyz_m: In the base frame, shape (3,).
    """
    workspace = robot.workspace
    box = workspace.tool_box_in_base
    low, high = box.center_m - box.half_extents_m + _INSET_M, box.center_m + box.half_extents_m - _INSET_M
    place = np.clip(xyz_m, low, high)
    away_m = float(np.hypot(place[0], place[1]))
    if away_m > _REACH_M:
        place[:2] *= _REACH_M / away_m
    for keep_out in workspace.keep_out_in_base:
        local = place - keep_out.center_m
        depth = keep_out.half_extents_m + _AROUND_M - np.abs(local)
        if (depth > 0).all():
            # Out through the side that is nearest.
            axis = int(depth[:2].argmin())
            place[axis] += depth[axis] if local[axis] >= 0 else -depth[axis]
    return place


def corrected_place(robot: RobotDescription, aimed_m: Array, shift_m: Array) -> Array:
    """Return a place shifted by a person's correction, which takes the tool no further out than it may go.

    Along each axis it ends at the edge of the workspace, or where the skill itself aims beyond that edge; what must be
    kept out of is for the gate to judge.

    Args:
        robot: Its workspace.
        aimed_m: Where the skill aims, in the base frame, shape (3,).
        shift_m: The correction, shape (3,).
    """
    box = robot.workspace.tool_box_in_base
    low = np.minimum(box.center_m - box.half_extents_m + _INSET_M, aimed_m)
    high = np.maximum(box.center_m + box.half_extents_m - _INSET_M, aimed_m)
    place = np.clip(aimed_m + shift_m, low, high)
    reach_m = max(_REACH_M, float(np.hypot(aimed_m[0], aimed_m[1])))
    away_m = float(np.hypot(place[0], place[1]))
    if away_m > reach_m:
        place[:2] *= reach_m / away_m
    return place
