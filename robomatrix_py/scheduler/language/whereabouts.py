"""Where things are, in facts and in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.scheduler.quoting import plain

_STATES = frozenset({"open", "closed"})


class Whereabouts:
    """What is where now, and where the earlier clauses of the instruction will have brought it.

    Args:
        scene: What is seen.
        facts: What is the case.
    """

    def __init__(self, scene: Scene, facts: Collection[Atom]) -> None:
        self.scene = scene
        self._places: dict[str, set[Atom]] = {}
        self._states = {atom for atom in facts if atom.predicate in _STATES}
        self._done: set[Atom] = set()
        for atom in facts:
            if atom.predicate in ("in", "on", "held"):
                self._places.setdefault(atom.arguments[0], set()).add(atom)

    @property
    def held(self) -> str:
        """Name of what is held, or will be held by now, or empty."""
        return next((name for name, atoms in self._places.items() if Atom("held", (name,)) in atoms), "")

    def expect(self, atoms: Iterable[Atom]) -> None:
        """Take the facts of a clause as done for the clauses after it."""
        for atom in atoms:
            if atom.predicate in MOMENTARY:
                self._done.add(atom)
            if atom.predicate in _STATES:
                self._states = {state for state in self._states if state.arguments != atom.arguments} | {atom}
            if atom.predicate in ("in", "on", "held"):
                if atom.predicate == "held":
                    self._places.pop(self.held, None)
                self._places[atom.arguments[0]] = {atom}

    def holds(self, atom: Atom) -> bool:
        """Return whether a fact is the case, or will have been brought about by now."""
        if atom.predicate in ("in", "on", "held"):
            return atom in self._places.get(atom.arguments[0], ())
        return atom in self._states or atom in self._done

    def is_in(self, name: str, place: str) -> bool:
        """Return whether a thing is in a container."""
        return Atom("in", (name, place)) in self._places.get(name, ())

    def is_on(self, name: str, place: str) -> bool:
        """Return whether a thing stands on a surface; what lies about loose is on the table."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            places = self._places.get(name, set())
            if Atom("on", (name, place)) in places:
                return True
            if not places:
                return place == "table" and name in self.scene.objects and name != place
            # What stands on a movable thing is also on what that stands on.
            below = [atom.arguments[1] for atom in places if atom.predicate == "on"]
            name = below[0] if below else name
        return False

    def is_contained(self, name: str) -> bool:
        """Return whether a thing is in a container."""
        return any(atom.predicate == "in" for atom in self._places.get(name, ()))

    def contents(self, place: str) -> list[str]:
        """Return what is in or on a place."""
        return [item.name for item in self.scene if self.is_in(item.name, place) or self.is_on(item.name, place)]

    def stack_height(self, name: str) -> int:
        """Return on how many movable things, one upon the other, a thing stands."""
        height, seen = 0, {name}
        while True:
            below = [a.arguments[1] for a in self._places.get(name, ()) if a.predicate == "on"]
            item = self.scene.objects.get(below[0]) if below else None
            if item is None or item.name in seen or Affordance.MOVABLE not in item.affordances:
                return height
            height, name = height + 1, item.name
            seen.add(name)

    def describe(self, name: str) -> str:
        """Return where a thing is, in words such as `in the bowl`, or an empty string."""
        for atom in sorted(self._places.get(name, ())):
            if atom.predicate == "held":
                return "in the gripper"
            if atom.arguments[1] != "table":
                return f"{atom.predicate} the {plain(atom.arguments[1])}"
        return ""


def distance_m(one: SceneObject, other: SceneObject) -> float:
    """Return the horizontal distance between the middles of two things."""
    return float(np.linalg.norm(middle_m(one)[:2] - middle_m(other)[:2]))


def robot_distance_m(item: SceneObject) -> float:
    """Return the horizontal distance of a thing from the robot's base."""
    return float(np.linalg.norm(item.position_m[:2]))


def middle_m(item: SceneObject) -> Array:
    """Return the middle of a thing in the base frame; a drawer's is that of its inside."""
    if item.interior is None or Affordance.DRAWER not in item.affordances:
        return item.position_m
    return item.pose_object_in_base.transform(item.interior.center_m)
