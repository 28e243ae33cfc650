"""Which steps of a plan serve nothing that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.stages import same_call, stage_ends, standing
from robomatrix_py.scheduler.verifier import Fault, Rejection, World, simulate


def needless_steps(steps: Sequence[SkillCall], goals: Sequence[Goal], world: World) -> tuple[Rejection, ...]:
    """Return a rejection for every step without which the goals are reached just the same.

    A verified plan may do more than was asked: fetch another thing, open a drawer. A step is needed if it was the last
    to bring about a fact of a goal when its stage ends, if it is the very skill a stage asks for, or if a needed step
    later on has a precondition that it was the last to bring about. Walked from the end to the beginning, what is left
    over serves nothing.

    Args:
        steps: Skill calls that the verifier accepts.
        goals: The stages that they reach.
        world: What the plan was verified against.
    """
    states = simulate(steps, world)
    gained = [states[i + 1] - states[i] for i in range(len(steps))]
    ends = stage_ends(steps, goals, states)
    needed: set[int] = set()

    def need(atom: Atom, before: int) -> None:
        maker = next((i for i in range(before - 1, -1, -1) if atom in gained[i]), None)
        if maker is not None:
            needed.add(maker)

    begin = 0
    for goal, end in zip(goals, ends, strict=True):
        called = next((i for i in range(begin, end) if same_call(steps[i], goal.call)), None)
        if called is not None:
            needed.add(called)
        for atom in goal.atoms:
            need(atom, end)
        begin = end
    for atom in standing(goals):
        need(atom, len(steps))
    for index in range(len(steps) - 1, -1, -1):
        if index in needed:
            spec = world.skills[steps[index].skill]
            values = {a.name: str(steps[index].arguments.get(a.name, a.default)) for a in spec.arguments}
            for atom in spec.preconditions:
                need(atom.bind(values), index)
    return tuple(
        Rejection(i, Fault.NEEDLESS, f"{step} serves nothing that was asked for; leave it out")
        for i, step in enumerate(steps)
        if i not in needed
    )
