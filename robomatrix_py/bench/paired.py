"""Compares two rates that were measured on the same cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from robomatrix_py.contracts.statistics import wilson


def compare_pairs(pairs: Sequence[tuple[bool, bool]]) -> dict[str, Any]:
    """Return how the successes of a first and a second side differ, JSON-serialisable.

    Args:
        pairs: Of each case, whether the first side succeeded, and whether the second did.

    Raises:
        ValueError: There are no pairs.
    """
    both = sum(first and second for first, second in pairs)
    only_first = sum(first and not second for first, second in pairs)
    only_second = sum(second and not first for first, second in pairs)
    neither = len(pairs) - both - only_first - only_second
    low, high = difference_interval(both, only_first, only_second, neither)
    seconds = both + only_second
    return {
        "only_first": only_first,
        "only_second": only_second,
        "difference": round((only_first - only_second) / len(pairs), 4),
        "interval": [round(low, 4), round(high, 4)],
        "mcnemar_p": mcnemar(only_first, only_second),
        # How much more often than the second, as a share of it.
        "relative_gain": round((both + only_first) / seconds - 1, 4) if seconds else None,
    }


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of McNemar's test: of one side's being better by chance alone.

    Args:
        only_first: Cases in which only the first side succeeded.
        only_second: Cases in which only the second did.
    """
    differing = only_first + only_second
    tail = sum(math.comb(differing, count) for count in range(min(only_first, only_second) + 1))
    chance: float = 2 * tail / 2**differing
    return min(1.0, chance)


def difference_interval(both: int, only_first: int, only_second: int, neither: int) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two paired rates (R. G. Newcombe, Stat. Med. 17, 1998, method 10).

    It joins the Wilson intervals of the two rates by how the two go together.

    Args:
        both: Cases in which both sides succeeded.
        only_first: Cases in which only the first did.
        only_second: Cases in which only the second did.
        neither: Cases in which none did.

    Raises:
        ValueError: There are no cases.
    """
    cases = both + only_first + only_second + neither
    firsts, seconds = both + only_first, both + only_second
    low_1, high_1 = wilson(firsts, cases)
    low_2, high_2 = wilson(seconds, cases)
    rate_1, rate_2 = firsts / cases, seconds / cases
    phi = _correlation(both, only_first, only_second, neither)
    down_1, up_1, down_2, up_2 = rate_1 - low_1, high_1 - rate_1, rate_2 - low_2, high_2 - rate_2
    difference = rate_1 - rate_2
    below = math.sqrt(max(0.0, down_1**2 - 2 * phi * down_1 * up_2 + up_2**2))
    above = math.sqrt(max(0.0, up_1**2 - 2 * phi * up_1 * down_2 + down_2**2))
    return difference - below, difference + above


def _correlation(both: int, only_first: int, only_second: int, neither: int) -> float:
    """Return how the two sides' successes go together, a little nearer to not at all for being counts."""
    product = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if product == 0:
        return 0.0
    excess = float(both * neither - only_first * only_second)
    if excess > 0:
        excess = max(0.0, excess - (both + only_first + only_second + neither) / 2)
    return excess / math.sqrt(product)
