"""Finds where a far camera really stands from what a near one sees of the same things.

A camera that looks at a table from afar is off by centimetres there if it was knocked or turned a little; one on the
wrist, which is near, hardly. Both see the same heights. So the near one's depth is made a map of heights, and the far
one's points are tried on it at many shifts and turns: where most of them are as high as the map says, and fewest where
it shows the bare table, the far camera stands (the correlative scan matching of Olson, "Real-time correlative scan
matching", ICRA 2009, on heights instead of walls). The votes of all looks are added: the far camera stands still while
the near one sees other things at every look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array, Box, Pose, quaternion_from_yaw
from robomatrix_py.contracts.patches import CameraView

# Only a camera that is so many times farther from the table is corrected by another.
_FARTHER = 1.8
# Depth is read at about so many places across a picture, and as densely down it.
_NEAR_PLACES, _FAR_PLACES = 320, 320
_NEAREST_M = 0.02
# The map of heights: edge of a cell, and in how many parts of it is counted. Lower than the first is table, higher than
# the second a thing.
_CELL_M, _PARTS = 0.004, 256
_TABLE_M, _THING_M, _HIGHEST_M = 0.004, 0.008, 0.15
_ALIKE_M = 0.006
# Around the hand nothing is asked: it moves, and may hold something.
_HAND_M, _UNDER_HAND_M = 0.10, 0.03
# What is tried: shifts and turns about the middle of the table.
_SHIFTS_M = np.arange(-0.042, 0.0421, 0.003)
_TURNS_RAD = np.arange(-0.04, 0.0401, 0.008)
# So many points at most of things, and of the table, are tried, and so many must agree before a look has a vote.
_POINTS_MAX, _AGREE_MIN = 800, 50
# The best place must have so much more than others that are so far away from it.
_SHARPER, _AWAY_STEPS, _PEAK_STEPS = 0.85, 4, 2
# So exact is what is found, where the turn counts by its effect so far from the middle.
_EXACT_M, _REACH_M = 0.002, 0.3
# One look in so many has a vote; the first ones all have.
_EVERY, _FIRST = 5, 3
# Of the votes of before, this share is left at each vote, so that a camera that is knocked now is noticed.
_KEPT = 0.97


# Coarsely, at every other shift.
_EVERYWHERE = (slice(0, len(_SHIFTS_M), 2), slice(0, len(_SHIFTS_M), 2))


@dataclass(eq=False)
class _Votes:
    """What was found of one far camera.

    Args:
        pose_camera_in_base: Where its calibration says it is.
        score: By shift along x, along y, and turn.
        looks: How many looks there were.
        window: Which shifts along x and along y are tried.
        found: What corrects it, in the base frame; None until the votes are clear.
    """

    pose_camera_in_base: Pose
    score: Array
    looks: int = 0
    window: tuple[slice, slice] = _EVERYWHERE
    found: Pose | None = None


class Registration:
    """Makes good where far cameras stand sideways and how they are turned. No ROS, no clock, no threads.

    Args:
        table: The table top's box in the base frame.
    """

    def __init__(self, table: Box) -> None:
        self._middle_m = np.array([*table.center_m[:2], table.center_m[2] + table.half_extents_m[2]])
        self._votes: dict[str, _Votes] = {}

    def align(self, views: Sequence[CameraView], calibrated: Sequence[Pose]) -> list[CameraView]:
        """Return views with the poses of far cameras made good, by this look and all earlier ones.

        Args:
            views: One look of each camera, levelled.
            calibrated: Where the calibration says that each of them is.
        """
        distances_m = [float(np.linalg.norm(view.pose_camera_in_base.position_m - self._middle_m)) for view in views]
        result = []
        for view, pose, distance_m in zip(views, calibrated, distances_m, strict=True):
            near = min(range(len(views)), key=lambda index: distances_m[index])
            if distance_m < _FARTHER * distances_m[near]:
                result.append(view)
                continue
            votes = self._votes.get(view.camera)
            if votes is None or not _same_place(votes.pose_camera_in_base, pose):
                votes = _Votes(pose, np.zeros((len(_SHIFTS_M), len(_SHIFTS_M), len(_TURNS_RAD))))
                self._votes[view.camera] = votes
            votes.looks += 1
            if votes.looks <= _FIRST or votes.looks % _EVERY == 0:
                self._vote(votes, view, views[near])
            pose = view.pose_camera_in_base
            result.append(replace(view, pose_camera_in_base=votes.found @ pose) if votes.found else view)
        return result

    def _vote(self, votes: _Votes, far: CameraView, near: CameraView) -> None:
        near_m, far_m = _points(near, _NEAR_PLACES) - self._middle_m, _points(far, _FAR_PLACES) - self._middle_m
        score = _scores(far_m, near_m, votes.window)
        if score is None:
            return
        if score.max() < _AGREE_MIN:
            # Not where it was found: it is looked for everywhere.
            votes.window, votes.score = _EVERYWHERE, np.zeros_like(score)
            return
        total = score if votes.window == _EVERYWHERE else _KEPT * votes.score + score
        best = _peak(total)
        # Coarse votes only tell where to look more closely.
        votes.score = np.zeros_like(score) if votes.window == _EVERYWHERE else total
        votes.window = _EVERYWHERE if best is None else _around(total)
        if best is not None:
            # What is no larger than it is exact is rather an error of this than of the calibration.
            x_m, y_m, turn_rad = (_shrunk(best) * np.array(best)).tolist()
            about = Pose(self._middle_m, quaternion_from_yaw(0.0))
            shifted = Pose(np.array([x_m, y_m, 0.0]), quaternion_from_yaw(turn_rad))
            votes.found = about @ shifted @ about.inverse()


def _scores(far_m: Array, near_m: Array, window: tuple[slice, slice]) -> Array | None:
    """Return how well far points meet near ones, by shift and turn; None if too few can.

    Args:
        far_m: What the far camera sees, from the middle of the table, shape (n, 3).
        near_m: What the near one sees, shape (k, 3).
        window: Which shifts are tried; others score 0.
    """
    if len(near_m) < _AGREE_MIN:
        return None
    low_m, heights_m = _height_map(near_m)
    high_m, reach_m = low_m + _CELL_M * np.array(heights_m.shape), _SHIFTS_M[-1]
    far_m = far_m[((far_m[:, :2] > low_m - reach_m) & (far_m[:, :2] < high_m + reach_m)).all(1)]
    things_m, table_m = far_m[far_m[:, 2] > _THING_M], far_m[far_m[:, 2] < _TABLE_M]
    if len(things_m) < _AGREE_MIN:
        return None
    far_m = np.concatenate([points_m[:: len(points_m) // _POINTS_MAX + 1] for points_m in (things_m, table_m)])
    # An unknown rim, so that what lies beyond the map is neither for nor against.
    rim = math.ceil(3 * reach_m / _CELL_M)
    heights_m, low_m = np.pad(heights_m, rim, constant_values=np.nan), low_m - rim * _CELL_M
    least_m, most_m = _extremes(heights_m)
    last = np.array(heights_m.shape) - 1
    is_table, z_m = far_m[:, 2] < _TABLE_M, far_m[:, 2].astype(np.float32)
    steps = np.round(_SHIFTS_M / _CELL_M * _PARTS).astype(np.int64)
    score = np.zeros((len(_SHIFTS_M), len(_SHIFTS_M), len(_TURNS_RAD)))
    for k, turn_rad in enumerate(_TURNS_RAD):
        cosine, sine = math.cos(turn_rad), math.sin(turn_rad)
        turned_m = far_m[:, :2] @ np.array([[cosine, sine], [-sine, cosine]])
        # In parts of cells, so that a shift is a whole number of them.
        parts = np.floor((turned_m - low_m) / _CELL_M * _PARTS).astype(np.int64)
        rows, columns = (
            np.clip((parts[:, axis] + steps[window[axis], None]) // _PARTS, 0, last[axis]) for axis in (0, 1)
        )
        cells = rows[:, None, :], columns[None, :, :]
        with np.errstate(invalid="ignore"):
            agree = ~is_table & (np.abs(heights_m[cells] - z_m) < _ALIKE_M)
            # The sides of a thing are at its edge: only beyond it are they against.
            against = np.where(is_table, least_m[cells] > _THING_M, most_m[cells] < _TABLE_M)
        score[(*window, k)] = agree.sum(-1) - against.sum(-1)
    return score


def _extremes(heights_m: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the least and the greatest height in and around each cell, nan where one is not known."""
    padded_m = np.pad(heights_m, 1, constant_values=np.nan)
    return _over_three(np.minimum, padded_m), _over_three(np.maximum, padded_m)


def _over_three(pick: np.ufunc, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return what `pick` takes of each cell and its eight neighbours."""
    across = pick(pick(values[:-2], values[1:-1]), values[2:])
    picked: npt.NDArray[np.float32] = pick(pick(across[:, :-2], across[:, 1:-1]), across[:, 2:])
    return picked


def _around(score: Array) -> tuple[slice, slice]:
    """Return which shifts are near the best."""
    i, j, _ = np.unravel_index(int(score.argmax()), score.shape)
    return _near(int(i), len(_SHIFTS_M), _AWAY_STEPS), _near(int(j), len(_SHIFTS_M), _AWAY_STEPS)


def _near(at: int, count: int, steps: int) -> slice:
    """Return the indices of so many steps to both sides, as far as there are any."""
    return slice(max(0, at - steps), min(count, at + steps + 1))


def _height_map(points_m: Array) -> tuple[Array, npt.NDArray[np.float32]]:
    """Return the least x and y of a map, shape (2,), and the greatest height in each cell, nan where there is none."""
    low: Array = points_m[:, :2].min(0)
    cells = np.floor((points_m[:, :2] - low) / _CELL_M).astype(np.int64)
    shape = cells.max(0) + 1
    heights = np.full(shape, -np.inf, dtype=np.float32)
    np.maximum.at(heights, (cells[:, 0], cells[:, 1]), points_m[:, 2].astype(np.float32))
    heights[np.isneginf(heights)] = np.nan
    return low, heights


def _peak(score: Array) -> tuple[float, float, float] | None:
    """Return the shift and the turn that most votes are for, between the steps; None where others have as many."""
    at = [int(index) for index in np.unravel_index(int(score.argmax()), score.shape)]
    best = float(score[tuple(at)])
    for profile, middle in ((score[:, at[1]].max(1), at[0]), (score[at[0]].max(1), at[1])):
        away = [index for index in (middle - _AWAY_STEPS, middle + _AWAY_STEPS) if 0 <= index < len(profile)]
        if profile[away].max() > _SHARPER * best:
            return None
    near = tuple(_near(index, count, _PEAK_STEPS) for index, count in zip(at, score.shape, strict=True))
    weights = np.maximum(score[near] - _SHARPER * best, 0.0)
    weights /= weights.sum()
    x_m, y_m, turn_rad = (
        float(weights.sum(tuple({0, 1, 2} - {axis})) @ values[near[axis]])
        for axis, values in enumerate((_SHIFTS_M, _SHIFTS_M, _TURNS_RAD))
    )
    return x_m, y_m, turn_rad


def _shrunk(found: tuple[float, float, float]) -> float:
    """Return the share of a correction that is believed: that of James and Stein (1961), never negative."""
    x_m, y_m, turn_rad = found
    size_m = math.hypot(x_m, y_m, turn_rad * _REACH_M)
    return max(0.0, 1.0 - (_EXACT_M / max(size_m, 1e-9)) ** 2)


def _points(view: CameraView, places: int) -> Array:
    """Return what is seen near the table and away from the hand, base frame, shape (n, 3)."""
    height, width = view.depth_m.shape
    stride = max(1, round(width / places))
    v, u = np.arange(stride // 2, height, stride), np.arange(stride // 2, width, stride)
    depth_m = view.depth_m[np.ix_(v, u)].astype(np.float64)
    read = np.isfinite(depth_m) & (depth_m > _NEAREST_M)
    across, down = np.broadcast_arrays(u[None, :] + 0.5, v[:, None] + 0.5)
    points_m: Array = view.points_m(across[read], down[read], depth_m[read])
    points_m = points_m[points_m[:, 2] < _HIGHEST_M]
    if view.pose_tool_in_base is not None:
        tool_m = view.pose_tool_in_base.position_m
        beside = np.hypot(*(points_m[:, :2] - tool_m[:2]).T) > _HAND_M
        points_m = points_m[beside | (points_m[:, 2] < tool_m[2] - _UNDER_HAND_M)]
    return points_m


def _same_place(one: Pose, other: Pose) -> bool:
    """Return whether a camera has stood still."""
    moved_m = float(np.abs(one.position_m - other.position_m).max())
    return moved_m < 1e-4 and abs(float(one.quaternion_xyzw @ other.quaternion_xyzw)) > 1 - 1e-7
