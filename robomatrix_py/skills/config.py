"""Settings of the skill layer."""

from __future__ import annotations

from dataclasses import dataclass, field

from robomatrix_py.contracts.correction import CorrectionLimits


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


POLICIES = ("scripted", "learned")
"""What can serve the skills."""


@dataclass(frozen=True)
class LearnedConfig:
    """How learned skills are run.

    Args:
        model: Folder under policies/ of the action model, or a path to one elsewhere.
        rate_hz: Chunks a second, at most as many as there are looks. The rows of a chunk are 0.1 s apart.
        latency_s: In lock-step: how long the policy thinks after it has seen.
        blend_s: A new chunk takes over from the old one within this time.
        first_chunk_s: Without any chunk for so long after the start, the skill fails.
        silence_s: Without a further chunk for so long, it fails.
        seen_min: Surer than this, the goal's first thing counts as seen.
        find_s: Never seen for so long after the first chunk, it fails; until seen, the arm stands.
        done_min: Surer than this, the policy is taken to be done.
        done_s: ... if it stays so, with the tool all but at rest, for so long.
        stuck_s: Without progress for so long, it fails.
        scripted: Skills that are served by their scripts all the same: what a policy has not learned well enough.
    """

    model: str = "action"
    rate_hz: float = 3.3333
    latency_s: float = 0.01
    blend_s: float = 0.06
    first_chunk_s: float = 2.0
    silence_s: float = 1.0
    seen_min: float = 0.3
    find_s: float = 2.0
    done_min: float = 0.5
    done_s: float = 0.25
    stuck_s: float = 8.0
    scripted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 1.0 <= self.rate_hz <= 50.0:
            raise ValueError(f"rate_hz is {self.rate_hz}; permitted: 1 to 50")
        for key in ("seen_min", "done_min"):
            if not 0.0 < getattr(self, key) < 1.0:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: between 0 and 1")
        for key in ("latency_s", "blend_s", "done_s"):
            if not 0.0 <= getattr(self, key) <= 5.0:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: 0 to 5")
        for key in ("first_chunk_s", "silence_s", "find_s", "stuck_s"):
            if not 0.1 <= getattr(self, key) <= 60.0:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: 0.1 to 60")


@dataclass(frozen=True)
class SkillConfig:
    """How skills look and wait.

    Args:
        servo: How the tool is moved.
        policy: What serves the skills, one of `POLICIES`.
        learned: How learned skills are run.
        scene_age_max_s: An older scene ends the skill.
        unseen_max_s: An object out of sight for longer counts as lost.
        travel_height_m: Height of the tool above the table when it crosses it.
        corrections: How far and how fast a person's corrections may change a motion.
    """

    servo: ServoConfig = ServoConfig()
    policy: str = "scripted"
    learned: LearnedConfig = LearnedConfig()
    scene_age_max_s: float = 1.0
    unseen_max_s: float = 3.0
    travel_height_m: float = 0.26
    corrections: CorrectionLimits = field(default_factory=CorrectionLimits)

    def __post_init__(self) -> None:
        """Refuse a policy that there is not."""
        if self.policy not in POLICIES:
            raise ValueError(f"policy is {self.policy}; permitted: {', '.join(POLICIES)}")
