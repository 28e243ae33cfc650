"""What the ordered goals of an instruction mean: which facts last, which yield, when a stage is over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.contracts.skill import SkillCall

_WHEREABOUTS = frozenset({"in", "on", "held"})


def lasting(goal: Goal) -> frozenset[Atom]:
    """Return the facts of a goal that stay once reached."""
    return frozenset(atom for atom in goal.atoms if atom.predicate not in MOMENTARY)


def contradicts(one: Atom, other: Atom) -> bool:
    """Return whether two lasting facts exclude each other: a thing has one place, a gripper one thing."""
    if one == other:
        return False
    kinds = {one.predicate, other.predicate}
    if kinds == {"open", "closed"} or kinds <= _WHEREABOUTS:
        if one.arguments[0] == other.arguments[0]:
            return True
        return kinds == {"held"} or (kinds == {"on"} and one.arguments == other.arguments[::-1])
    return False


def standing(goals: Sequence[Goal]) -> frozenset[Atom]:
    """Return the lasting facts that must hold at the end: all but those that a later stage takes back."""
    kept: frozenset[Atom] = frozenset()
    for goal in goals:
        new = lasting(goal)
        kept = frozenset(old for old in kept if not any(contradicts(old, atom) for atom in new)) | new
    return kept


@dataclass(frozen=True)
class Stage:
    """One goal in its place among the others.

    Args:
        goal: The goal.
        kept: The lasting facts that must hold when it is over: its own, and those of the stages before it
            that it does not take back. What an earlier stage took in hand may be put down in between.
    """

    goal: Goal
    kept: frozenset[Atom]

    def begins_over(self, facts: Collection[Atom]) -> bool:
        """Return whether there is nothing to do for it: it wants lasting facts alone, and they hold."""
        atoms = self.goal.atoms
        return bool(atoms) and all(atom.predicate not in MOMENTARY for atom in atoms) and self._holds(facts)

    def is_over(self, facts: Collection[Atom], called: bool) -> bool:
        """Return whether it is over, where it did not begin as over.

        Args:
            facts: What is the case now.
            called: Whether the skill that it asks for has been run in it.
        """
        if self.goal.call is None:
            return all(atom in facts for atom in self.goal.atoms) and self._holds(facts)
        return called and self._holds(facts)

    def _holds(self, facts: Collection[Atom]) -> bool:
        return all(atom in facts for atom in self.kept)


def stages_of(goals: Sequence[Goal]) -> tuple[Stage, ...]:
    """Return the goals as stages."""
    stages = []
    for index, goal in enumerate(goals):
        earlier = {atom for atom in standing(goals[: index + 1]) if atom.predicate != "held"}
        stages.append(Stage(goal, frozenset(earlier) | lasting(goal)))
    return tuple(stages)


def stage_ends(
    steps: Sequence[SkillCall], goals: Sequence[Goal], states: Sequence[Collection[Atom]]
) -> tuple[int, ...]:
    """Return after how many steps each stage is over, as early as can be; stages never reached are left out.

    Args:
        steps: The skill calls.
        goals: The stages in order.
        states: The facts before the first step and after every step, one more than there are steps.
    """
    ends: list[int] = []
    position = 0
    for stage in stages_of(goals):
        called = False
        if not stage.begins_over(states[position]):
            while not stage.is_over(states[position], called):
                if position == len(steps):
                    return tuple(ends)
                called = called or same_call(steps[position], stage.goal.call)
                position += 1
        ends.append(position)
    return tuple(ends)


def same_call(one: SkillCall, other: SkillCall | None) -> bool:
    """Return whether two calls ask for the same, whatever their reasons."""
    return other is not None and one.skill == other.skill and dict(one.arguments) == dict(other.arguments)
