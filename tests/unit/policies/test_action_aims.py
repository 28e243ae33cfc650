"""Aims as the model says them, and the normaliser."""

from __future__ import annotations

import math

import numpy as np
import pytest

from robomatrix_py.contracts.policy import CHUNK_STEPS
from robomatrix_py.policies.action.aims import NUMBERS, from_numbers, to_numbers
from robomatrix_py.policies.action.inference import like_before
from robomatrix_py.policies.action.normaliser import CLIP, fit_normaliser

TOOL = np.array([0.45, -0.1, 0.2])


def chunks(count: int = 50, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    aims = np.empty((count, CHUNK_STEPS, 6))
    aims[..., :3] = TOOL + rng.uniform(-0.8, 0.8, (count, CHUNK_STEPS, 3))
    aims[..., 3] = rng.uniform(-1.4, 1.4, (count, 1)) + rng.uniform(-0.1, 0.1, (count, CHUNK_STEPS))
    aims[..., 4] = rng.uniform(0, 1, (count, CHUNK_STEPS))
    aims[..., 5] = rng.uniform(0.1, 1, (count, CHUNK_STEPS))
    return aims


def test_aims_come_back_from_the_numbers() -> None:
    aims = chunks()
    back = from_numbers(to_numbers(aims, TOOL, 0.0), TOOL, 0.0)
    # The numbers have 32 bits.
    np.testing.assert_allclose(back, aims, atol=2e-6)


def test_a_chunk_for_each_of_many_tools_is_made_like_one_by_one() -> None:
    aims, rng = chunks(5), np.random.default_rng(1)
    tools, yaws = TOOL + rng.uniform(-0.1, 0.1, (5, 3)), rng.uniform(-1, 1, 5)
    together = to_numbers(aims, tools, yaws)
    for index in range(5):
        np.testing.assert_array_equal(together[index], to_numbers(aims[index], tools[index], yaws[index]))


def test_numbers_do_not_depend_on_where_the_tool_is() -> None:
    aims, moved, way = chunks(), chunks(), np.array([0.1, -0.2, 0.05])
    moved[..., :3] += way
    moved[..., 3] += 0.3
    np.testing.assert_allclose(to_numbers(aims, TOOL, 0.1), to_numbers(moved, TOOL + way, 0.4), atol=1e-5)


def test_a_millimetre_counts_more_near_than_far() -> None:
    aims = np.tile([*TOOL, 0, 1, 1], (CHUNK_STEPS, 1)).astype(float)
    aims[1, 0] += 0.001
    aims[2, 0] += 0.5
    aims[3, 0] += 0.501
    x = to_numbers(aims, TOOL, 0.0)[:, 0]
    assert x[1] - x[0] > 5 * (x[3] - x[2]) > 0


@pytest.mark.parametrize("half_turns", [-2, -1, 1, 2])
def test_half_turns_make_no_difference(half_turns: int) -> None:
    aims, turned = chunks(), chunks()
    turned[..., 3] += half_turns * math.pi
    np.testing.assert_allclose(to_numbers(turned, TOOL, 0.3), to_numbers(aims, TOOL, 0.3), atol=1e-5)


def test_a_turn_past_the_quarter_does_not_leap_within_a_chunk() -> None:
    aims = np.tile([*TOOL, 0, 1, 1], (CHUNK_STEPS, 1)).astype(float)
    aims[:, 3] = np.linspace(1.4, 1.8, CHUNK_STEPS)
    numbers = to_numbers(aims, TOOL, 0.0)
    np.testing.assert_allclose(from_numbers(numbers, TOOL, 0.0)[:, 3], aims[:, 3], atol=1e-6)
    # Nor do the numbers, on whichever side of the quarter a turn is.
    assert np.abs(np.diff(numbers, axis=0)).max() < 0.1


def test_what_exceeds_its_range_is_cut() -> None:
    numbers = np.full((CHUNK_STEPS, len(NUMBERS)), 50.0, dtype=np.float32)
    aims = from_numbers(numbers, TOOL, 0.0)
    assert np.abs(aims[:, :3] - TOOL).max() == pytest.approx(1.5)
    assert (aims[:, 4:] == 1.0).all()
    assert (from_numbers(-numbers, TOOL, 0.0)[:, 4:] == [0.0, 0.05]).all()


def test_what_is_not_finite_stays_so() -> None:
    numbers = np.full((CHUNK_STEPS, len(NUMBERS)), np.nan, dtype=np.float32)
    assert np.isnan(from_numbers(numbers, TOOL, 0.0)).all()


@pytest.mark.parametrize(
    ("wanted", "before", "added"),
    [
        (1.5, 1.4, 0.0),
        (-1.5, 1.4, math.pi),
        (1.5, -1.4, -math.pi),
        # The tool is nearly there: turning on by half a turn would be much too far.
        (0.2, 2.9, 0.0),
        (-1.0, 2.0, 0.0),
    ],
)
def test_gripper_goes_on_turning_the_way_it_did(wanted: float, before: float, added: float) -> None:
    assert like_before(wanted, 0.0, before) == pytest.approx(added)
    assert like_before(wanted + 7.0, 7.0, before + 7.0) == pytest.approx(added)


def test_normalised_columns_have_mean_0_and_spread_1() -> None:
    values = np.random.default_rng(0).normal([3.0, -200.0], [0.01, 40.0], (4000, 2)).astype(np.float32)
    normal = fit_normaliser(values).normalised(values)
    np.testing.assert_allclose(normal.mean(0), 0.0, atol=1e-3)
    np.testing.assert_allclose(normal.std(0), 1.0, atol=1e-3)


def test_a_column_that_never_changes_says_nothing() -> None:
    values = np.full((10, 1), 0.7, dtype=np.float32)
    normaliser = fit_normaliser(values)
    assert normaliser.normalised(np.array([[0.7], [5.0]], dtype=np.float32)).tolist() == [[0.0], [0.0]]


def test_far_outliers_are_cut() -> None:
    values = np.random.default_rng(0).normal(0, 1, (1000, 1)).astype(np.float32)
    assert fit_normaliser(values).normalised(np.array([[1e6], [-1e6]], dtype=np.float32)).tolist() == [[CLIP], [-CLIP]]
