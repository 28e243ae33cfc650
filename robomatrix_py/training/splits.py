"""Which things, scenes and seeds training may see and which are kept for evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from robomatrix_py.sim.catalog import COLORS, NOVEL_SHAPE_NAMES, SHAPE_NAMES

UNSEEN_COMBINATIONS = frozenset(
    {
        ("yellow", "cube"),
        ("purple", "cube"),
        ("orange", "ball"),
        ("white", "ball"),
        ("red", "can"),
        ("cyan", "can"),
        ("blue", "brick"),
        ("green", "bottle"),
        ("orange", "bottle"),
        ("yellow", "egg"),
        ("cyan", "capsule"),
        ("purple", "puck"),
    }
)
"""Pairs of colour and shape that appear in no training picture; each colour and each shape does, in other pairs."""

COMBINATIONS = tuple((color, shape) for color in COLORS for shape in SHAPE_NAMES)
"""All pairs of colour and shape."""

SEEN_COMBINATIONS = tuple(pair for pair in COMBINATIONS if pair not in UNSEEN_COMBINATIONS)
"""Pairs that training may see."""

SEEDS: Mapping[str, range] = {
    "development": range(1_000),
    "evaluation": range(1_000, 100_000),
    "training": range(100_000, 10_000_000),
    "validation": range(10_000_000, 40_000_000),
}
"""Seeds by what they are for; no two overlap. Published figures come from those of evaluation alone; validation chooses
a checkpoint and measures an encoder."""


class Split(StrEnum):
    """What is new in the scenes that a policy is measured on."""

    SEEN = "seen"
    """Nothing but the seed."""
    UNSEEN_COMBINATION = "unseen_combination"
    """What the skill is about is a pair of colour and shape that was never trained."""
    UNSEEN_SCENE = "unseen_scene"
    """Shadows, stronger light, other looks, a camera that was moved by 3 cm, noisy pictures that come 100 ms late."""
    CLUTTER = "clutter"
    """More things, so near together that they all but touch."""
    UNSEEN_SHAPE = "unseen_shape"
    """What the skill is about has a shape that was never trained."""


@dataclass(frozen=True)
class SceneDraw:
    """How random scenes are drawn.

    Args:
        targets: Pairs of colour and shape of the first two things.
        others: Pairs of the rest.
        count: Fewest and most things.
        gaps_m: Least free distance between two things: one of these.
        jitter_m: Furniture stands at random within this distance in x and in y.
        scale: Smallest and largest size factor of a thing.
        looks: Whether colours and lights are random.
        bump_m: Farthest that the front camera was moved, in each direction, without anybody's telling.
        bump_rad: Farthest that it was turned.
        shadows: Whether things throw shadows.
        noise: Standard deviation of picture noise, in grey levels.
        depth_noise_per_m: Most noise of depth, see :class:`~robomatrix_py.sim.config.CameraSensorConfig`.
        delay_s: How late pictures come.
    """

    targets: tuple[tuple[str, str], ...] = SEEN_COMBINATIONS
    others: tuple[tuple[str, str], ...] = SEEN_COMBINATIONS
    count: tuple[int, int] = (4, 9)
    gaps_m: tuple[float, ...] = (0.004, 0.012, 0.03, 0.04)
    jitter_m: float = 0.03
    scale: tuple[float, float] = (0.9, 1.1)
    looks: bool = True
    bump_m: float = 0.02
    bump_rad: float = 0.02
    shadows: bool = False
    noise: float = 0.0
    depth_noise_per_m: float = 0.003
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 1 <= self.count[0] <= self.count[1] <= 12:
            raise ValueError(f"count is {self.count}; permitted: 1 to 12, the first not above the second")
        for key in ("jitter_m", "bump_m", "bump_rad", "noise", "depth_noise_per_m", "delay_s"):
            if getattr(self, key) < 0:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: 0 or more")


def scene_draw(split: Split) -> SceneDraw:
    """Return how scenes of a split are drawn."""
    return _DRAWS[split]


_DRAWS: Mapping[Split, SceneDraw] = {
    Split.SEEN: SceneDraw(),
    Split.UNSEEN_COMBINATION: SceneDraw(targets=tuple(sorted(UNSEEN_COMBINATIONS)), others=COMBINATIONS),
    Split.UNSEEN_SCENE: SceneDraw(
        bump_m=0.03, bump_rad=0.03, shadows=True, noise=4.0, depth_noise_per_m=0.006, delay_s=0.1
    ),
    Split.UNSEEN_SHAPE: SceneDraw(targets=tuple((color, shape) for color in COLORS for shape in NOVEL_SHAPE_NAMES)),
    Split.CLUTTER: SceneDraw(count=(9, 11), gaps_m=(0.001, 0.002)),
}
