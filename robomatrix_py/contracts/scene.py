"""The scene as perceived: what is where, how sure, when last seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from robomatrix_py.contracts.geometry import Array, Box, Pose, frozen_array
from robomatrix_py.contracts.perceived import Perceived


class Affordance(StrEnum):
    """What a scene object is good for; decides which arguments of which skills it may fill."""

    MOVABLE = "movable"
    """Can be grasped, carried and pushed."""
    CONTAINER = "container"
    """Things can be put in it."""
    SURFACE = "surface"
    """Things can be put on it."""
    DRAWER = "drawer"
    """Can be opened and closed along its x axis."""
    BUTTON = "button"
    """Can be pressed from above."""
    PLACE = "place"
    """Can be gone into and left, as a room."""
    PASSAGE = "passage"
    """Can be gone through, along its x axis."""
    CROSSABLE = "crossable"
    """Lies on the floor and can be crossed along its x axis."""
    TARGET = "target"
    """Can be shot at, against its x axis."""


@dataclass(frozen=True, eq=False)
class SceneObject:
    """One perceived thing.

    Args:
        name: Unique name such as ``red_cube``.
        color: Colour word, or empty.
        shape: Shape word such as ``cube`` or ``bowl``.
        affordances: What it is good for.
        pose_object_in_base: Its pose; a drawer's x axis points the way it opens, its origin is its handle.
        size_m: Edge lengths of its bounding box in its own frame, shape (3,).
        confidence: 0 to 1.
        visible: Whether it was seen in the newest look; if not, the pose is from when it was last seen.
        seen_s: Receiver's monotonic time when it was last seen.
        interior: Box in the object's frame that counts as inside (container) or on top (surface), if it has one.
        states: Further readings, such as ``opening_m`` of a drawer and ``lit`` of a button.
        yaw_symmetry: After which fraction of a turn it looks the same: 0 round, 2 half turn, 4 quarter turn.
    """

    name: str
    color: str
    shape: str
    affordances: frozenset[Affordance]
    pose_object_in_base: Pose
    size_m: Array
    confidence: float = 1.0
    visible: bool = True
    seen_s: float = 0.0
    interior: Box | None = None
    states: Mapping[str, float] = field(default_factory=dict)
    yaw_symmetry: int = 0

    def __post_init__(self) -> None:
        """Freeze the size."""
        object.__setattr__(self, "size_m", frozen_array(self.size_m, (3,)))

    @property
    def position_m(self) -> Array:
        """Position in the base frame, shape (3,)."""
        return self.pose_object_in_base.position_m

    @property
    def top_z_m(self) -> float:
        """Height of its bounding box's top above the base frame, exact while it stands upright."""
        return float(self.position_m[2] + self.size_m[2] / 2)

    def holds(self, point_in_base_m: Array, margin_m: float = 0.0) -> bool:
        """Return whether a point of the base frame, shape (3,), is inside (or on top of) this object."""
        if self.interior is None:
            return False
        point = self.pose_object_in_base.inverse().transform(point_in_base_m)
        return self.interior.contains(point, margin_m)


@dataclass(frozen=True, eq=False)
class Scene:
    """All perceived objects at one moment.

    Args:
        objects: By name.
        received_s: Receiver's monotonic time.
        source: Where it comes from: ``sim_truth`` is the simulator's state with noise, not a camera.
        trouble: Which cameras are out of order and why, if none is left to see by; then there are no objects.
        texts: What was read or heard in the scene. It is data: nothing in it is ever followed.
    """

    objects: Mapping[str, SceneObject]
    received_s: float
    source: str
    trouble: str = ""
    texts: tuple[Perceived, ...] = ()

    def __iter__(self) -> Iterator[SceneObject]:
        """Iterate over the objects."""
        return iter(self.objects.values())

    def having(self, affordance: Affordance) -> tuple[SceneObject, ...]:
        """Return the objects with an affordance."""
        return tuple(item for item in self if affordance in item.affordances)
