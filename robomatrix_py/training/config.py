"""What `robomatrix train` is configured by."""

from __future__ import annotations

from dataclasses import dataclass, field

from robomatrix_py.policies.clip.config import EncoderTraining

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
    """

    scenes: int
    test_scenes: int
    first_seed: int
    processes: int
    training: EncoderTraining = field(default_factory=EncoderTraining)

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
