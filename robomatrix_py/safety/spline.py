"""The smooth curve between rows of commands: a uniform cubic B-spline whose control points are the rows.

Its position, velocity, acceleration and jerk are weighted means of the rows and of their first, second and
third differences. So limits that the rows' differences keep are kept at every instant between the rows too,
however far apart the rows are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array

SUPPORT = 4
"""Rows that one stretch of the curve depends on."""

# Row: control point; column: cubic, square, linear and constant term of its weight.
_WEIGHTS = np.array([[-1, 3, -3, 1], [3, -6, 0, 4], [-3, 3, 3, 1], [1, 0, 0, 0]]) / 6.0


def point(rows: Array, fraction: float) -> tuple[Array, Array]:
    """Return position and velocity on one stretch of the curve, each of shape (dims,).

    Args:
        rows: The four control points of the stretch, shape (4, dims).
        fraction: How far along the stretch, 0 to 1.

    Returns:
        The position, and the velocity per row step.
    """
    f = fraction
    weights = _WEIGHTS @ np.array([[f**3, 3 * f**2], [f**2, 2 * f], [f, 1.0], [1.0, 0.0]])
    position, velocity = weights.T @ rows
    return position, velocity


def sample(rows: Array, fractions: npt.ArrayLike) -> tuple[Array, Array]:
    """Return positions and velocities per row step on every stretch of the curve, in order of time.

    Args:
        rows: Control points, shape (n, dims), n at least 4: the curve has n - 3 stretches.
        fractions: Where on each stretch, 0 to 1, shape (m,).

    Returns:
        Two arrays of shape ((n - 3) * m, dims).
    """
    f = np.asarray(fractions, dtype=np.float64)
    one, zero = np.ones_like(f), np.zeros_like(f)
    windows = np.lib.stride_tricks.sliding_window_view(rows, SUPPORT, axis=0)
    dims = rows.shape[1]
    positions = np.einsum("kdc,cf->kfd", windows, _WEIGHTS @ np.array([f**3, f**2, f, one]))
    velocities = np.einsum("kdc,cf->kfd", windows, _WEIGHTS @ np.array([3 * f**2, 2 * f, one, zero]))
    return positions.reshape(-1, dims), velocities.reshape(-1, dims)
