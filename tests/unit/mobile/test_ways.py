"""Finding a way: what ranging fills and clears, and what A* makes of it."""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import RangeScan
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.skills.mobile.occupancy import CELL_M, OccupancyGrid, grown
from robomatrix_py.skills.mobile.path import find_path

ANGLES = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)


def scan(ranges_m: float, pose: Pose | None = None) -> RangeScan:
    return RangeScan(ANGLES, np.full(len(ANGLES), ranges_m), pose or Pose.at(0, 0, 0), 0.0)


def thing(
    x: float, y: float, size: tuple[float, float, float], affordance: Affordance, yaw: float = 0.0
) -> SceneObject:
    return SceneObject("thing", "", "thing", frozenset({affordance}), Pose.at(x, y, size[2] / 2, yaw), np.array(size))


def test_rays_fill_where_they_end_and_clear_what_they_pass() -> None:
    grid = OccupancyGrid()
    grid.take(scan(1.0))
    assert grid.blocked()[grid.cell(1.0, 0.0)]
    assert not grid.blocked()[grid.cell(0.5, 0.0)]
    # What stood there has gone: rays pass through.
    grid.take(scan(2.0))
    assert not grid.blocked()[grid.cell(1.0, 0.0)]
    assert grid.blocked()[grid.cell(2.0, 0.0)]


def test_rays_are_seen_from_where_the_base_is() -> None:
    grid = OccupancyGrid()
    ranges = np.full(len(ANGLES), np.inf)
    ranges[0] = 1.5
    grid.take(RangeScan(ANGLES, ranges, Pose.at(1.0, 2.0, 0.0, math.pi / 2), 0.0))
    assert grid.blocked()[grid.cell(1.0, 3.5)]
    assert grid.blocked().sum() == 1


def test_things_on_the_floor_block_and_rooms_gaps_and_sills_do_not() -> None:
    grid = OccupancyGrid()
    turned = thing(1.0, 0.0, (0.2, 1.0, 0.1), Affordance.SURFACE, yaw=math.pi / 2)
    cells = grid.blocked([turned])
    assert cells[grid.cell(1.4, 0.0)]
    assert not cells[grid.cell(1.0, 0.4)]
    for affordance in (Affordance.PLACE, Affordance.PASSAGE, Affordance.CROSSABLE):
        assert not grid.blocked([thing(1.0, 0.0, (1.0, 1.0, 0.1), affordance)]).any()


def test_the_way_leads_around_and_ends_where_there_is_none() -> None:
    grid = OccupancyGrid()
    wall = grid.blocked()
    start, goal = grid.cell(0.0, 0.0), grid.cell(2.0, 0.0)
    x, _ = grid.cell(1.0, 0.0)
    wall[x, grid.cell(0.0, -1.0)[1] : grid.cell(0.0, 3.0)[1]] = True
    path = find_path(wall, wall, start, goal)
    assert path[0] == start and path[-1] == goal
    assert not any(wall[cell] for cell in path)
    assert min(grid.point(cell)[1] for cell in path) < -0.9
    wall[x, :] = True
    assert find_path(wall, wall, start, goal) == []
    assert find_path(grown(wall, 0.2), wall, start, grid.cell(1.1, 0.0)) == []


def test_growing_reaches_as_far_as_it_says() -> None:
    grid = OccupancyGrid()
    cells = grid.blocked()
    assert not grown(cells, 0.3).any()
    cells[100, 100] = True
    near = grown(cells, 0.3)
    assert near[100 + round(0.3 / CELL_M), 100]
    assert not near[100 + round(0.3 / CELL_M) + 1, 100]
