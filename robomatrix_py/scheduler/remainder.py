"""What is left of a plan's goals when it is interrupted."""

from __future__ import annotations

from collections.abc import Sequence

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.stages import lasting, same_call, standing


def remaining_goals(goals: Sequence[Goal], stage: int, done: Sequence[SkillCall]) -> tuple[Goal, ...]:
    """Return the goals of a new plan in the middle of an old one.

    What earlier stages reached and no later stage takes back comes first, because it may have been lost
    meanwhile; what they took in hand and is wanted in hand at the end comes last.

    Args:
        goals: The stages of the old plan.
        stage: Index of the stage that was under way.
        done: The steps that were finished in that stage.
    """
    present = goals[stage]
    if any(same_call(step, present.call) for step in done):
        # What the person asked to be run was run: only what lasts of it is still to be seen to.
        present = Goal(tuple(sorted(lasting(present))), present.text)
    earlier = standing(goals[:stage])
    kept = tuple(sorted(atom for atom in earlier if atom.predicate != "held"))
    in_hand = tuple(sorted(atom for atom in earlier & standing(goals) if atom.predicate == "held"))
    first = (Goal(kept, "keep what was reached"),) if kept else ()
    last = (Goal(in_hand, "hold it again"),) if in_hand else ()
    return (*first, present, *goals[stage + 1 :], *last)
