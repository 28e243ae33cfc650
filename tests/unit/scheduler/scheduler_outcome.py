"""Compares what a plan leads to with what a case expects.

An expectation is ``?``, ``!`` or ``=`` (question, refusal, nothing to do), optionally with words the message
must have; otherwise every lasting fact that must differ from the start, ``pressed(..)`` and ``pushed(..)`` in
order, and ``last:..`` for the last step. Facts that are not named must be as they were.
"""

from __future__ import annotations

import re

from scheduler_scenes import Case

from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.scheduler.verifier import World, simulate, verify

RESOURCES = ("arm", "gripper")
_LASTING = ("in", "on", "held", "open", "closed")
_TERM = re.compile(r"(last:)?(\w+)\(([^)]*)\)")


def mismatch(plan: Plan, expected: str, case: Case, skills: dict[str, SkillSpec]) -> str:
    """Return how a plan differs from what is expected, or an empty string if it does not."""
    kind, text = expected[:1], expected[1:].strip()
    if kind in ("?", "!", "="):
        message = {"?": plan.question, "!": plan.refused, "=": plan.already_done}[kind]
        if plan.steps or not message:
            return f"expected {expected!r}, got {_shown(plan)}"
        return "" if text.lower() in message.lower() else f"expected {text!r} in {message!r}"
    if not plan.steps:
        return f"expected {expected!r}, got {_shown(plan)}"
    world = World(case.scene, case.facts, skills, RESOURCES, 60)
    rejections = verify(plan.steps, plan.goals, world)
    if rejections:
        return f"rejected: {rejections}"
    return _compare(plan, expected, simulate(plan.steps, world))


def _compare(plan: Plan, expected: str, states: list[frozenset[Atom]]) -> str:
    wanted = {atom for atom in states[0] if atom.predicate in _LASTING}
    done, last = [], ""
    for is_last, predicate, arguments in _TERM.findall(expected):
        parts = tuple(part.strip() for part in arguments.split(","))
        if is_last:
            last = f"{predicate}({', '.join(parts)})"
        elif predicate in ("pressed", "pushed"):
            done.append((predicate, *parts))
        else:
            kinds = ("open", "closed") if predicate in ("open", "closed") else ("in", "on", "held")
            wanted = {a for a in wanted if not (a.predicate in kinds and a.arguments[0] == parts[0])}
            wanted.add(Atom(predicate, parts))
    got = {atom for atom in states[-1] if atom.predicate in _LASTING}
    if got != wanted:
        return f"too much {sorted(map(str, got - wanted))}, too little {sorted(map(str, wanted - got))}"
    happened = [event for step in plan.steps for event in _events(step)]
    if len(happened) != len(done) or any(a[: len(b)] != b for a, b in zip(happened, done, strict=True)):
        return f"expected {done}, happened {happened}"
    return "" if not last or str(plan.steps[-1]) == last else f"last step is {plan.steps[-1]}, expected {last}"


def _events(step: SkillCall) -> list[tuple[str, ...]]:
    values = [str(value) for value in step.arguments.values()]
    return {"press": [("pressed", *values)], "push": [("pushed", *values)]}.get(step.skill, [])


def _shown(plan: Plan) -> str:
    steps = " ".join(map(str, plan.steps))
    return steps or repr(plan.question or plan.refused or plan.already_done)
