"""Levels cameras by the table: what depth sees of it must be flat and as high as it is.

A camera that was knocked, or whose calibration is a little off, sees the table tilted and at another height. The plane
through what it sees tells three of the six errors of its pose: the tilt about the two axes along the table, and the
height. Where it stands sideways, and its turn about the vertical, a bare table does not tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array, Box, Pose
from robomatrix_py.contracts.patches import CameraView

# Depth is read at so many places of a picture, down and across.
_GRID = (30, 40)
_NEAREST_M = 0.02
# The table's rim is not looked at.
_RIM_M = 0.03
# Nothing that is farther from where the table should be is the table; then from the plane so far.
_OFF_M, _NEAR_M = 0.08, (0.03, 0.01, 0.005, 0.004)
# The plane is believed if it goes through so much of what may be the table and spreads so far both ways.
_POINTS_MIN, _SHARE_MIN, _SPREAD_MIN_M = 120, 0.5, 0.05
# A larger error is not made good: something else is wrong.
_TILT_MAX_RAD, _RAISED_MAX_M = 0.07, 0.08
# The newest look counts so much against all earlier ones once there are enough of them.
_NEWEST = 0.1


@dataclass(frozen=True, eq=False)
class _Correction:
    """What is to be added to a camera's pose, in its own frame.

    Args:
        turn: Rotation vector in rad, shape (3,).
        shift_m: Shape (3,).
        looks: From how many looks.
    """

    turn: Array
    shift_m: Array
    looks: int


class Levelling:
    """Makes good what the table tells of the poses of cameras. No ROS, no clock, no threads.

    Args:
        table: The table top's box in the base frame.
    """

    def __init__(self, table: Box) -> None:
        self._table = table
        self._known: dict[str, _Correction] = {}

    def level(self, view: CameraView) -> CameraView:
        """Return a view with its camera's pose made good, by this look and all earlier ones of the same camera."""
        found = _tilt(view, self._table)
        known = self._known.get(view.camera)
        if found is not None:
            if known is None:
                known = found
            else:
                share = max(_NEWEST, 1.0 / (known.looks + 1))
                turn = known.turn + share * (found.turn - known.turn)
                shift_m = known.shift_m + share * (found.shift_m - known.shift_m)
                known = _Correction(turn, shift_m, known.looks + 1)
            self._known[view.camera] = known
        if known is None:
            return view
        pose = view.pose_camera_in_base @ Pose(known.shift_m, _quaternion(known.turn))
        return replace(view, pose_camera_in_base=pose)


def _tilt(view: CameraView, table: Box) -> _Correction | None:
    """Return by how much a camera's pose is off as far as the table tells; None where too little of it is seen."""
    points_m = _grid_points(view)
    top_m = float(table.center_m[2] + table.half_extents_m[2])
    within = (np.abs(points_m[:, :2] - table.center_m[:2]) < table.half_extents_m[:2] - _RIM_M).all(1)
    candidates = points_m[within & (np.abs(points_m[:, 2] - top_m) < _OFF_M)]
    if len(candidates) < _POINTS_MIN:
        return None
    middle = np.array([*candidates[:, :2].mean(0), top_m])
    local = candidates - middle
    # Most of what is near the table's height is the table: things stand on it, nothing is below.
    plane, inside = np.array([0.0, 0.0, float(np.median(local[:, 2]))]), np.ones(len(local), dtype=bool)
    ones = np.append(local[:, :2], np.ones((len(local), 1)), axis=1)
    for near_m in _NEAR_M:
        inside = np.abs(local[:, 2] - ones @ plane) < near_m
        if inside.sum() < _POINTS_MIN:
            return None
        plane = np.linalg.lstsq(ones[inside], local[inside, 2], rcond=None)[0]
    spread_m = np.sqrt(np.linalg.eigvalsh(np.cov(local[inside, :2].T))[0])
    if inside.sum() < _SHARE_MIN * len(local) or spread_m < _SPREAD_MIN_M:
        return None
    normal = np.array([-plane[0], -plane[1], 1.0]) / math.hypot(plane[0], plane[1], 1.0)
    rotation = view.pose_camera_in_base.rotation
    # Turned about its own place, so that the plane comes to lie flat.
    turn = rotation.T @ np.cross(normal, [0.0, 0.0, 1.0])
    eye_m = view.pose_camera_in_base.position_m
    above_m = float(normal @ (eye_m - middle - np.array([0.0, 0.0, plane[2]])))
    raised_m = above_m - (eye_m[2] - top_m)
    if np.linalg.norm(turn) > _TILT_MAX_RAD or abs(raised_m) > _RAISED_MAX_M:
        return None
    return _Correction(turn, rotation.T @ np.array([0.0, 0.0, raised_m]), 1)


def _grid_points(view: CameraView) -> Array:
    """Return the surface at the places of a grid over a picture, base frame, shape (n, 3)."""
    height, width = view.depth_m.shape
    v = ((np.arange(_GRID[0]) + 0.5) * height / _GRID[0]).astype(int)
    u = ((np.arange(_GRID[1]) + 0.5) * width / _GRID[1]).astype(int)
    depth_m = view.depth_m[np.ix_(v, u)].astype(np.float64)
    read = np.isfinite(depth_m) & (depth_m > _NEAREST_M)
    across, down = np.broadcast_arrays(u[None, :] + 0.5, v[:, None] + 0.5)
    points: Array = view.points_m(across[read], down[read], depth_m[read])
    return points


def _quaternion(turn: npt.ArrayLike) -> Array:
    """Return the quaternion (xyzw) of a rotation vector."""
    vector = np.asarray(turn, dtype=np.float64)
    angle = float(np.linalg.norm(vector))
    if angle < 1e-9:
        return np.array([0.0, 0.0, 0.0, 1.0])
    return np.append(math.sin(angle / 2) * vector / angle, math.cos(angle / 2))
