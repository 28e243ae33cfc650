"""Why a plan has the steps it has, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.quoting import plain, quote
from robomatrix_py.scheduler.stages import same_call, stage_ends
from robomatrix_py.scheduler.verifier import World, simulate

_WORDS = {
    "gripper_empty": "the gripper is empty",
    "held": "{0} is held",
    "at": "the gripper is at {0}",
    "over": "{0} is above {1}",
    "in": "{0} is in {1}",
    "on": "{0} is on {1}",
    "clear": "nothing stands on {0}",
    "accessible": "{0} can be reached",
    "open": "{0} is open",
    "closed": "{0} is closed",
    "pressed": "{0} is pressed",
    "pushed": "{0} is pushed {1}",
    "seen": "{0} is in sight",
    "past": "{0} is passed",
    "through": "{0} is crossed",
    "left": "{0} is left",
    "hit": "{0} is hit",
}


def in_words(atom: Atom) -> str:
    """Return a fact as a short sentence."""
    return _WORDS[atom.predicate].format(*(plain(argument) for argument in atom.arguments))


def explain_steps(steps: Sequence[SkillCall], goals: Sequence[Goal], world: World) -> tuple[SkillCall, ...]:
    """Return the steps of a verified plan, each with why it is there.

    A step is there for the first later step that needs what it brings about, or for the stage of the plan it
    is in.

    Args:
        steps: Skill calls that the verifier accepts.
        goals: The stages.
        world: What the plan was verified against.
    """
    states = simulate(steps, world)
    ends = stage_ends(steps, goals, states)
    explained = []
    for index, step in enumerate(steps):
        goal = goals[next((i for i, end in enumerate(ends) if end > index), len(goals) - 1)]
        why = _need_of_later(index, steps, states, world)
        fulfils = same_call(step, goal.call) or any(
            atom in states[index + 1] - states[index] for atom in goal.atoms
        )
        if fulfils or not why:
            why = f"for {quote(goal.text)}" if goal.text else "for the goal"
        explained.append(replace(step, why=why))
    return tuple(explained)


def _need_of_later(
    index: int, steps: Sequence[SkillCall], states: Sequence[frozenset[Atom]], world: World
) -> str:
    """Return which later step first needs a fact that a step brings about, or an empty string."""
    gained = states[index + 1] - states[index]
    for later in range(index + 1, len(steps)):
        step = steps[later]
        spec = world.skills[step.skill]
        values = {a.name: str(step.arguments.get(a.name, a.default)) for a in spec.arguments}
        needed = [atom for atom in (p.bind(values) for p in spec.preconditions) if atom in gained]
        if needed:
            return f"so that {in_words(needed[0])}, for {step}"
    return ""
