"""How a Universal Robots arm is reached: `device.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

GRIPPERS = ("none", "robotiq")


@dataclass(frozen=True)
class UrConfig:
    """A controller and what is on its tool flange.

    Args:
        address: IP address of the controller.
        model: What the dashboard calls the arm, such as ``UR5``.
        rate_hz: Set points a second.
        gripper: ``robotiq`` for a Robotiq gripper with its URCap, or ``none``.
        lookahead_s: How far servoj looks ahead: 0.03 to 0.2, more is smoother and trails more.
        gain: How hard servoj pulls towards the set point: 100 to 2000.
    """

    address: str
    model: str
    rate_hz: float = 125.0
    gripper: str = "none"
    lookahead_s: float = 0.06
    gain: float = 400.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 25.0 <= self.rate_hz <= 500.0:
            raise ValueError(f"rate_hz is {self.rate_hz}; permitted: 25 to 500")
        if self.gripper not in GRIPPERS:
            raise ValueError(f"gripper is {self.gripper}; permitted: {', '.join(GRIPPERS)}")
        if not 0.03 <= self.lookahead_s <= 0.2:
            raise ValueError(f"lookahead_s is {self.lookahead_s}; permitted: 0.03 to 0.2")
        if not 100.0 <= self.gain <= 2000.0:
            raise ValueError(f"gain is {self.gain}; permitted: 100 to 2000")
