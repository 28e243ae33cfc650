"""How a thing is turned, from points of its surface."""

from __future__ import annotations

import math

import numpy as np
import pytest

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.perception.footprint import fit_footprint, middle_of_box

EYE_M = np.array([1.3, 0.1, 0.8])
SIZE_M = np.array([0.08, 0.04, 0.05])
MIDDLE_M = np.array([0.45, -0.1])


def seen_box(yaw_rad: float, size_m: Array = SIZE_M, noise_m: float = 0.0, seed: int = 0) -> Array:
    """Return points on the top of a box and on the sides that face the camera, shape (n, 3)."""
    rng = np.random.default_rng(seed)
    half = size_m / 2
    cosine, sine = math.cos(yaw_rad), math.sin(yaw_rad)
    axes = np.array([[cosine, -sine], [sine, cosine]])
    eye = (EYE_M[:2] - MIDDLE_M) @ axes
    top = np.column_stack([rng.uniform(-1, 1, (150, 2)) * half[:2], np.full(150, size_m[2])])
    faces = [top]
    for axis in (0, 1):
        if abs(eye[axis]) > half[axis]:
            face = rng.uniform(-1, 1, (60, 2)) * half[:2]
            face[:, axis] = np.sign(eye[axis]) * half[axis]
            faces.append(np.column_stack([face, rng.uniform(0, size_m[2], 60)]))
    points = np.concatenate(faces)
    points[:, :2] = points[:, :2] @ axes.T + MIDDLE_M
    rays = points - EYE_M
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    result: Array = points + noise_m * rng.standard_normal((len(points), 1)) * rays
    return result


@pytest.mark.parametrize("yaw_rad", np.linspace(-1.5, 1.5, 9))
def test_box_is_found_as_it_lies(yaw_rad: float) -> None:
    found = fit_footprint(seen_box(yaw_rad))
    assert found is not None
    assert math.remainder(found.yaw_rad - yaw_rad, math.pi) == pytest.approx(0.0, abs=0.04)
    np.testing.assert_allclose(found.size_m, [0.08, 0.04], atol=0.006)
    assert found.turn[:2] == pytest.approx([math.cos(2 * found.yaw_rad), math.sin(2 * found.yaw_rad)])
    assert found.turn[2:] == pytest.approx([math.cos(4 * found.yaw_rad), math.sin(4 * found.yaw_rad)])


def test_noise_of_a_depth_camera_changes_little() -> None:
    errors = []
    for seed in range(12):
        yaw = -1.5 + 0.25 * seed
        found = fit_footprint(seen_box(yaw, noise_m=0.003, seed=seed))
        assert found is not None
        errors.append(abs(math.remainder(found.yaw_rad - yaw, math.pi)))
    assert np.median(errors) < 0.04
    assert max(errors) < 0.15


def test_too_few_points_tell_nothing() -> None:
    assert fit_footprint(np.zeros((5, 3))) is None


def test_points_in_one_place_are_no_error() -> None:
    found = fit_footprint(np.full((20, 3), 0.3))
    assert found is not None
    np.testing.assert_allclose(found.size_m, 0.0)


@pytest.mark.parametrize("yaw_rad", [0.0, 0.4, 2.0, -1.57])
def test_box_that_is_cut_off_behind_stands_where_its_near_sides_are(yaw_rad: float) -> None:
    points = seen_box(yaw_rad, np.array([0.24, 0.26, 0.12]))
    away = np.linalg.norm(points[:, :2] - EYE_M[:2], axis=1)
    kept = points[away < np.percentile(away, 85)]
    middle = middle_of_box(kept, yaw_rad, np.array([0.24, 0.26]), EYE_M)
    np.testing.assert_allclose(middle, MIDDLE_M, atol=0.006)
