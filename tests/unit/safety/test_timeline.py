"""The time line: which rows can still change, and what is remembered."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.safety.timeline import Timeline

REST = np.array([1.0, 0.5])


def ramp(begin: int, end: int) -> np.ndarray:
    return np.array([[10.0 * n, -n] for n in range(begin, end)], dtype=float)


@pytest.mark.parametrize(
    ("now_s", "first_open"),
    [
        (-1.0, 0),
        (-0.1, 0),  # row 0 is due in one step: it has not begun
        (-0.0999, 1),  # now it has
        (-0.05, 1),
        (0.0, 1),
        (1e-9, 1),  # a clock's rounding error is no step
        (0.01, 2),
        (0.0999, 2),
        (0.1, 2),
        (1.0, 11),
    ],
)
def test_a_row_stays_open_until_the_motion_towards_it_begins(now_s: float, first_open: int) -> None:
    assert Timeline(0.0, 0.1, REST).first_open(now_s) == first_open


def test_before_the_first_row_lies_rest_and_after_the_last_one_the_last_one() -> None:
    line = Timeline(0.0, 0.1, REST)
    line.replace_from(0, ramp(1, 4), -0.1)
    np.testing.assert_array_equal(line.rows(-3, 6), [REST, REST, REST, *ramp(1, 4), [30, -3], [30, -3], [30, -3]])


def test_replacing_keeps_what_lies_before_and_fills_a_gap_with_the_last_row() -> None:
    line = Timeline(0.0, 0.1, REST)
    line.replace_from(0, ramp(1, 4), -0.1)
    line.replace_from(2, ramp(7, 8), -0.1)
    np.testing.assert_array_equal(line.rows(0, 4), [[10, -1], [20, -2], [70, -7], [70, -7]])
    line.replace_from(5, ramp(9, 10), -0.1)
    np.testing.assert_array_equal(line.rows(2, 6), [[70, -7], [70, -7], [70, -7], [90, -9]])


def test_rows_far_ahead_do_not_push_out_the_rows_under_way() -> None:
    line = Timeline(0.0, 0.1, REST)
    line.replace_from(0, ramp(0, 300), -0.1)
    before = line.rows(-3, 250)
    line.replace_from(250, ramp(250, 300), 0.0)
    np.testing.assert_array_equal(line.rows(-3, 250), before)


def test_the_rest_position_is_a_copy() -> None:
    rest = REST.copy()
    line = Timeline(0.0, 0.1, rest)
    rest[:] = 99.0
    np.testing.assert_array_equal(line.rows(0, 1), [REST])


def test_motion_starts_and_ends_at_rest_with_velocity_in_units_of_time() -> None:
    line = Timeline(0.0, 0.1, np.zeros(2))
    line.replace_from(0, ramp(1, 4), -0.1)
    position, velocity = line.at(-0.1)
    np.testing.assert_array_equal(position, [0, 0])
    np.testing.assert_array_equal(velocity, [0, 0])
    _, velocity = line.at(0.2)
    np.testing.assert_allclose(velocity, [100.0, -10.0])
    position, velocity = line.at(9.0)
    np.testing.assert_array_equal(position, [30, -3])
    np.testing.assert_array_equal(velocity, [0, 0])


def test_an_hour_needs_no_more_memory_than_a_second() -> None:
    line = Timeline(0.0, 0.02, np.zeros(2))
    for row in range(0, 180_000, 37):
        line.replace_from(row, ramp(row, row + 20), (row - 1) * 0.02)
        assert len(line.rows(row - 16, row)) == 16
        assert line._rows.nbytes < 100 * 16
    np.testing.assert_array_equal(line.rows(row - 10, row + 20)[10:], ramp(row, row + 20))
