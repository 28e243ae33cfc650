"""Intervals and quantiles against published values and against properties that hold for all numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from robomatrix_py.contracts.statistics import rate, spread, wilson

# R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I.
NEWCOMBE = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0000, 0.1611),
    (1, 29): (0.0061, 0.1718),
}


@pytest.mark.parametrize(("successes", "trials"), NEWCOMBE)
def test_wilson_interval_is_the_published_one(successes: int, trials: int) -> None:
    assert wilson(successes, trials) == pytest.approx(NEWCOMBE[successes, trials], abs=6e-5)


@given(st.integers(0, 500), st.integers(1, 500))
def test_interval_contains_the_rate_and_mirrors(successes: int, trials: int) -> None:
    assume(successes <= trials)
    low, high = wilson(successes, trials)
    assert 0.0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1.0
    mirrored = wilson(trials - successes, trials)
    assert (1.0 - high, 1.0 - low) == pytest.approx(mirrored, abs=1e-12)


@given(st.integers(0, 50), st.integers(1, 50))
def test_more_trials_at_the_same_rate_narrow_the_interval(successes: int, trials: int) -> None:
    assume(successes <= trials)
    low, high = wilson(successes, trials)
    lower, higher = wilson(10 * successes, 10 * trials)
    assert higher - lower < high - low


def test_interval_covers_the_true_rate_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    for truth in (0.5, 0.9, 0.97):
        intervals = [wilson(int(k), 60) for k in random.binomial(60, truth, 4000)]
        covered = np.mean([low <= truth <= high for low, high in intervals])
        assert 0.92 < covered < 0.985


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match=f"{successes} successes in {trials} trials"):
        wilson(successes, trials)


def test_rate_tells_count_and_interval() -> None:
    assert rate(57, 60) == {"successes": 57, "n": 60, "rate": 0.95, "interval": [0.863, 0.9829]}


def test_quantiles_of_the_first_thousand_numbers() -> None:
    shuffled = np.random.default_rng(1).permutation(np.arange(1001)).tolist()
    assert spread(shuffled) == {"n": 1001, "min": 0.0, "p50": 500.0, "p99": 990.0, "p99.9": 999.0, "max": 1000.0}


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_quantiles_rise_and_are_json(values: list[float]) -> None:
    found = spread(values)
    keys = ("min", "p50", "p99", "p99.9", "max")
    assert [found[key] for key in keys] == sorted(found[key] for key in keys)
    assert found["n"] == len(values)
    assert json.loads(json.dumps(found)) == found


def test_one_outlier_among_a_hundred_shows_in_the_tail_only() -> None:
    found = spread([1.0] * 99 + [50.0])
    assert (found["p50"], found["max"]) == (1.0, 50.0)
    assert found["p99.9"] > 40.0


def test_no_values_are_no_figures() -> None:
    assert spread([]) == {"n": 0}


def test_digits_are_rounded() -> None:
    assert spread([1.23456], 1)["max"] == 1.2
