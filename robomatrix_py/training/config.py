"""What `robomatrix train` is configured by."""

from __future__ import annotations

from dataclasses import dataclass, field

from robomatrix_py.policies.action.config import ActionTraining
from robomatrix_py.policies.clip.config import EncoderTraining, PretrainedTowers
from robomatrix_py.training.splits import SEEDS

_TEST_SEED_STEP = 10_000_000


@dataclass(frozen=True)
class EncoderJob:
    """Everything `robomatrix train encoder` does.

    Args:
        scenes: Random scenes to learn from, 15 pictures each.
        test_scenes: Scenes to measure on, for each of seen and unseen pairs of colour and shape.
        first_seed: Seed of the first scene; scenes to measure on have seeds far from it.
        processes: How many processes draw.
        training: The optimiser.
        encoder: Pretrained towers to teach the patch tower with, instead of making all from nothing.
    """

    scenes: int
    test_scenes: int
    first_seed: int
    processes: int
    training: EncoderTraining = field(default_factory=EncoderTraining)
    encoder: PretrainedTowers = field(default_factory=PretrainedTowers)

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key in ("scenes", "test_scenes", "processes"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: at least 1")
        if not 0 <= self.first_seed < _TEST_SEED_STEP - self.scenes:
            raise ValueError(f"first_seed is {self.first_seed}; permitted: 0 to {_TEST_SEED_STEP - self.scenes - 1}")

    @property
    def seen_seed(self) -> int:
        """Seed of the first scene to measure seen pairs on."""
        return self.first_seed + _TEST_SEED_STEP

    @property
    def unseen_seed(self) -> int:
        """Seed of the first scene to measure unseen pairs on."""
        return self.first_seed + 2 * _TEST_SEED_STEP


@dataclass(frozen=True)
class PolicyJob:
    """Everything `robomatrix train policy` does.

    Args:
        data: Folder of the demonstrations.
        training: The optimiser.
        whole_tasks: Whether the goal is a whole task in place of a skill: a task-centric policy, for comparison.
    """

    data: str
    training: ActionTraining = field(default_factory=ActionTraining)
    whole_tasks: bool = False


@dataclass(frozen=True)
class DisturbanceConfig:
    """How often and how much.

    Args:
        calm_share: So many skills are left alone.
        pause_s: Mean time between two disturbances.
        offset_m: Least and largest offset of an aim.
        turn_max_rad: Largest turn of an aim.
        duration_s: Shortest and longest time that an aim or the gripper's opening is overridden.
        shove_m: Least and largest way that an object is shoved.
        shove_turn_max_rad: Largest turn of an object.
        nudge_m: Least and largest offset of an aim while the tool pushes on something, across its way.
        nudge_pause_s: Mean time between two of these.
    """

    calm_share: float = 0.25
    pause_s: float = 2.0
    offset_m: tuple[float, float] = (0.01, 0.04)
    turn_max_rad: float = 0.3
    duration_s: tuple[float, float] = (0.2, 0.6)
    shove_m: tuple[float, float] = (0.01, 0.05)
    shove_turn_max_rad: float = 0.8
    nudge_m: tuple[float, float] = (0.004, 0.012)
    nudge_pause_s: float = 0.6

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0.0 <= self.calm_share <= 1.0:
            raise ValueError(f"calm_share is {self.calm_share}; permitted: 0 to 1")
        for key in ("pause_s", "nudge_pause_s"):
            if not getattr(self, key) > 0:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: above 0")
        for key, most in (("offset_m", 0.1), ("duration_s", 3.0), ("shove_m", 0.1), ("nudge_m", 0.03)):
            low, high = getattr(self, key)
            if not 0.0 <= low <= high <= most:
                raise ValueError(f"{key} is {low} to {high}; permitted: 0 to {most}, the first not above the second")


@dataclass(frozen=True)
class DemonstrationJob:
    """Everything `robomatrix train demonstrations` does.

    Args:
        episodes: Random worlds to learn from, each with about twelve skills.
        validation_episodes: Worlds by which a checkpoint is chosen; kept in the same data set as split 1.
        first_seed: Seed of the first world to learn from.
        first_validation_seed: Seed of the first of the others.
        processes: How many processes record.
        encoder: Folder under policies/ of the encoder that looks, or a path to one elsewhere.
        disturbances: What goes wrong while recording.
    """

    episodes: int
    validation_episodes: int
    first_seed: int
    first_validation_seed: int
    processes: int
    encoder: str
    disturbances: DisturbanceConfig = field(default_factory=DisturbanceConfig)

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key, least in (("episodes", 1), ("validation_episodes", 0), ("processes", 1)):
            if getattr(self, key) < least:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: at least {least}")
        for key, first, count, name in (
            ("first_seed", self.first_seed, self.episodes, "training"),
            ("first_validation_seed", self.first_validation_seed, self.validation_episodes, "validation"),
        ):
            seeds = SEEDS[name]
            if not seeds.start <= first <= seeds.stop - count:
                raise ValueError(f"{key} is {first}; permitted: {seeds.start} to {seeds.stop - count}")

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of all worlds, those to learn from first."""
        training = range(self.first_seed, self.first_seed + self.episodes)
        validation = range(self.first_validation_seed, self.first_validation_seed + self.validation_episodes)
        return (*training, *validation)
