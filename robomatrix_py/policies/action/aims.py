"""Aims as the action model says them: relative to what the tool is commanded to at the glance. No torch.

| number | of an aim | unit |
|---|---|---|
| x, y, z | aim minus commanded tool position, base axes | arcsinh(m / NEAR_M): fine when near, coarse when far |
| yaw | aim minus commanded turn | rad; modulo half a turn, since the gripper is symmetric; a chunk does not leap |
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
UNITS = ("arcsinh(m/0.08)", "arcsinh(m/0.08)", "arcsinh(m/0.08)", "rad", "1", "1")
"""Of the numbers, in the order of :data:`~robomatrix_py.contracts.policy.AIM`."""

_YAW, _OPENING, _SPEED = (AIM.index(name) for name in ("yaw_rad", "opening", "speed_share"))
_REACH_M = 1.5
_SPEED_SHARE_MIN = 0.05


def to_numbers(aims: Array, commanded_xyz_m: Array, commanded_yaw_rad: Array | float) -> Floats:
    """Return aims as the model's numbers.

    Args:
        aims: In the base frame, columns `AIM`, shape (..., steps, 6).
        commanded_xyz_m: Commanded tool position at the glance, base frame, shape (..., 3).
        commanded_yaw_rad: Its commanded turn about the vertical, shape (...).
    """
    numbers = np.array(aims, dtype=np.float64)
    offset_m = numbers[..., :3] - np.asarray(commanded_xyz_m, dtype=np.float64)[..., None, :]
    numbers[..., :3] = np.arcsinh(np.clip(offset_m, -_REACH_M, _REACH_M) / NEAR_M)
    turn = numbers[..., _YAW] - np.asarray(commanded_yaw_rad, dtype=np.float64)[..., None]
    turn = np.unwrap(turn, period=math.pi, axis=-1)
    # The first aim decides which of the equal turns is meant; the others follow it without a leap.
    numbers[..., _YAW] = turn - math.pi * np.round(turn[..., :1] / math.pi)
    return numbers.astype(np.float32)


def from_numbers(numbers: Floats, commanded_xyz_m: Array, commanded_yaw_rad: Array | float) -> Array:
    """Return the aims that the model's numbers stand for, the way back of :func:`to_numbers`.

    What exceeds its range is cut: offsets to 1.5 m, the opening to 0 to 1, the speed share to 0.05 to 1. What is not
    finite stays so.

    Args:
        numbers: Shape (..., steps, 6).
        commanded_xyz_m: Commanded tool position at the glance, base frame, shape (..., 3).
        commanded_yaw_rad: Its commanded turn about the vertical, shape (...).
    """
    aims = np.array(numbers, dtype=np.float64)
    far = math.asinh(_REACH_M / NEAR_M)
    aims[..., :3] = NEAR_M * np.sinh(np.clip(aims[..., :3], -far, far))
    aims[..., :3] += np.asarray(commanded_xyz_m, dtype=np.float64)[..., None, :]
    aims[..., _YAW] += np.asarray(commanded_yaw_rad, dtype=np.float64)[..., None]
    aims[..., _OPENING] = np.clip(aims[..., _OPENING], 0.0, 1.0)
    aims[..., _SPEED] = np.clip(aims[..., _SPEED], _SPEED_SHARE_MIN, 1.0)
    return aims
