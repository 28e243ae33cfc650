"""How a RoboMaster EP and its camera are reached and mounted: `device.yaml` of either."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges

PUSH_RATES_HZ = (1, 5, 10, 20, 30, 50)
"""Rates at which the robot can push."""


@dataclass(frozen=True)
class RoboMasterConfig:
    """One robot.

    Args:
        address: Its IP address or host name.
        local_address: This computer's address towards it, where there are several; empty: as the system chooses.
        rate_hz: Velocities a second, and pushes a second: one of `PUSH_RATES_HZ`.
        turn_sign: 1 where the robot counts turns to the left as positive, -1 where it counts turns to the right.
        left_sign: 1 where it counts ways to the left as positive, -1 where it counts ways to the right.
        video: Whether the camera is switched on.
        stop_when_hit: Whether a hit on its armour stops it.
        units_per_m: Units of its arm's places in a metre: 100 as documented, 1000 with firmware that takes millimetres.
        arm_origin_xz_m: Where the wrist is at the arm's place 0, 0: forward and up from the shoulder axis.
        gripper_force: Force level of the gripper, 1 to 4.
    """

    address: str
    local_address: str = ""
    rate_hz: float = 50.0
    turn_sign: int = -1
    left_sign: int = -1
    video: bool = True
    stop_when_hit: bool = True
    units_per_m: float = 100.0
    arm_origin_xz_m: tuple[float, float] = (0.0, 0.0)
    gripper_force: int = 1

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.rate_hz not in PUSH_RATES_HZ[3:]:
            raise ValueError(f"rate_hz is {self.rate_hz}; permitted: {', '.join(map(str, PUSH_RATES_HZ[3:]))}")
        for key in ("turn_sign", "left_sign"):
            if getattr(self, key) not in (-1, 1):
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: -1 or 1")
        require_ranges(self, {"units_per_m": (1.0, 10_000.0), "gripper_force": (1, 4)})


@dataclass(frozen=True)
class RoboMasterVideoConfig:
    """How the camera is reached: `device.yaml`.

    Args:
        address: The robot's IP address or host name.
        delay_s: How long before it arrives a picture was taken.
    """

    address: str
    delay_s: float = 0.1

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_ranges(self, {"delay_s": (0.0, 0.5)})
