"""A correction of a motion under way: by how much, in which frame, and how much is permitted in all."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges

Shift = tuple[float, float, float]


@dataclass(frozen=True)
class Nudge:
    """What a person wants the running motion to be different by.

    Args:
        shift_m: Of the tool, along x (forward), y (left) and z (up) of the base frame.
        turn_rad: Of the tool about the vertical, positive anticlockwise as seen from above.
        opening: Of the gripper, -1 to 1: positive opens it further.
        speed_factor: The tool's speed is multiplied by it.

    Raises:
        ValueError: A number is not finite, or the factor not above 0.
    """

    shift_m: Shift = (0.0, 0.0, 0.0)
    turn_rad: float = 0.0
    opening: float = 0.0
    speed_factor: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is no number, wherever it comes from."""
        numbers = (*self.shift_m, self.turn_rad, self.opening, self.speed_factor)
        if len(self.shift_m) != 3 or not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"a correction of {numbers} is not finite")
        if self.speed_factor <= 0.0:
            raise ValueError(f"speed_factor is {self.speed_factor}; permitted: above 0")

    def plus(self, other: Nudge) -> Nudge:
        """Return both together."""
        x, y, z = (one + more for one, more in zip(self.shift_m, other.shift_m, strict=True))
        return Nudge(
            (x, y, z),
            self.turn_rad + other.turn_rad,
            self.opening + other.opening,
            self.speed_factor * other.speed_factor,
        )

    def times(self, share: float) -> Nudge:
        """Return a multiple of it; a negative one is the way back."""
        x, y, z = (share * value for value in self.shift_m)
        return Nudge((x, y, z), share * self.turn_rad, share * self.opening, self.speed_factor**share)

    @property
    def is_nothing(self) -> bool:
        """Whether it changes nothing."""
        return self == Nudge()


@dataclass(frozen=True)
class CorrectionLimits:
    """How far all corrections of one step together may go, and how fast they take effect.

    Args:
        shift_max_m: Along each axis.
        turn_max_rad: About the vertical.
        slowest: Smallest factor of the speed.
        fastest: Largest factor of the speed; the skills' own limits stay in force.
        shift_rate_m_s: Speed at which a shift comes in.
        turn_rate_rad_s: The same for a turn.
        opening_rate_per_s: The same for the gripper.
    """

    shift_max_m: float = 0.10
    turn_max_rad: float = math.pi / 4
    slowest: float = 0.2
    fastest: float = 3.0
    shift_rate_m_s: float = 0.10
    turn_rate_rad_s: float = 0.6
    opening_rate_per_s: float = 1.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {
            "shift_max_m": (0.0, 0.3),
            "turn_max_rad": (0.0, math.pi),
            "slowest": (0.05, 1.0),
            "fastest": (1.0, 10.0),
            "shift_rate_m_s": (0.005, 0.5),
            "turn_rate_rad_s": (0.05, 3.0),
            "opening_rate_per_s": (0.05, 5.0),
        }
        require_ranges(self, ranges, "corrections.")

    def why_not(self, total: Nudge) -> str:
        """Return why corrections that come to `total` go too far, or an empty text."""
        rounding = 1e-9
        for axis, value in zip(("forward or back", "left or right", "up or down"), total.shift_m, strict=True):
            if abs(value) > self.shift_max_m + rounding:
                return (
                    f"that would be {100 * abs(value):.1f} cm {axis} in this step; "
                    f"permitted: {100 * self.shift_max_m:g} cm"
                )
        if abs(total.turn_rad) > self.turn_max_rad + rounding:
            turn, most = math.degrees(abs(total.turn_rad)), math.degrees(self.turn_max_rad)
            return f"that would be a turn of {turn:.0f} degrees in this step; permitted: {most:.0f} degrees"
        if abs(total.opening) > 1.0 + rounding:
            return "the gripper cannot be opened or closed further"
        if not self.slowest - rounding <= total.speed_factor <= self.fastest + rounding:
            return (
                f"that would be {total.speed_factor:.2f} times the speed; "
                f"permitted: {self.slowest:g} to {self.fastest:g} times"
            )
        return ""
