"""How far a drawer is open: the place along its way at which most of what is seen of it is its front and its handle.

A hand on the handle covers one of them in part, seldom both; the bottom and the sides of an open drawer are at no one
place along the way.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.perception.config import FixtureKind

_STEP_M = 0.001
# A point belongs to a piece that is no farther away than this along the way, and across it.
_ALONG_M, _ACROSS_M = 0.003, 0.008
# What is so near to the handle's outline is not asked whether it is of the front: it may be the handle.
_AROUND_HANDLE_M = 0.006
# The rim of the front may be the sides or the bottom of the drawer.
_RIM_M = 0.02
# So many points of either tell as much as more do; so few of both tell nothing.
_ENOUGH, _POINTS_MIN = 30, 10
# The end of either is where so many percent of its points are that are no farther away from there.
_STRAY_PERCENT = 97.0
_END_M, _END_POINTS_MIN = 0.012, 5


def opening_m(kind: FixtureKind, points_m: Array) -> float | None:
    """Return how far a drawer is open; None if too little of it is seen.

    Args:
        kind: The drawer, with its handle for its box and with a front.
        points_m: What is seen of its surface, in the frame of what it slides out of, less `closed_at_m`, shape (n, 3).
    """
    half_m = np.array(kind.size_m) / 2
    front_m, front_half_m = np.array(kind.front_center_m), np.array(kind.front_half_m)
    across = np.abs(points_m[:, 1:])
    at_handle = (across < half_m[1:] + _AROUND_HANDLE_M).all(1)
    at_front = (np.abs(points_m[:, 1:] - front_m[1:]) < front_half_m[1:] - _RIM_M).all(1) & ~at_handle
    handle_m = np.sort(points_m[(across < half_m[1:] + _ACROSS_M).all(1), 0])
    panel_m = np.sort(points_m[at_front, 0])
    openings = np.arange(0.0, kind.travel_m + _STEP_M / 2, _STEP_M)
    handle = _between(handle_m, openings - half_m[0] - _ALONG_M, openings + half_m[0] + _ALONG_M)
    middle = openings + front_m[0]
    panel = _between(panel_m, middle - front_half_m[0] - _ALONG_M, middle + front_half_m[0] + _ALONG_M)
    # Nothing of its front can be before its front.
    before = len(panel_m) - np.searchsorted(panel_m, middle + front_half_m[0] + 2 * _ALONG_M)
    score = np.minimum(handle, _ENOUGH) + np.minimum(panel, _ENOUGH) - np.minimum(before, _ENOUGH)
    if score.max() < _POINTS_MIN:
        return None
    opening = float(openings[score == score.max()].mean())
    for surface_m, end_m in ((handle_m, half_m[0]), (panel_m, front_m[0] + front_half_m[0])):
        # Where its surface ends tells more exactly; the handle's own is nearer to the camera.
        own = surface_m[np.abs(surface_m - opening - end_m) < _END_M]
        if len(own) >= _END_POINTS_MIN:
            opening = float(np.percentile(own, _STRAY_PERCENT)) - end_m
            break
    return float(np.clip(opening, 0.0, kind.travel_m))


def _between(ordered: Array, low: Array, high: Array) -> npt.NDArray[np.intp]:
    """Return how many of some ordered numbers lie between each pair of bounds."""
    count: npt.NDArray[np.intp] = np.searchsorted(ordered, high) - np.searchsorted(ordered, low)
    return count
