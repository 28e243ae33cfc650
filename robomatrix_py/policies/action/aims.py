"""Aims as the action model says them: relative to what the tool is commanded to at the glance. No torch.

| number | of an aim | unit |
|---|---|---|
| x, y, z | aim minus commanded tool position, base axes | arcsinh(m / NEAR_M): fine when near, coarse when far |
| cos2_yaw, sin2_yaw | aim minus commanded turn | of twice the turn: the gripper looks the same after half a turn |
| opening | gripper opening | 0 closed to 1 open |
| speed_share | share of the largest speed | above 0 to 1 |
"""

from __future__ import annotations

import math

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.patches import Floats
from robomatrix_py.contracts.policy import AIM

NEAR_M = 0.08
"""Offsets well below this keep their proportion; well above it they are compressed."""
NUMBERS = ("x", "y", "z", "cos2_yaw", "sin2_yaw", "opening", "speed_share")
"""What the numbers of an aim are, in order."""
UNITS = ("arcsinh(m/0.08)", "arcsinh(m/0.08)", "arcsinh(m/0.08)", "1", "1", "1", "1")
"""Of the numbers."""

_YAW, _OPENING, _SPEED = (AIM.index(name) for name in ("yaw_rad", "opening", "speed_share"))
_COSINE, _SINE = NUMBERS.index("cos2_yaw"), NUMBERS.index("sin2_yaw")
_AFTER_YAW = slice(_SINE + 1, None)
_REACH_M = 1.5
_SPEED_SHARE_MIN = 0.05


def to_numbers(aims: Array, commanded_xyz_m: Array, commanded_yaw_rad: Array | float) -> Floats:
    """Return aims as the model's numbers.

    Args:
        aims: In the base frame, columns `AIM`, shape (..., steps, 6).
        commanded_xyz_m: Commanded tool position at the glance, base frame, shape (..., 3).
        commanded_yaw_rad: Its commanded turn about the vertical, shape (...).
    """
    wanted = np.asarray(aims, dtype=np.float64)
    numbers = np.empty((*wanted.shape[:-1], len(NUMBERS)))
    offset_m = wanted[..., :3] - np.asarray(commanded_xyz_m, dtype=np.float64)[..., None, :]
    numbers[..., :3] = np.arcsinh(np.clip(offset_m, -_REACH_M, _REACH_M) / NEAR_M)
    turn = wanted[..., _YAW] - np.asarray(commanded_yaw_rad, dtype=np.float64)[..., None]
    numbers[..., _COSINE], numbers[..., _SINE] = np.cos(2 * turn), np.sin(2 * turn)
    numbers[..., _AFTER_YAW] = wanted[..., _OPENING:]
    return numbers.astype(np.float32)


def from_numbers(numbers: Floats, commanded_xyz_m: Array, commanded_yaw_rad: Array | float) -> Array:
    """Return the aims that the model's numbers stand for, the way back of :func:`to_numbers`.

    What exceeds its range is cut: offsets to 1.5 m, the opening to 0 to 1, the speed share to 0.05 to 1. What is not
    finite stays so.

    Args:
        numbers: Shape (..., steps, len(NUMBERS)).
        commanded_xyz_m: Commanded tool position at the glance, base frame, shape (..., 3).
        commanded_yaw_rad: Its commanded turn about the vertical, shape (...).
    """
    said = np.asarray(numbers, dtype=np.float64)
    aims = np.empty((*said.shape[:-1], len(AIM)))
    far = math.asinh(_REACH_M / NEAR_M)
    aims[..., :3] = NEAR_M * np.sinh(np.clip(said[..., :3], -far, far))
    aims[..., :3] += np.asarray(commanded_xyz_m, dtype=np.float64)[..., None, :]
    # A quarter of a turn to one side is as good as one to the other: a chunk does not leap between them.
    turn = np.unwrap(np.arctan2(said[..., _SINE], said[..., _COSINE]) / 2, period=math.pi, axis=-1)
    aims[..., _YAW] = turn + np.asarray(commanded_yaw_rad, dtype=np.float64)[..., None]
    aims[..., _OPENING:] = said[..., _AFTER_YAW]
    aims[..., _OPENING] = np.clip(aims[..., _OPENING], 0.0, 1.0)
    aims[..., _SPEED] = np.clip(aims[..., _SPEED], _SPEED_SHARE_MIN, 1.0)
    return aims
