"""Turns demonstrations about the robot's base and mirrors them: what was shown at one place holds at others too.

All that is observed and aimed at is relative to the tool in base axes, the arm is the same all around its base, and the
gripper's two halves are alike. So a demonstration stays one when everything in it, tool and aims included, is turned
about the base's vertical axis, or when left and right change places.
"""

from __future__ import annotations

import torch
from torch import Tensor

from robomatrix_py.policies.action.aims import NEAR_M, NUMBERS
from robomatrix_py.policies.action.observation import CAMERAS, HEIGHT_CELLS, NAMES, PLACES

_THINGS = ("thing1", "thing2")


def _pairs(*names: tuple[str, str]) -> tuple[list[int], list[int]]:
    first, second = zip(*((NAMES.index(x), NAMES.index(y)) for x, y in names), strict=True)
    return list(first), list(second)


# Offsets in metres that are compressed; other vectors; and cosine and sine of twice a turn.
_NEAR_X, _NEAR_Y = _pairs(
    *((f"{thing}.track.{place}x", f"{thing}.track.{place}y") for thing in _THINGS for place in PLACES),
    *((f"{thing}.{camera}.x", f"{thing}.{camera}.y") for thing in _THINGS for camera in CAMERAS),
)
_PLAIN_X, _PLAIN_Y = _pairs(
    ("goal.push_x", "goal.push_y"), ("tool.x", "tool.y"), ("tool.vx", "tool.vy"), ("tool.lag_x", "tool.lag_y")
)
_COSINE, _SINE = NAMES.index("tool.cos2"), NAMES.index("tool.sin2")
_YAWS = [NAMES.index(f"{thing}.track.yaw") for thing in _THINGS]
_HEIGHTS = NAMES.index("height.0.0")
_AIM_X, _AIM_Y, _AIM_SINE = (NUMBERS.index(name) for name in ("x", "y", "sin2_yaw"))


def turned(observation: Tensor, aims: Tensor, angle_rad: Tensor) -> tuple[Tensor, Tensor]:
    """Return demonstrations with everything turned about the base's vertical axis.

    Args:
        observation: As observed, columns :data:`~robomatrix_py.policies.action.observation.NAMES`, shape (B, columns).
        aims: In the numbers of :mod:`~robomatrix_py.policies.action.aims`, shape (B, steps, len(NUMBERS)).
        angle_rad: Counter-clockwise, shape (B,).
    """
    result, goal = observation.clone(), aims.clone()
    cosine, sine = angle_rad.cos()[:, None], angle_rad.sin()[:, None]
    x, y = _metres(observation[:, _NEAR_X]), _metres(observation[:, _NEAR_Y])
    result[:, _NEAR_X] = _numbers(cosine * x - sine * y)
    result[:, _NEAR_Y] = _numbers(sine * x + cosine * y)
    x, y = observation[:, _PLAIN_X], observation[:, _PLAIN_Y]
    result[:, _PLAIN_X], result[:, _PLAIN_Y] = cosine * x - sine * y, sine * x + cosine * y
    # The turn of the tool stands there doubled.
    cosine2, sine2 = (2 * angle_rad).cos(), (2 * angle_rad).sin()
    result[:, _COSINE] = cosine2 * observation[:, _COSINE] - sine2 * observation[:, _SINE]
    result[:, _SINE] = sine2 * observation[:, _COSINE] + cosine2 * observation[:, _SINE]
    x, y = _metres(aims[..., _AIM_X]), _metres(aims[..., _AIM_Y])
    goal[..., _AIM_X] = _numbers(cosine * x - sine * y)
    goal[..., _AIM_Y] = _numbers(sine * x + cosine * y)
    return result, goal


def mirrored(observation: Tensor, aims: Tensor) -> tuple[Tensor, Tensor]:
    """Return demonstrations with left and right changed; shapes as in :func:`turned`."""
    result, goal = observation.clone(), aims.clone()
    for column in (*_NEAR_Y, *_PLAIN_Y, *_YAWS, _SINE):
        result[:, column] = -observation[:, column]
    # The map's axes are those of the thing, which is mirrored too.
    heights = observation[:, _HEIGHTS:].view(-1, HEIGHT_CELLS, HEIGHT_CELLS)
    result[:, _HEIGHTS:] = heights.flip(2).reshape(len(observation), -1)
    for column in (_AIM_Y, _AIM_SINE):
        goal[..., column] = -aims[..., column]
    return result, goal


def _metres(numbers: Tensor) -> Tensor:
    return NEAR_M * torch.sinh(numbers)


def _numbers(offset_m: Tensor) -> Tensor:
    return torch.asinh(offset_m / NEAR_M)
