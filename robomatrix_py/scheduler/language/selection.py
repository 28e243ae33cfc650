"""Picks things by where they are and how large they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.language.noun_phrase import Relation
from robomatrix_py.scheduler.language.whereabouts import Whereabouts, distance_m, robot_distance_m
from robomatrix_py.scheduler.quoting import plain

# As seen from the robot's base, which looks along +x with +y to its left; front is nearer to it.
_AXES: Mapping[str, tuple[int, float]] = {
    "left": (1, 1.0),
    "right": (1, -1.0),
    "front": (0, -1.0),
    "back": (0, 1.0),
    "top": (2, 1.0),
    "bottom": (2, -1.0),
}


class Selection:
    """Narrows candidates down.

    Args:
        where: What is where.
        config: What counts as apart and smaller.
    """

    def __init__(self, where: Whereabouts, config: PlannerConfig) -> None:
        self.where = where
        self._config = config

    def selected(self, selector: str, items: list[SceneObject]) -> list[SceneObject]:
        """Return the candidates that an adjective such as ``left`` or ``small`` picks; several if alike."""
        if selector in _AXES:
            axis, sign = _AXES[selector]
            most = max(sign * float(item.position_m[axis]) for item in items)
            return [i for i in items if most - sign * float(i.position_m[axis]) < self._config.apart_min_m]
        if selector in ("near", "far"):
            return self.nearest(items, None, 1.0 if selector == "near" else -1.0)
        if selector == "middle":
            ordered = sorted(items, key=lambda item: (float(item.position_m[1]), item.name))
            return [ordered[len(ordered) // 2]] if len(ordered) % 2 else items
        edges = {item.name: float(np.prod(item.size_m)) ** (1 / 3) for item in items}
        extreme = min(edges.values()) if selector == "small" else max(edges.values())
        ratio = self._config.size_ratio_min
        return [i for i in items if max(edges[i.name], extreme) / min(edges[i.name], extreme) < ratio]

    def related(
        self, relation: Relation, candidates: list[SceneObject], place: SceneObject | None
    ) -> list[SceneObject]:
        """Return the candidates that stand in a relation to a place; None stands for the robot."""
        others = [item for item in candidates if place is None or item.name != place.name]
        if not others:
            return []
        if relation.kind in ("near", "nearest", "farthest"):
            # With one candidate there is nothing to tell apart.
            sign = -1.0 if relation.kind == "farthest" else 1.0
            return self.nearest(others, place, sign) if len(others) > 1 else others
        if place is None or relation.kind == "of":
            return others
        found = [item for item in others if self._holds(relation.kind, item, place)]
        return [item for item in found if _is_straight(relation.kind, item, place)] or found

    def _holds(self, kind: str, item: SceneObject, place: SceneObject) -> bool:
        offset = item.position_m - place.position_m
        match kind:
            case "in":
                inside = self.where.is_in(item.name, place.name)
                return inside or (
                    Affordance.CONTAINER not in place.affordances and self.where.is_on(item.name, place.name)
                )
            case "on":
                return self.where.is_on(item.name, place.name)
            case "from":
                return self.where.is_in(item.name, place.name) or self.where.is_on(item.name, place.name)
            case "left":
                return bool(offset[1] > self._config.apart_min_m)
            case "right":
                return bool(offset[1] < -self._config.apart_min_m)
            case "front":
                return bool(offset[0] < -self._config.apart_min_m)
            case _:
                return bool(offset[0] > self._config.apart_min_m)

    def landmark(self, item: SceneObject, others: Collection[str]) -> str:
        """Return the fixture that a thing is near, in words such as `near the bowl`, or an empty string."""
        fixed = [
            (distance_m(item, other), other.name)
            for other in self.where.scene
            if Affordance.MOVABLE not in other.affordances
            and other.name not in ("table", *others)
            and distance_m(item, other) <= self._config.near_max_m
        ]
        return f"near the {plain(min(fixed)[1])}" if fixed else ""

    def side(self, item: SceneObject, among: Sequence[SceneObject]) -> str:
        """Return the word that tells a thing from others by place: left, right, front or back, or empty."""
        others = [other for other in among if other.name != item.name]
        for word, axis, sign in (("left", 1, 1.0), ("right", 1, -1.0), ("front", 0, -1.0), ("back", 0, 1.0)):
            if all(sign * (item.position_m[axis] - o.position_m[axis]) >= self._config.apart_min_m for o in others):
                return word
        return ""

    def nearest(self, items: Sequence[SceneObject], to: SceneObject | None, sign: float = 1.0) -> list[SceneObject]:
        """Return the nearest (sign 1) or farthest (sign -1) of some things; several if alike."""
        distances = [sign * (distance_m(item, to) if to else robot_distance_m(item)) for item in items]
        least = min(distances)
        return [item for item, d in zip(items, distances, strict=True) if d - least < self._config.apart_min_m]


def _is_straight(kind: str, item: SceneObject, place: SceneObject) -> bool:
    """Return whether a thing lies rather in a direction from a place than across it."""
    along, across = np.abs(item.position_m - place.position_m)[:2]
    if kind in ("left", "right"):
        along, across = across, along
    return kind not in ("left", "right", "front", "behind") or bool(along >= across)
