"""What is known to stand on the floor: a grid of cells, filled and cleared by ranging."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import RangeScan
from robomatrix_py.contracts.scene import Affordance, SceneObject

Cells = npt.NDArray[np.bool_]

CELL_M = 0.05
"""Edge of a cell."""
_HALF_CELLS = 200
# Of a ray only this much is taken for certain to be free.
_CLEAR_MAX_M = 3.0
# What stands on something, or is no body on the floor, is in nobody's way by itself.
_NO_OBSTACLE = frozenset({Affordance.PLACE, Affordance.PASSAGE, Affordance.CROSSABLE, Affordance.DRAWER})
_ON_FLOOR_M = 0.03
_ROUNDING_M = 1e-9


class OccupancyGrid:
    """Cells of the odometry frame, its origin in the middle: 20 m by 20 m."""

    def __init__(self) -> None:
        self.size = 2 * _HALF_CELLS
        self._ranged: Cells = np.zeros((self.size, self.size), dtype=bool)

    def clear(self) -> None:
        """Forget everything."""
        self._ranged[:] = False

    def take(self, scan: RangeScan) -> None:
        """Take a turn of ranges in: what rays pass through is free, where they end something stands."""
        pose = scan.pose_base_in_odom
        directions = scan.angles_rad + pose.yaw_rad
        ahead = np.column_stack([np.cos(directions), np.sin(directions)])
        along = np.arange(CELL_M, _CLEAR_MAX_M, CELL_M)
        free = along[None, :] < np.minimum(scan.ranges_m, _CLEAR_MAX_M)[:, None] - CELL_M
        points = pose.position_m[:2] + ahead[:, None, :] * along[None, :, None]
        self._set(points[free], value=False)
        met = np.isfinite(scan.ranges_m)
        self._set(pose.position_m[:2] + ahead[met] * scan.ranges_m[met, None], value=True)

    def blocked(self, items: Iterable[SceneObject] = ()) -> Cells:
        """Return the cells where something was ranged, or where an object stands on the floor."""
        cells = self._ranged.copy()
        for item in items:
            if is_obstacle(item):
                self._fill(cells, item)
        return cells

    def cell(self, x_m: float, y_m: float) -> tuple[int, int]:
        """Return the cell of a point, held within the grid."""
        last = self.size - 1
        return (
            min(last, max(0, math.floor(x_m / CELL_M) + _HALF_CELLS)),
            min(last, max(0, math.floor(y_m / CELL_M) + _HALF_CELLS)),
        )

    def point(self, cell: tuple[int, int]) -> tuple[float, float]:
        """Return the middle of a cell."""
        return (cell[0] - _HALF_CELLS + 0.5) * CELL_M, (cell[1] - _HALF_CELLS + 0.5) * CELL_M

    def _set(self, points_m: Array, *, value: bool) -> None:
        cells = np.floor(points_m / CELL_M).astype(int) + _HALF_CELLS
        cells = cells[((cells >= 0) & (cells < self.size)).all(axis=1)]
        self._ranged[cells[:, 0], cells[:, 1]] = value

    def _fill(self, cells: Cells, item: SceneObject) -> None:
        """Mark the cells under an object."""
        half = item.size_m[:2] / 2
        reach = float(np.hypot(*half)) + CELL_M
        (x0, y0), (x1, y1) = (self.cell(*(item.position_m[:2] + sign * reach)) for sign in (-1, 1))
        xs, ys = np.meshgrid(np.arange(x0, x1 + 1), np.arange(y0, y1 + 1), indexing="ij")
        middles = (np.stack([xs, ys], axis=-1) - _HALF_CELLS + 0.5) * CELL_M - item.position_m[:2]
        c, s = math.cos(item.pose_object_in_base.yaw_rad), math.sin(item.pose_object_in_base.yaw_rad)
        local = middles @ np.array([[c, -s], [s, c]])
        cells[xs, ys] |= (np.abs(local) <= half + CELL_M / 2).all(axis=-1)


def is_obstacle(item: SceneObject) -> bool:
    """Return whether a thing stands on the floor in the way of a base."""
    if item.affordances & _NO_OBSTACLE:
        return False
    return float(item.position_m[2] - item.size_m[2] / 2) < _ON_FLOOR_M


def grown(cells: Cells, radius_m: float) -> Cells:
    """Return the cells within a distance of marked ones."""
    reach = math.ceil(radius_m / CELL_M)
    near: Cells = np.zeros_like(cells)
    marked = np.argwhere(cells)
    if not len(marked):
        return near
    around = [
        (i, j)
        for i in range(-reach, reach + 1)
        for j in range(-reach, reach + 1)
        if math.hypot(i, j) * CELL_M <= radius_m + _ROUNDING_M
    ]
    spread = (marked[:, None, :] + np.array(around)[None]).reshape(-1, 2)
    spread = spread[((spread >= 0) & (spread < cells.shape[0])).all(axis=1)]
    near[spread[:, 0], spread[:, 1]] = True
    return near
