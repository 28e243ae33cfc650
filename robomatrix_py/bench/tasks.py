"""Draws tasks at five levels, for comparing a policy of whole tasks with composed skills; says when one is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.sim.config import DRAWER_TRAVEL_M
from robomatrix_py.sim.effects import Snapshot, really_done
from robomatrix_py.sim.layout import Layout, PlacedObject
from robomatrix_py.sim.oracle import really

TALLEST_IN_DRAWER_M = 0.072
"""A higher thing keeps the drawer from closing."""
_OPEN_M = (0.12, DRAWER_TRAVEL_M)


class Level(StrEnum):
    """What is new to both sides: the five levels of RoboMatrix (Mao et al., arXiv 2412.00171)."""

    SEEN = "I"
    """Nothing: objects and scenes as trained."""
    UNSEEN_OBJECT = "II"
    """The thing: a pair of colour and shape that was never trained."""
    UNSEEN_SCENE = "III"
    """Light, shadows, where the camera is, its noise and its delay."""
    LONG = "IV"
    """Nothing, but it takes five skills."""
    NEW_TASK = "V"
    """The task: known skills in a chain that was never shown."""


@dataclass(frozen=True)
class Task:
    """One task.

    Args:
        name: Its kind.
        words: What the person says: all that the skill-centric side is told.
        told: The whole task, in the nearest words that the task-centric side was trained with.
        drawer_ends: What the drawer is to be in the end, ``open`` or ``closed``, or empty where that is all the same.
        drawer_begins_m: How far the drawer stands open at the start, or None where that is all the same.
    """

    name: str
    words: str
    told: SkillCall
    drawer_ends: str = ""
    drawer_begins_m: float | None = None

    @property
    def thing(self) -> str:
        """Name of the thing that is to be put somewhere."""
        return str(self.told.arguments["object"])

    def reached(self, begin: Snapshot, now: Snapshot) -> bool:
        """Return whether the task really is done.

        Args:
            begin: The state before it.
            now: The state that is asked about.
        """
        placed = really_done(SkillCall("release", self.told.arguments), begin, now)
        return placed and (not self.drawer_ends or really(Atom(self.drawer_ends, ("drawer",)), now))


@dataclass(frozen=True)
class _DrawerTask:
    words: str
    told: str
    begins_open: bool
    ends: str


_DRAWER_TASKS: Mapping[str, _DrawerTask] = {
    "stow": _DrawerTask("open the drawer, put the {} in it and close it", "stow", begins_open=False, ends="closed"),
    # No demonstration opens a drawer that is not closed again, nor closes one in the same task that it did not open.
    "leave_open": _DrawerTask("open the drawer and put the {} in it", "place", begins_open=False, ends="open"),
    "already_open": _DrawerTask("put the {} in the drawer and close it", "stow", begins_open=True, ends="closed"),
}
_KINDS: Mapping[Level, tuple[str, ...]] = {
    Level.SEEN: ("place",),
    Level.UNSEEN_OBJECT: ("place",),
    Level.UNSEEN_SCENE: ("place",),
    Level.LONG: ("stow",),
    Level.NEW_TASK: ("leave_open", "already_open"),
}
_PLACES = {"bin": "in the bin", "bowl": "in the bowl", "tray": "on the tray"}


def draw_task(level: Level, layout: Layout, targets: Sequence[str], rng: np.random.Generator) -> Task | None:
    """Return a task of a level in a scene, or None where the scene has no use for one.

    Args:
        level: What is new in it.
        layout: What stands on the table.
        targets: Names of the free objects that it may be about.
        rng: Source of randomness.
    """
    kind = str(rng.choice(_KINDS[level]))
    things = [item for item in layout.objects if item.name in targets]
    fixtures = {fixture.kind for fixture in layout.fixtures}
    if kind == "place":
        return _place(things, sorted(fixtures & set(_PLACES)), rng)
    low = [item for item in things if item.shape.size_m[2] < TALLEST_IN_DRAWER_M]
    return _use_drawer(kind, low, rng) if "cabinet" in fixtures else None


def _place(things: Sequence[PlacedObject], places: Sequence[str], rng: np.random.Generator) -> Task | None:
    if not things or not places:
        return None
    name, place = things[int(rng.integers(len(things)))].name, str(rng.choice(places))
    return Task("place", f"put the {_said(name)} {_PLACES[place]}", _told("place", name, place))


def _use_drawer(kind: str, things: Sequence[PlacedObject], rng: np.random.Generator) -> Task | None:
    if not things:
        return None
    task, name = _DRAWER_TASKS[kind], things[int(rng.integers(len(things)))].name
    begins_m = float(rng.uniform(*_OPEN_M)) if task.begins_open else 0.0
    return Task(kind, task.words.format(_said(name)), _told(task.told, name, "drawer"), task.ends, begins_m)


def _said(name: str) -> str:
    return name.replace("_", " ")


def _told(whole_task: str, thing: str, place: str) -> SkillCall:
    return SkillCall(whole_task, {"object": thing, "target": place})
