"""The shortest free way over a grid, by A*."""

from __future__ import annotations

import heapq
import math
from itertools import count

from robomatrix_py.skills.mobile.occupancy import Cells

_NEIGHBOURS = tuple((i, j, math.hypot(i, j)) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
# A cell near something costs as much as so many others: a detour of that kind is worth the room.
_NEAR_COST = 3.0

Cell = tuple[int, int]


def find_path(blocked: Cells, near: Cells, start: Cell, goal: Cell) -> list[Cell]:
    """Return the cells from start to goal, both included, or none where there is no way.

    Args:
        blocked: Cells that must not be entered; the start may be one of them.
        near: Cells better left alone.
        start: Where it begins.
        goal: Where it ends.
    """
    size = blocked.shape[0]
    if blocked[goal]:
        return []
    tie = count()
    waiting: list[tuple[float, int, Cell]] = [(0.0, next(tie), start)]
    cost: dict[Cell, float] = {start: 0.0}
    came: dict[Cell, Cell] = {}
    settled: set[Cell] = set()
    while waiting:
        _, _, cell = heapq.heappop(waiting)
        if cell in settled:
            continue
        if cell == goal:
            path = [cell]
            while cell in came:
                cell = came[cell]
                path.append(cell)
            return path[::-1]
        settled.add(cell)
        for i, j, length in _NEIGHBOURS:
            other = (cell[0] + i, cell[1] + j)
            if not (0 <= other[0] < size and 0 <= other[1] < size) or blocked[other]:
                continue
            through = cost[cell] + length * (_NEAR_COST if near[other] else 1.0)
            if through < cost.get(other, math.inf):
                cost[other], came[other] = through, cell
                left = math.hypot(goal[0] - other[0], goal[1] - other[1])
                heapq.heappush(waiting, (through + left, next(tie), other))
    return []
