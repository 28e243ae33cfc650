"""What is believed of a success rate after some trials: the Beta distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

_TERMS_MAX = 500
_PRECISION = 1e-12
_TINY = 1e-300


@dataclass(frozen=True)
class Beta:
    """A Beta distribution over a success rate.

    Args:
        alpha: Successes, those of the prior included; above 0.
        beta: Failures, those of the prior included; above 0.
    """

    alpha: float
    beta: float

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not (0.0 < self.alpha < math.inf and 0.0 < self.beta < math.inf):
            raise ValueError(f"Beta({self.alpha}, {self.beta}); permitted: both above 0 and finite")

    @property
    def mean(self) -> float:
        """Expected success rate."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def strength(self) -> float:
        """How many trials it is worth."""
        return self.alpha + self.beta

    def after(self, successes: float, failures: float) -> Beta:
        """Return the distribution after further trials."""
        return Beta(self.alpha + successes, self.beta + failures)

    def weakened(self, strength: float) -> Beta:
        """Return one of the same mean that is worth at most so many trials."""
        share = min(1.0, strength / self.strength)
        return Beta(self.alpha * share, self.beta * share)

    def quantile(self, share: float) -> float:
        """Return the rate below which the true one lies with probability `share`, by bisection."""
        low, high = 0.0, 1.0
        while high - low > 1e-7:
            middle = (low + high) / 2
            low, high = (middle, high) if cumulative(middle, self.alpha, self.beta) < share else (low, middle)
        return (low + high) / 2

    def interval(self) -> tuple[float, float]:
        """Return the equal-tailed 95 % interval."""
        return self.quantile(0.025), self.quantile(0.975)


UNIFORM = Beta(1.0, 1.0)
"""Nothing is known."""


def cumulative(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), the distribution function of Beta(a, b).

    By its continued fraction, evaluated from the front (modified Lentz): NIST Digital Library of Mathematical
    Functions, 8.17.22 and 3.10(iii).
    """
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        # There the fraction converges slowly; the mirrored one does not.
        return 1.0 - cumulative(1.0 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """Return 1 + d1 / (1 + d2 / (1 + ...)) with the coefficients of DLMF 8.17.23."""
    value, numerator, denominator = 1.0, 1.0, 0.0
    for term in range(1, _TERMS_MAX):
        m = term // 2
        if term % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        denominator = 1.0 / ((1.0 + d * denominator) or _TINY)
        numerator = (1.0 + d / numerator) or _TINY
        step = numerator * denominator
        value *= step
        if abs(step - 1.0) < _PRECISION:
            break
    return value
