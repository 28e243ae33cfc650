"""The Beta posterior: against closed forms, against sampling, and against counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.experience import Condition, Reality, RunTrials, total
from robomatrix_py.contracts.posterior import UNIFORM, Beta, cumulative

RATES = st.floats(0.001, 0.999)
COUNTS = st.floats(0.3, 400.0)


@given(RATES, st.integers(1, 40), st.integers(1, 40))
def test_distribution_function_is_the_binomial_tail_for_whole_numbers(x: float, a: int, b: int) -> None:
    n = a + b - 1
    tail = sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert cumulative(x, a, b) == pytest.approx(tail, abs=1e-9)


@given(RATES, COUNTS, COUNTS)
def test_distribution_function_is_mirrored(x: float, a: float, b: float) -> None:
    assert cumulative(x, a, b) == pytest.approx(1.0 - cumulative(1.0 - x, b, a), abs=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (19.0, 3.0), (2.5, 40.0), (300.0, 2.0)])
def test_interval_holds_95_percent_of_samples(alpha: float, beta: float) -> None:
    samples = np.random.default_rng(0).beta(alpha, beta, 200_000)
    low, high = Beta(alpha, beta).interval()
    assert np.mean(samples < low) == pytest.approx(0.025, abs=0.003)
    assert np.mean(samples > high) == pytest.approx(0.025, abs=0.003)


def test_counting_moves_mean_and_weakening_keeps_it() -> None:
    after = UNIFORM.after(18, 2)
    assert after == Beta(19.0, 3.0)
    weak = after.weakened(4.0)
    assert (weak.mean, weak.strength) == (pytest.approx(after.mean), pytest.approx(4.0))
    assert UNIFORM.weakened(100.0) == UNIFORM, "weakening never adds trials"


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 1.0), (1.0, -1.0), (math.nan, 1.0), (math.inf, 1.0)])
def test_impossible_distributions_are_refused(alpha: float, beta: float) -> None:
    with pytest.raises(ValueError, match="permitted: both above 0"):
        Beta(alpha, beta)


def test_trials_of_another_condition_are_not_counted() -> None:
    grasp = ("grasp", ("cube",))
    here = Condition("ur5e", Reality.REAL, "scripted")
    elsewhere = [
        Condition("ur5e", Reality.SIMULATED, "scripted"),
        Condition("ur5e", Reality.REHEARSED, "scripted"),
        Condition("ur5e", Reality.REAL, "learned"),
        Condition("so101", Reality.REAL, "scripted"),
    ]
    trials = [RunTrials("a", here, {grasp: (3, 1)}), RunTrials("b", here, {grasp: (1, 1), ("push", ()): (0, 1)})]
    trials += [RunTrials(str(i), condition, {grasp: (9, 9)}) for i, condition in enumerate(elsewhere)]
    assert total(trials, here) == {grasp: (4, 2), ("push", ()): (0, 1)}
