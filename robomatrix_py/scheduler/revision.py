"""Changes of what a task is for while it is carried out: a person has corrected what is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.scheduler.remainder import remaining_goals
from robomatrix_py.scheduler.stages import standing


@dataclass(frozen=True)
class Edit:
    """What a correction makes of the goals of a plan.

    Args:
        goals: All stages, those that were reached included.
        stage: Index of the first that is still to be pursued; their number where none is.
    """

    goals: tuple[Goal, ...]
    stage: int

    @property
    def left(self) -> tuple[Goal, ...]:
        """The goals of the new plan: what was reached is kept, and then what is wanted now."""
        if self.stage < len(self.goals):
            return remaining_goals(self.goals, self.stage, ())
        kept = tuple(sorted(atom for atom in standing(self.goals) if atom.predicate != "held"))
        return (Goal(kept, "keep what was reached"),) if kept else ()


@dataclass(frozen=True)
class Revision:
    """An edit that waits for the arm to stand.

    Args:
        edit: What becomes of the goals.
        because: The person's words.
    """

    edit: Edit
    because: str
