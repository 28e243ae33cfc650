"""Which steps of a plan serve nothing that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.facts import with_derived
from robomatrix_py.scheduler.grounding import Action, bind, complete
from robomatrix_py.scheduler.stages import stage_ends, standing
from robomatrix_py.scheduler.verifier import Fault, Rejection, World


def needless_steps(steps: Sequence[SkillCall], goals: Sequence[Goal], world: World) -> tuple[Rejection, ...]:
    """Return a rejection for steps without which the goals are reached just the same.

    A verified plan may do more than was asked: fetch another thing, open a drawer, do all of it twice. Each step in
    turn is left out in thought, with every later one that cannot run without it; if the goals are still reached, these
    steps are needless. That is action elimination (Nakhost and Müller, "Action elimination and plan neighborhood graph
    search", 2010); it takes a time that grows with the square of the number of steps.

    Args:
        steps: Skill calls that the verifier accepts.
        goals: The stages that they reach.
        world: What the plan was verified against.
    """
    actions = [bind(world.skills[s.skill], complete(world.skills[s.skill], s), world.scene) for s in steps]
    asked_for = standing(goals)
    states = [with_derived(world.facts, world.scene)]
    for index, action in enumerate(actions):
        without = _run(actions[index + 1 :], states, world)
        kept = [*steps[:index], *(steps[index + 1 + i] for i in without.ran)]
        reached = [*states, *without.states]
        # That something asked for is missing at the end is soon seen; whether stages are passed is not.
        if asked_for <= reached[-1] and len(stage_ends(kept, goals, reached)) == len(goals):
            left_out = [index, *(i for i in range(index + 1, len(steps)) if i - index - 1 not in without.ran)]
            return tuple(
                Rejection(i, Fault.NEEDLESS, f"{steps[i]} serves nothing that was asked for; leave it out")
                for i in left_out
            )
        states.append(with_derived(action.apply(states[-1]), world.scene))
    return ()


class _Run:
    """What came of some actions.

    Args:
        ran: Indices of those that could run.
        states: The facts after each of them.
    """

    def __init__(self) -> None:
        self.ran: list[int] = []
        self.states: list[frozenset[Atom]] = []


def _run(actions: Sequence[Action], states: Sequence[frozenset[Atom]], world: World) -> _Run:
    """Run all that can run, from the last of some states on."""
    result, facts = _Run(), states[-1]
    for index, action in enumerate(actions):
        if action.needs <= facts:
            facts = with_derived(action.apply(facts), world.scene)
            result.ran.append(index)
            result.states.append(facts)
    return result
