"""Remembers in which situation what was corrected, and finds the nearest one: plain features, no learning."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall

# So far apart, two situations differ by one.
_PLACE_M = 0.05
_TURN_RAD = 0.35
# Another thing of the same shape, and a thing of another shape.
_OTHER_THING = 0.5
_OTHER_SHAPE = 2.0


@dataclass(frozen=True)
class Thing:
    """A thing that a step is about.

    Args:
        name: Its name.
        shape: Its shape.
        position_m: In the base frame for the first thing of a step; of others as seen from the first one.
        yaw_rad: How it is turned in the base frame.
        yaw_symmetry: After which fraction of a turn it looks the same; 0 for round.
    """

    name: str
    shape: str
    position_m: tuple[float, float, float]
    yaw_rad: float
    yaw_symmetry: int

    def distance(self, other: Thing) -> float:
        """Return how much it differs from another thing."""
        kind = 0.0 if self.name == other.name else _OTHER_THING if self.shape == other.shape else _OTHER_SHAPE
        place = math.dist(self.position_m, other.position_m) / _PLACE_M
        turn = 0.0
        if self.yaw_symmetry and other.yaw_symmetry:
            turn = abs(math.remainder(self.yaw_rad - other.yaw_rad, 2 * math.pi / self.yaw_symmetry)) / _TURN_RAD
        return math.hypot(kind, place, turn)


@dataclass(frozen=True)
class Situation:
    """What a step was about when it was corrected.

    Args:
        skill: The skill.
        stage: Its stage, such as ``descend``.
        things: The things among its arguments, in order.
        others: Its other arguments.
    """

    skill: str
    stage: str
    things: tuple[Thing, ...]
    others: Mapping[str, str | float]

    def distance(self, other: Situation) -> float:
        """Return how much it differs from another: 0 the same, about 1 for 5 cm, infinite for another skill."""
        same = (self.skill, self.stage, len(self.things)) == (other.skill, other.stage, len(other.things))
        if not same or dict(self.others) != dict(other.others):
            return math.inf
        return math.hypot(*(one.distance(two) for one, two in zip(self.things, other.things, strict=True)))

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-serialisable form."""
        things = [{**vars(thing), "position_m": list(thing.position_m)} for thing in self.things]
        return {"skill": self.skill, "stage": self.stage, "things": things, "others": dict(self.others)}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Situation:
        """Read what :meth:`to_json` returns.

        Raises:
            ValueError: A field is missing or wrong.
        """
        try:
            things = []
            for thing in value["things"]:
                x, y, z = (float(number) for number in thing["position_m"])
                if not all(math.isfinite(number) for number in (x, y, z, float(thing["yaw_rad"]))):
                    raise ValueError("a number is not finite")
                things.append(
                    Thing(
                        str(thing["name"]),
                        str(thing["shape"]),
                        (x, y, z),
                        float(thing["yaw_rad"]),
                        int(thing["yaw_symmetry"]),
                    )
                )
            return Situation(str(value["skill"]), str(value["stage"]), tuple(things), dict(value["others"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no situation: {error!r}") from None


def situation_of(call: SkillCall, stage: str, scene: Scene) -> Situation:
    """Return the situation of a step."""
    items = [scene.objects[str(v)] for v in call.arguments.values() if str(v) in scene.objects]
    things = []
    for item in items:
        x, y, z = (item.position_m if item is items[0] else item.position_m - items[0].position_m).tolist()
        pose = item.pose_object_in_base
        things.append(
            Thing(
                item.name,
                item.shape,
                (round(x, 4), round(y, 4), round(z, 4)),
                round(pose.yaw_rad, 4),
                item.yaw_symmetry,
            )
        )
    others = {key: value for key, value in call.arguments.items() if str(value) not in scene.objects}
    return Situation(call.skill, stage, tuple(things), others)


@dataclass(frozen=True)
class Remembered:
    """A correction that was carried out once.

    Args:
        text: The person's words.
        situation: When.
        run: In which run.
    """

    text: str
    situation: Situation
    run: str

    @staticmethod
    def from_record(record: Mapping[str, Any], run: str) -> Remembered | None:
        """Return a line of `corrections.jsonl`, or None where it is no correction that can be had again."""
        if record.get("accepted") is not True or record.get("offerable") is not True:
            return None
        try:
            return Remembered(str(record["text"]), Situation.from_json(record["situation"]), run)
        except (KeyError, TypeError, ValueError):
            return None


class CorrectionMemory:
    """All that was corrected before.

    Args:
        remembered: Oldest first.
    """

    def __init__(self, remembered: Iterable[Remembered] = ()) -> None:
        self._remembered = list(remembered)

    def __len__(self) -> int:
        """Return how many corrections it knows."""
        return len(self._remembered)

    def add(self, remembered: Remembered) -> None:
        """Take another one in."""
        self._remembered.append(remembered)

    def nearest(self, situation: Situation, near_max: float) -> tuple[Remembered, float] | None:
        """Return the correction of the nearest situation, the newest of equals, or None where none is near."""
        best: tuple[Remembered, float] | None = None
        for one in self._remembered:
            distance = one.situation.distance(situation)
            if distance <= near_max and (best is None or distance <= best[1]):
                best = (one, distance)
        return best
