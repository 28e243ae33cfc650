"""What must come of a task, and whether it did: ordered and unordered checks of a plan that was carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose

from robomatrix_py.bench.planning.world import SymbolicWorld
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall

_DEEDS = frozenset({"pressed", "pushed"})
_PASSING = frozenset({"at", "seen", "gripper_empty", *_DEEDS})
"""What is no lasting state of things."""


@dataclass(frozen=True)
class Expected:
    """What must come of a task.

    Args:
        holds: Facts that must hold at the end.
        lacks: Facts that must not hold at the end; ``*`` stands for anything.
        exactly: How many of which facts must hold at the end, or None.
        order: Facts and deeds that must come true one after the other.
        deeds: Everything that must be pressed or pushed; nothing else may be.
        distance_m: How far the one push must go, or None where that is all the same.
        loose: Names of things and drawers that may end up anywhere; all else stays as it was, where nothing above
            speaks of it.
    """

    holds: frozenset[Atom] = frozenset()
    lacks: frozenset[Atom] = frozenset()
    exactly: tuple[int, frozenset[Atom]] | None = None
    order: tuple[Atom, ...] = ()
    deeds: tuple[Atom, ...] = ()
    distance_m: float | None = None
    loose: frozenset[str] = frozenset()


def carry_out(steps: Sequence[SkillCall], world: SymbolicWorld) -> tuple[list[frozenset[Atom]], str]:
    """Return the facts before the first and after every step, and why a step cannot be done, or empty."""
    states = [world.facts]
    for number, step in enumerate(steps, 1):
        why = world.do(step)
        if why:
            return states, f"step {number}, {step}: {why}"
        states.append(world.facts)
    return states, ""


def what_is_wrong(expected: Expected, states: Sequence[frozenset[Atom]], world: SymbolicWorld) -> str:
    """Return in what a course of events differs from what was asked for, or an empty string.

    Args:
        expected: What was asked for.
        states: Facts before the first and after every step.
        world: The world after the last.
    """
    return _unordered(expected, states, world) or _ordered(expected.order, states)


def _unordered(expected: Expected, states: Sequence[frozenset[Atom]], world: SymbolicWorld) -> str:
    first, last = states[0], states[-1]
    missing = sorted(expected.holds - last)
    if missing:
        return f"at the end {missing[0]} does not hold"
    unwanted = sorted(atom for atom in last if any(pattern.matches(atom) for pattern in expected.lacks))
    if unwanted:
        return f"at the end {unwanted[0]} holds"
    if expected.exactly:
        number, facts = expected.exactly
        if len(facts & last) != number:
            return f"{len(facts & last)} instead of {number} of {', '.join(map(str, sorted(facts)))}"
    deeds = [atom for state in states[1:] for atom in state if atom.predicate in _DEEDS]
    if sorted(deeds) != sorted(expected.deeds):
        return f"done: {', '.join(map(str, deeds)) or 'nothing'}"
    wanted_m = expected.distance_m
    if wanted_m is not None and not any(isclose(push.distance_m, wanted_m, abs_tol=1e-6) for push in world.pushes):
        return f"pushed by {[push.distance_m for push in world.pushes]} m, not by {wanted_m:g} m"
    spoken_of = {atom.arguments[0] for atom in expected.holds | expected.lacks if atom.arguments}
    if expected.exactly:
        spoken_of |= {atom.arguments[0] for atom in expected.exactly[1]}
    free = spoken_of | expected.loose
    changed = sorted(atom for atom in first ^ last if atom.predicate not in _PASSING and atom.arguments[0] not in free)
    return f"changed although nobody asked for it: {changed[0]}" if changed else ""


def _ordered(order: Sequence[Atom], states: Sequence[frozenset[Atom]]) -> str:
    """Return which of a sequence of facts does not come true after the one before it, or an empty string."""
    at = 0
    for atom in order:
        became = (i for i in range(at, len(states)) if atom in states[i] and (i == 0 or atom not in states[i - 1]))
        found = next(became, None)
        if found is None:
            return f"{atom} does not come true in its turn"
        at = found + 1
    return ""
