"""From a lidar's rays to the ring of ranges around a base."""

from __future__ import annotations

import math

import numpy as np
import pytest

from robomatrix_py.contracts.base import RangingDescription
from robomatrix_py.drivers.ranging import Ring

RING = Ring(rays=180, range_max_m=8.0, length_m=0.4, width_m=0.3)


def rays(count: int) -> np.ndarray:
    return np.linspace(-math.pi, math.pi, count, endpoint=False)


@pytest.mark.parametrize("count", [30, 180, 1440])
@pytest.mark.parametrize("lidar", [(0.0, 0.0, 0.0), (0.1, -0.05, math.pi), (-0.12, 0.0, 0.7)])
def test_a_round_room_has_its_radius_all_around(count: int, lidar: tuple[float, float, float]) -> None:
    x, y, yaw = lidar
    radius_m = 3.0
    angles = rays(count)
    # Along a ray to the circle around the base's origin.
    along = x * np.cos(angles + yaw) + y * np.sin(angles + yaw)
    ranges = -along + np.sqrt(along**2 + radius_m**2 - x**2 - y**2)
    ring = RING.ranges_m(angles, ranges, lidar)
    assert ring.shape == (180,)
    np.testing.assert_allclose(ring[np.isfinite(ring)], radius_m, atol=1e-9)
    assert np.isfinite(ring).mean() > (0.75 if count <= 180 else 0.99)
    if lidar == (0.0, 0.0, 0.0):
        assert np.isfinite(ring).all(), "no gap between the rays of a coarse lidar"


def test_one_thing_is_seen_in_its_direction_from_the_base() -> None:
    ranges = np.full(360, np.inf)
    # One metre before a lidar that looks to the left and sits half a metre ahead.
    ranges[180] = 1.0
    ring = RING.ranges_m(rays(360), ranges, (0.5, 0.0, math.pi / 2))
    (hit,) = np.flatnonzero(np.isfinite(ring))
    assert ring[hit] == pytest.approx(math.hypot(0.5, 1.0))
    angles = RangingDescription(height_m=0.2, rays=RING.rays, range_max_m=RING.range_max_m, rate_hz=10.0).angles_rad
    assert angles[hit] == pytest.approx(math.atan2(1.0, 0.5), abs=0.02)


def test_the_bases_own_mast_and_what_is_too_far_are_left_out() -> None:
    ranges = np.full(360, 20.0)
    ranges[170:190] = 0.1
    assert np.isinf(RING.ranges_m(rays(360), ranges, (0.0, 0.0, 0.0))).all()


def test_nothing_near_is_infinite_everywhere() -> None:
    assert np.isinf(RING.ranges_m(rays(90), np.full(90, np.inf), (0.1, 0.0, 0.0))).all()
