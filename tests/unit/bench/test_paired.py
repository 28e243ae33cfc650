"""Two rates measured on the same cases, against published figures."""

from __future__ import annotations

import pytest

from robomatrix_py.bench.paired import compare_pairs, difference_interval, mcnemar


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        # Armitage and Berry 1994, p. 127: two media for tubercle bacilli; exact by StatsDirect.
        (12, 2, 0.0129),
        # Bentur et al. 2009, in Fagerland, Lydersen and Laake, Stat. Med. 33, 2014.
        (1, 7, 0.0703),
        (5, 0, 0.0625),
        (3, 3, 1.0),
        (0, 0, 1.0),
    ],
)
def test_exact_p_of_mcnemars_test(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar(only_first, only_second) == pytest.approx(p, abs=5e-5)
    assert mcnemar(only_second, only_first) == mcnemar(only_first, only_second)


def test_p_of_thousands_of_cases_is_a_number() -> None:
    assert 0.0 <= mcnemar(3000, 20) < 1e-100


def test_interval_of_a_paired_difference_is_the_published_one() -> None:
    # Bentur et al. 2009, in Fagerland, Lydersen and Laake, Stat. Med. 33, 2014: -0.507 to -0.026.
    assert difference_interval(1, 1, 7, 12) == pytest.approx((-0.507, -0.026), abs=5e-4)


@pytest.mark.parametrize("counts", [(20, 12, 2, 16), (0, 9, 0, 1), (13, 0, 0, 7), (10, 0, 0, 0), (0, 0, 0, 10)])
def test_interval_holds_the_difference_and_turns_with_the_sides(counts: tuple[int, int, int, int]) -> None:
    both, only_first, only_second, neither = counts
    low, high = difference_interval(*counts)
    assert -1.0 <= low <= (only_first - only_second) / sum(counts) <= high <= 1.0
    turned = difference_interval(both, only_second, only_first, neither)
    assert turned == pytest.approx((-high, -low))


def test_sides_that_go_together_are_told_apart_more_finely() -> None:
    together = difference_interval(40, 10, 0, 50)
    apart = difference_interval(20, 30, 20, 30)
    assert together[1] - together[0] < apart[1] - apart[0]


def test_pairs_are_counted() -> None:
    pairs = [(True, True)] * 6 + [(True, False)] * 3 + [(False, True)] + [(False, False)] * 2
    found = compare_pairs(pairs)
    assert (found["only_first"], found["only_second"]) == (3, 1)
    assert found["difference"] == pytest.approx(2 / 12, abs=1e-4)
    assert found["interval"][0] < found["difference"] < found["interval"][1]
    assert found["mcnemar_p"] == 0.625
    assert found["relative_gain"] == pytest.approx(9 / 7 - 1, abs=1e-4)


def test_there_is_no_gain_over_nothing() -> None:
    assert compare_pairs([(True, False), (False, False)])["relative_gain"] is None


def test_no_pairs_are_no_rates() -> None:
    with pytest.raises(ValueError, match="0 trials"):
        compare_pairs([])
