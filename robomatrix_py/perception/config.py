"""Settings of camera perception."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from robomatrix_py.contracts.geometry import Box
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.perception.camera_health import CameraHealthConfig

YAW_SYMMETRIES = (0, 1, 2, 4)
"""Turns that the encoder tells: none, and after the whole, the half and the quarter of a turn."""


@dataclass(frozen=True)
class ObjectKind:
    """What is known of free things of a shape.

    Args:
        yaw_symmetry: After which fraction of a turn it looks the same: 0 round, 2 half turn, 4 quarter turn.
        flat_top: Whether something can stand on it.
    """

    yaw_symmetry: int = 0
    flat_top: bool = False


@dataclass(frozen=True)
class FixtureKind:
    """What is known of a piece of furniture: its measures, taken once; where it stands is seen.

    Args:
        affordances: What it is good for.
        size_m: Edge lengths of its bounding box.
        yaw_symmetry: After which fraction of a turn it looks the same: 0 round, 1 never, 2 half turn, 4 quarter turn.
        interior_center_m: Middle of what counts as inside or on top, in its frame; None where nothing does.
        interior_half_m: Half edge lengths of the same.
        part_of: Fixture that it slides out of along x, for a drawer.
        closed_at_m: Where its frame is in that fixture's frame when it is shut.
        travel_m: How far it opens.
        front_center_m: Middle of its front panel in its frame, for a drawer.
        front_half_m: Half edge lengths of the same.
    """

    affordances: tuple[Affordance, ...]
    size_m: tuple[float, float, float]
    yaw_symmetry: int = 1
    interior_center_m: tuple[float, float, float] | None = None
    interior_half_m: tuple[float, float, float] | None = None
    part_of: str = ""
    closed_at_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    travel_m: float = 0.0
    front_center_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    front_half_m: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        """Check the symmetry, and that what slides has a front."""
        if self.yaw_symmetry not in YAW_SYMMETRIES:
            raise ValueError(f"yaw_symmetry is {self.yaw_symmetry}; permitted: {YAW_SYMMETRIES}")
        if self.part_of and min(self.front_half_m) <= 0.0:
            raise ValueError(f"front_half_m is {self.front_half_m}; what is part of {self.part_of} has a front")


@dataclass(frozen=True)
class StandingFixture:
    """Furniture that is not looked for, because robot and cameras are screwed to it.

    Args:
        kind: Its measures.
        position_m: Its frame in the base frame.
    """

    kind: FixtureKind
    position_m: tuple[float, float, float]


@dataclass(frozen=True)
class PerceptionConfig:
    """How cameras are turned into scene objects.

    Args:
        encoder: Folder under policies/ of the encoder that sees, or a path to one elsewhere.
        rate_hz: Looks a second.
        latency_s: In lock-step: how late a look is, as long as looking takes over ROS.
        colors: Colour words that are looked for.
        shapes: Shapes that are looked for, by word.
        fixtures: Furniture that is looked for, by word.
        standing: Furniture that is known.
        objects: Folder of the objects that were added from pictures: ``user`` is the user's own, a path has a ``/`` in
            it, and empty is none.
        patches_min: Something seen in fewer patches is not reported.
        object_size_max_m: Nothing with a longer edge along the table is a free thing.
        looks_min: Looks that must agree before something new is reported.
        forget_s: Out of sight for so long, a track is given up.
        camera_age_max_s: Older pictures are not used.
        health: What is asked of pictures.
    """

    encoder: str
    rate_hz: float
    colors: tuple[str, ...]
    shapes: dict[str, ObjectKind]
    fixtures: dict[str, FixtureKind]
    standing: dict[str, StandingFixture] = field(default_factory=dict)
    objects: str = ""
    patches_min: int = 4
    object_size_max_m: float = 0.12
    looks_min: int = 2
    forget_s: float = 5.0
    camera_age_max_s: float = 0.3
    latency_s: float = 0.06
    health: CameraHealthConfig = field(default_factory=CameraHealthConfig)

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0.5 <= self.rate_hz <= 60.0:
            raise ValueError(f"rate_hz is {self.rate_hz}; permitted: 0.5 to 60")

    @property
    def table(self) -> Box | None:
        """The table top's box in the base frame, or None where there is no table."""
        tables = [item for item in self.standing.values() if Affordance.SURFACE in item.kind.affordances]
        return Box(np.array(tables[0].position_m), np.array(tables[0].kind.size_m) / 2) if tables else None

    @property
    def object_captions(self) -> tuple[str, ...]:
        """What free things are called: every colour with every shape."""
        return tuple(f"{color} {shape}" for color in self.colors for shape in self.shapes)
