"""How a thing is turned: the upright rectangle, from above, around what a camera sees of its surface.

The sides of a box that a camera sees collapse to lines from above. Along the box's own axes, coordinates are therefore
most concentrated: the search over turns of Zhang et al., "Efficient L-shape fitting for vehicle detection using laser
scanners" (IV 2017), with concentration, the sum of squared histogram counts, over the root of the area as criterion.
Area alone is misled where the edge of the picture cuts a thing off, concentration alone where only the top is seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.geometry import Array

_COARSE_RAD = np.radians(np.arange(0.0, 90.0, 3.0))
_FINE_RAD = np.radians(np.arange(-2.5, 2.6, 0.5))
_BIN_M = 0.003
_AREA_WEIGHT = 0.5
# So many percent of the points on each side may be another thing's.
_STRAY_PERCENT = 3.0
_POINTS_MIN = 12


@dataclass(frozen=True, eq=False)
class Footprint:
    """A rectangle on the table.

    Args:
        yaw_rad: Turn of its longer edges from base x, -pi / 2 to pi / 2.
        size_m: Length of the longer and the shorter edges, shape (2,).
    """

    yaw_rad: float
    size_m: Array

    @property
    def turn(self) -> Array:
        """Cosine and sine of twice and of four times its turn, shape (4,)."""
        twice, four = 2 * self.yaw_rad, 4 * self.yaw_rad
        return np.array([math.cos(twice), math.sin(twice), math.cos(four), math.sin(four)])


def fit_footprint(points_m: Array) -> Footprint | None:
    """Return the rectangle around points in the base frame, shape (n, 2) or (n, 3); None around too few."""
    if len(points_m) < _POINTS_MIN:
        return None
    xy = points_m[:, :2] - points_m[:, :2].mean(0)
    yaw = _best_yaw(xy, _COARSE_RAD)
    yaw = _best_yaw(xy, yaw + _FINE_RAD)
    low, high = extent_m(xy, yaw)
    along, across = high - low
    if along < across:
        return Footprint(math.remainder(yaw + math.pi / 2, math.pi), np.array([across, along]))
    return Footprint(math.remainder(yaw, math.pi), np.array([along, across]))


def middle_of_box(
    points_m: Array, yaw_rad: float, size_m: Array, eye_m: Array, stray_percent: float = _STRAY_PERCENT
) -> Array:
    """Return the middle, shape (2,), of a box of known measures: the sides that face the camera are where it ends.

    Args:
        points_m: Of its surface, base frame, shape (n, 3).
        yaw_rad: Turn of its x axis.
        size_m: Its edges along x and y, shape (2,).
        eye_m: Where the camera is, shape (3,).
        stray_percent: So many percent of the points on each side may be another thing's.
    """
    low, high = extent_m(points_m[:, :2], yaw_rad, stray_percent)
    axes = _axes(yaw_rad)
    result: Array = axes @ np.where(eye_m[:2] @ axes > (low + high) / 2, high - size_m / 2, low + size_m / 2)
    return result


def middle(low: Array, high: Array, yaw_rad: float) -> Array:
    """Return the place, shape (2,), in the middle between coordinates in axes turned by `yaw_rad`, each shape (2,)."""
    result: Array = _axes(yaw_rad) @ ((low + high) / 2)
    return result


def extent_m(xy_m: Array, yaw_rad: float, stray_percent: float = _STRAY_PERCENT) -> tuple[Array, Array]:
    """Return the least and the largest coordinates, each of shape (2,), of points in axes turned by `yaw_rad`."""
    low, high = np.percentile(xy_m @ _axes(yaw_rad), [stray_percent, 100 - stray_percent], axis=0)
    return low, high


def _axes(yaw_rad: float) -> Array:
    """Return the axes turned by `yaw_rad` as columns, shape (2, 2)."""
    cosine, sine = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array([[cosine, -sine], [sine, cosine]])


def _best_yaw(xy_m: Array, yaws_rad: Array) -> float:
    """Return the turn in whose axes the coordinates of points meet in the fewest places, in a small rectangle."""
    cosine, sine = np.cos(yaws_rad)[:, None], np.sin(yaws_rad)[:, None]
    x, y = xy_m.T
    along, across = cosine * x + sine * y, cosine * y - sine * x
    width = _width(along) * _width(across)
    score = np.log(_concentration(along) + _concentration(across)) - _AREA_WEIGHT * np.log(width + _BIN_M**2)
    return float(yaws_rad[score.argmax()])


def _width(coordinates_m: Array) -> Array:
    stray = round(coordinates_m.shape[1] * _STRAY_PERCENT / 100)
    ordered = np.sort(coordinates_m, axis=1)
    width: Array = ordered[:, -1 - stray] - ordered[:, stray]
    return width


def _concentration(coordinates_m: Array) -> Array:
    """Return the sum of squared histogram counts by row of coordinates, shape (rows, n)."""
    places = coordinates_m / _BIN_M
    places -= places.min(1, keepdims=True)
    whole = np.floor(places).astype(np.int64)
    rows, bins = len(places), int(whole.max()) + 2
    slots = (whole + bins * np.arange(rows)[:, None]).ravel()
    # Shared between two bins, a count does not depend on where the bins begin.
    upper = (places - whole).ravel()
    counts = np.bincount(slots, 1 - upper, bins * rows)
    counts[1:] += np.bincount(slots, upper, bins * rows)[:-1]
    squares: Array = (counts.reshape(rows, bins) ** 2).sum(1)
    return squares
