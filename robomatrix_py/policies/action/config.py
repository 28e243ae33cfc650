"""How the action model is made. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field

PRECISIONS = ("bf16", "no")
"""What the large products of training may be rounded to."""


@dataclass(frozen=True)
class ActionSize:
    """How large the action model is.

    Args:
        width: Of the layers.
        condition: Of what steers the blocks: time of the flow, and the observation in short.
        blocks: Blocks of the denoiser.
        expansion: Inner width of a block, in widths.
    """

    width: int = 320
    condition: int = 128
    blocks: int = 3
    expansion: int = 2

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key in ("width", "condition", "blocks", "expansion"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: at least 1")
        if self.condition % 2:
            raise ValueError(f"condition is {self.condition}; permitted: even numbers")


@dataclass(frozen=True)
class ActionTraining:
    """How the action model is trained.

    Args:
        steps: Optimiser steps.
        batch: Frames a step, over all processes together.
        learning_rate: Highest, after the warm-up; falls as a cosine.
        weight_decay: On matrices.
        warm_up_steps: Steps until the highest learning rate.
        ema_decay: Share of the averaged weights that a step keeps; the averaged weights are what is used.
        feature_noise: Standard deviation of what is added to normalised observations.
        memory_noise: The same for remembered progress, in its own unit.
        memory_drop: Share of frames whose remembered progress and time are taken away, so that the model looks.
        turn_share: Share of frames that are turned about the robot's base, with all that is in them.
        turn_max_rad: ... by at most so much either way.
        mirror_share: Share of frames in which left and right change places.
        camera_drop: Share of frames that miss what a camera shows, for each camera.
        track_drop: Share of frames that miss the track of a thing, for each thing.
        balance: How much rare skills are drawn more often: 0 as they are, 1 all alike.
        sampling_steps: Euler steps from noise to aims.
        report_every: Steps between reports.
        evaluate_every: Steps between looks at the held-out episodes; a multiple of `report_every`.
        checkpoint_every_s: How often progress is saved.
        precision: Of the large products in training: ``bf16``, or ``no`` for 32 bits throughout.
        seed: Everything random follows from it.
        size: How large the model is.
    """

    steps: int = 24000
    batch: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up_steps: int = 200
    ema_decay: float = 0.999
    feature_noise: float = 0.02
    memory_noise: float = 0.15
    memory_drop: float = 0.3
    turn_share: float = 0.5
    turn_max_rad: float = 0.8
    mirror_share: float = 0.5
    camera_drop: float = 0.1
    track_drop: float = 0.1
    balance: float = 0.5
    sampling_steps: int = 6
    report_every: int = 100
    evaluate_every: int = 500
    checkpoint_every_s: float = 30.0
    precision: str = "bf16"
    seed: int = 0
    size: ActionSize = field(default_factory=ActionSize)

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key in ("steps", "batch", "warm_up_steps", "sampling_steps", "report_every"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: at least 1")
        for key in ("memory_drop", "turn_share", "mirror_share", "camera_drop", "track_drop", "balance"):
            if not 0 <= getattr(self, key) <= 1:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: 0 to 1")
        for key in ("feature_noise", "memory_noise", "turn_max_rad", "weight_decay", "checkpoint_every_s"):
            if not getattr(self, key) >= 0:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: at least 0")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision}; permitted: {', '.join(PRECISIONS)}")
        if not 0 < self.learning_rate < 1:
            raise ValueError(f"learning_rate is {self.learning_rate}; permitted: above 0, below 1")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay is {self.ema_decay}; permitted: 0 to below 1")
        if self.evaluate_every < 1 or self.evaluate_every % self.report_every:
            raise ValueError(
                f"evaluate_every is {self.evaluate_every}; permitted: multiples of report_every, {self.report_every}"
            )
