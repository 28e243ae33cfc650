"""The curve between rows: its derivatives never exceed the rows' differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.safety import spline

ROWS = st.lists(st.floats(-3.0, 3.0), min_size=4, max_size=12)


def curve(values: list[float], looks: int) -> np.ndarray:
    rows = np.array(values)[:, None]
    return spline.sample(rows, np.arange(looks) / looks)[0][:, 0]


@given(ROWS)
def test_position_stays_between_the_rows_it_depends_on(values: list[float]) -> None:
    looks = 7
    positions = curve(values, looks).reshape(-1, looks)
    for stretch, near in zip(positions, np.lib.stride_tricks.sliding_window_view(values, 4), strict=True):
        assert near.min() - 1e-12 <= stretch.min()
        assert stretch.max() <= near.max() + 1e-12


@pytest.mark.parametrize("order", [1, 2, 3])
@given(ROWS)
def test_derivatives_stay_within_the_differences_of_the_rows(order: int, values: list[float]) -> None:
    looks = 16
    derivative = np.diff(curve(values, looks), order) * float(looks) ** order
    largest = np.abs(np.diff(values, order)).max()
    assert np.abs(derivative).max(initial=0.0) <= largest * (1 + 1e-9) + 1e-9 * looks**order


@given(ROWS)
def test_curve_and_velocity_have_no_steps_between_stretches(values: list[float]) -> None:
    rows = np.array(values)[:, None]
    ends = spline.sample(rows, [1.0])
    begins = spline.sample(rows, [0.0])
    for end, begin in zip(ends, begins, strict=True):
        np.testing.assert_allclose(end[:-1], begin[1:], atol=1e-12)


def test_straight_line_is_followed_one_step_behind() -> None:
    rows = np.arange(6.0)[:, None] * [2.0, -1.0]
    position, velocity = spline.point(rows[:4], 0.25)
    np.testing.assert_allclose(position, rows[1] + 0.25 * (rows[2] - rows[1]))
    np.testing.assert_allclose(velocity, [2.0, -1.0])
    positions, velocities = spline.sample(rows, [0.25, 0.75])
    assert positions.shape == velocities.shape == (6, 2)
    np.testing.assert_allclose(positions[:, 0], [2.5, 3.5, 4.5, 5.5, 6.5, 7.5])


def test_velocity_is_the_derivative_of_position() -> None:
    rows = np.random.default_rng(4).normal(size=(9, 3))
    step = 1e-6
    ahead, behind = spline.sample(rows, [0.4 + step])[0], spline.sample(rows, [0.4 - step])[0]
    np.testing.assert_allclose(spline.sample(rows, [0.4])[1], (ahead - behind) / (2 * step), atol=1e-6)
