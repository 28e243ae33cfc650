"""Which chains of skills are whole tasks: what a task-centric policy is taught, from the same demonstrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from robomatrix_py.contracts.policy import WHOLE_TASKS, Goal, goal_of
from robomatrix_py.contracts.skill import SkillCall, SkillSpec

_PLACE = ("grasp", "position_over", "release")
_CHAINS = dict(zip(WHOLE_TASKS, (_PLACE, ("open_drawer", *_PLACE, "close_drawer")), strict=True))


def whole_task(calls: Sequence[SkillCall], skills: Mapping[str, SkillSpec]) -> tuple[Goal, tuple[str, ...]] | None:
    """Return the goal of a chain of calls as one task, and by which names the scene knows what it is about.

    Args:
        calls: The chain.
        skills: The skills by name.

    Returns:
        None where the chain is none of the whole tasks.
    """
    chain = tuple(call.skill for call in calls)
    for task, wanted in _CHAINS.items():
        if chain == wanted:
            release = calls[wanted.index("release")]
            goal, names = goal_of(skills["release"], release)
            return replace(goal, skill=task), names
    return None
