"""Least squares by Levenberg and Marquardt's method, with the derivatives by differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array

_STEP = 1e-6
_ITERATIONS = 50
_CONVERGED = 1e-9
_DAMPING_MAX = 1e12
_SINGULAR = 1e-13


# A picture of a board tells as much as a pose does: six numbers.
_NUMBERS_A_GROUP = 6


@dataclass(frozen=True, eq=False)
class Fit:
    """What was found.

    Args:
        values: Parameters of the least sum of squares, shape (n,).
        residuals: What is left there, shape (m,).
        slopes: Derivatives of the residuals there, shape (m, n).
    """

    values: Array
    residuals: Array
    slopes: Array

    def deviations(self, ends: npt.NDArray[np.int_]) -> Array:
        """Return the standard deviation of each parameter, infinite where nothing determines it, shape (n,).

        Residuals of one picture go wrong together where the arm's pose is wrong, so pictures and not residuals count as
        independent (the clustered "sandwich": K.-Y. Liang and S. Zeger, Longitudinal data analysis using generalized
        linear models, 1986).

        Args:
            ends: Where each group of residuals begins, and the end of the last, shape (groups + 1,).
        """
        groups = len(ends) - 1
        pulls = np.array([self.slopes[a:b].T @ self.residuals[a:b] for a, b in pairwise(ends)])
        numbers = _NUMBERS_A_GROUP * groups
        share = numbers / max(1, numbers - len(self.values))
        sizes, directions = np.linalg.eigh(self.slopes.T @ self.slopes)
        if sizes[0] <= _SINGULAR * sizes[-1]:
            return np.full(len(self.values), np.inf)
        inverse = (directions / sizes) @ directions.T
        deviations: Array = np.sqrt(share * np.diag(inverse @ (pulls.T @ pulls) @ inverse))
        return deviations


def least_squares(residuals: Callable[[Array], Array], start: Array) -> Fit:
    """Return the parameters of the least sum of squared residuals, near a start.

    D. W. Marquardt, An algorithm for least-squares estimation of nonlinear parameters, 1963. Parameters should be of
    the order of 1 (metres, radians), since one step serves all their derivatives.

    Args:
        residuals: Returns residuals of shape (m,) of parameters of shape (n,); m is at least n.
        start: Where to begin, shape (n,).
    """
    values, damping = np.asarray(start, dtype=float), 1e-3
    left = residuals(values)
    for _ in range(_ITERATIONS):
        slopes = _slopes(residuals, values)
        normal, gradient = slopes.T @ slopes, slopes.T @ left
        before = float(left @ left)
        while damping < _DAMPING_MAX:
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-12), -gradient)
            tried = residuals(values + step)
            if np.isfinite(tried).all() and tried @ tried < before:
                break
            damping *= 10.0
        else:
            break
        values, left, damping = values + step, tried, damping / 10.0
        if before - left @ left <= _CONVERGED * before:
            break
    return Fit(values, left, _slopes(residuals, values))


def _slopes(residuals: Callable[[Array], Array], values: Array) -> Array:
    steps = _STEP * np.eye(len(values))
    return np.stack([(residuals(values + step) - residuals(values - step)) / (2 * _STEP) for step in steps], axis=1)
