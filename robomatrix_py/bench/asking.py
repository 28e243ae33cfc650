"""Asks for things that are there, in many wordings, and for things that are not; by plans alone, nothing moves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.contracts.statistics import rate
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.task_session import make_plan
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.planner import Planner
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.catalog import COLORS, SHAPE_NAMES

PLAIN = "pick up the {thing}"
"""How a thing is asked for that may be there or not, and what other wordings are held against."""
WORDINGS = (
    "grab the {thing}",
    "take the {thing}",
    "lift the {thing}",
    "please pick the {thing} up",
    "could you pick up the {thing}?",
    "would you grab the {thing} please",
    "can you get hold of the {thing}",
    "I want you to pick up the {thing}",
    "I need you to hold the {thing}",
    "I'd like the robot to grasp the {thing}",
    "go ahead and grab the {thing}",
    "now take hold of the {thing}",
    "Robot, pick up the {thing} now!",
    "your job is to pick up the {thing}",
    "just grasp the {thing} for me",
    "pick up that {thing} over there",
    "the {thing} - pick it up",
    "hey, lift up the {thing}, thanks",
    "PICK UP THE {thing}",
    "pikc up the {thing}",
)
"""Twenty wordings of one wish, none of which was looked at while the grammar was made."""
_NOTHING = ("purple elephant", "coffee mug", "screwdriver")
_ABSENT_A_SCENE = 10


@dataclass
class Answers:
    """How a planner answered, summed over scenes."""

    plain: list[bool] = field(default_factory=list)
    wordings: Counter[str] = field(default_factory=Counter)
    misread: Counter[str] = field(default_factory=Counter)
    absent: list[bool] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def as_figures(self) -> dict[str, Any]:
        """Return rates with intervals, JSON-serialisable."""
        asked = len(self.plain) * len(WORDINGS)
        return {
            "asked_for_plainly": rate(sum(self.plain), max(1, len(self.plain))),
            "asked_for_in_other_wordings": rate(sum(self.wordings.values()), max(1, asked)),
            "other_wordings_by_success": {words: self.wordings[words] for words in WORDINGS},
            "other_wordings_taken_for_something_else": {words: n for words, n in self.misread.items() if n},
            "not_there_and_said_so": rate(sum(self.absent), max(1, len(self.absent))),
            "not_there_and_another_taken": self.taken,
        }


def ask(rig: LockstepRig, settings: Settings, planner: Planner, rng: np.random.Generator, answers: Answers) -> None:
    """Ask for every thing that perception names rightly, and for some that are not there.

    Args:
        rig: A scene that was looked at.
        settings: What counts as a fact.
        planner: Who is asked.
        rng: Chooses what is asked for in vain.
        answers: Takes the answers.
    """
    remembered = SceneMemory(settings.memory, settings.facts).update(rig.evidence(rig.scene))

    def plan(words: str, thing: str) -> Plan:
        return make_plan(planner, words.format(thing=thing), remembered, settings)

    there = set(rig.world.object_names)
    seen = {item.name: item for item in rig.scene if Affordance.MOVABLE in item.affordances}
    for name in sorted(there & set(seen)):
        thing = name.replace("_", " ")
        answers.plain.append(_grasps(plan(PLAIN, thing), name))
        for words in WORDINGS:
            found = plan(words, thing)
            right = _grasps(found, name)
            answers.wordings[words] += right
            answers.misread[words] += bool(found.steps) and not right
    elsewhere = [f"{color} {shape}" for color in COLORS for shape in SHAPE_NAMES if f"{color}_{shape}" not in there]
    for thing in (*rng.choice(elsewhere, _ABSENT_A_SCENE, replace=False).tolist(), *_NOTHING):
        found = plan(PLAIN, thing)
        answers.absent.append(not found.steps and found.cause == Cause.UNKNOWN_OBJECT.value)
        if found.steps:
            answers.taken.append(f"{thing}: {found.steps[0]}")


def _grasps(plan: Plan, name: str) -> bool:
    return [(step.skill, dict(step.arguments)) for step in plan.steps] == [("grasp", {"object": name})]
