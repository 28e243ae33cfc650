"""Summaries of measurements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

# Two-sided 95 % quantile of the normal distribution.
_Z = 1.959963984540054


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the Wilson 95 % interval of a rate (E. B. Wilson, JASA 22, 1927).

    Raises:
        ValueError: There are no trials, or more successes than trials.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes in {trials} trials")
    rate, z2 = successes / trials, _Z * _Z
    middle = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z * math.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(successes: int, trials: int) -> dict[str, Any]:
    """Return a success rate with its interval, JSON-serialisable."""
    low, high = wilson(successes, trials)
    return {
        "successes": successes,
        "n": trials,
        "rate": round(successes / trials, 4),
        "interval": [round(low, 4), round(high, 4)],
    }


def spread(values: Sequence[float], digits: int = 3) -> dict[str, Any]:
    """Return count, median, 99th and 99.9th percentile and extremes, JSON-serialisable."""
    if not len(values):
        return {"n": 0}
    array = np.asarray(values, dtype=np.float64)
    return {
        "n": len(array),
        "min": round(float(array.min()), digits),
        "p50": round(float(np.percentile(array, 50)), digits),
        "p99": round(float(np.percentile(array, 99)), digits),
        "p99.9": round(float(np.percentile(array, 99.9)), digits),
        "max": round(float(array.max()), digits),
    }
