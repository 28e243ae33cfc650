"""Settings of the gate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GateConfig:
    """How the gate watches. All times by its own monotonic clock.

    Args:
        rate_hz: Rate of the control loop and of the commands to the driver.
        command_timeout_s: Silence of a lease holder that latches a protective stop.
        joint_state_timeout_s: Age of the newest joint state that latches a protective stop while a lease is
            held.
        own_lateness_max_s: So much lateness of the gate's own loop at once is not counted as silence of others.
        lease_timeout_s: A lease whose holder has not sent a first chunk ends after this time.
        tracking_error_max_rad: Distance between commanded and measured position that latches a protective
            stop.
        odometry_timeout_s: Age of the newest odometry that latches a protective stop while the base is under command.
        base_behind_max_m: So far the base may fall behind its command within a second or so.
        base_behind_max_rad: The same for turning.
        shooting: Whether a robot that can shoot may; switched on by the operator alone, for one graph.
        chunk_steps_max: More rows than this in one chunk are refused.
        chunk_dt_min_s: A finer time line than this is refused.
        chunk_dt_max_s: A coarser time line than this is refused.
    """

    rate_hz: float = 100.0
    command_timeout_s: float = 0.06
    joint_state_timeout_s: float = 0.06
    own_lateness_max_s: float = 0.1
    lease_timeout_s: float = 0.2
    tracking_error_max_rad: float = 0.25
    odometry_timeout_s: float = 0.2
    base_behind_max_m: float = 0.3
    base_behind_max_rad: float = 0.6
    shooting: bool = False
    chunk_steps_max: int = 256
    chunk_dt_min_s: float = 0.005
    chunk_dt_max_s: float = 0.1

    def __post_init__(self) -> None:
        """Refuse settings that would switch a protection off."""
        if not 10.0 <= self.rate_hz <= 1000.0:
            raise ValueError(f"gate.rate_hz is {self.rate_hz}; permitted: 10 to 1000")
        bounds = {
            "command_timeout_s": 1.0,
            "joint_state_timeout_s": 1.0,
            "own_lateness_max_s": 0.2,
            "lease_timeout_s": 5.0,
            "tracking_error_max_rad": 1.0,
            "odometry_timeout_s": 1.0,
            "base_behind_max_m": 2.0,
            "base_behind_max_rad": 3.0,
            "chunk_dt_min_s": 0.1,
            "chunk_dt_max_s": 0.1,
        }
        for key, upper in bounds.items():
            if not 0.0 < getattr(self, key) <= upper:
                raise ValueError(f"gate.{key} is {getattr(self, key)}; permitted: above 0, at most {upper}")
        if not 1 <= self.chunk_steps_max <= 10_000:
            raise ValueError(f"gate.chunk_steps_max is {self.chunk_steps_max}; permitted: 1 to 10000")
