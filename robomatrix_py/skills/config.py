"""Settings of the skill layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServoConfig:
    """How the tool is moved.

    Args:
        rate_hz: Control rate; one chunk a control step.
        lookahead_steps: Steps predicted beyond the first one, so that a late chunk leaves no gap.
        speed_max_m_s: Largest speed of the tool.
        acceleration_max_m_s2: Largest acceleration of the tool.
        jerk_max_m_s3: Largest jerk of the tool.
        turn_max_rad_s: Largest turning speed about the vertical.
        turn_acceleration_max_rad_s2: Largest turning acceleration.
        turn_jerk_max_rad_s3: Largest turning jerk.
        gripper_speed_per_s: Speed of the gripper's opening.
    """

    rate_hz: float = 50.0
    lookahead_steps: int = 5
    speed_max_m_s: float = 0.42
    acceleration_max_m_s2: float = 1.8
    jerk_max_m_s3: float = 14.0
    turn_max_rad_s: float = 1.3
    turn_acceleration_max_rad_s2: float = 5.0
    turn_jerk_max_rad_s3: float = 50.0
    gripper_speed_per_s: float = 1.6

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 10.0 <= self.rate_hz <= 200.0:
            raise ValueError(f"servo.rate_hz is {self.rate_hz}; permitted: 10 to 200")
        if not 1 <= self.lookahead_steps <= 20:
            raise ValueError(f"servo.lookahead_steps is {self.lookahead_steps}; permitted: 1 to 20")
        for key, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"servo.{key} is {value}; permitted: above 0")


@dataclass(frozen=True)
class SkillConfig:
    """How skills look and wait.

    Args:
        servo: How the tool is moved.
        scene_age_max_s: An older scene ends the skill.
        unseen_max_s: An object out of sight for longer counts as lost.
        travel_height_m: Height of the tool above the table when it crosses it.
    """

    servo: ServoConfig = ServoConfig()
    scene_age_max_s: float = 1.0
    unseen_max_s: float = 3.0
    travel_height_m: float = 0.26
