"""Looks around for what a plan lacks, before the plan is made: a robot that moves about has not seen everything yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.execution import SkillClient, SkillHandle, SkillProgress
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.skill import ANYTHING_NEW, SkillCall, SkillSpec
from robomatrix_py.scheduler.grants import Grants
from robomatrix_py.scheduler.recovery import LOOK_SKILL

_TIMES_MAX = 4
CALL = SkillCall(LOOK_SKILL, {"object": ANYTHING_NEW})
"""What is run: a search for any movable thing that was not known before."""


class Surveys:
    """Decides whether it is worth looking around, and has it done.

    A search ends as soon as something new is seen, since that may be what is wanted; where it is not, another one
    follows. One that finds nothing new was the last.

    Args:
        robot: Only one that moves about has anywhere to look from.
        skills: All skills by name.
        client: Runs them.
        grants: What the operator lets plans use.
    """

    def __init__(
        self, robot: RobotDescription, skills: Mapping[str, SkillSpec], client: SkillClient, grants: Grants
    ) -> None:
        permitted = robot.base is not None and LOOK_SKILL in skills and grants.permits_skill(LOOK_SKILL)
        self._spec = skills[LOOK_SKILL] if permitted else None
        self._client = client
        self._handle: SkillHandle | None = None
        self._left = _TIMES_MAX

    def told(self, plan: Plan) -> Plan:
        """Return a plan; one that is refused although the robot has looked around says so."""
        if self._left == _TIMES_MAX or plan.cause != Cause.UNKNOWN_OBJECT:
            return plan
        return replace(plan, refused=f"{plan.refused}; the robot has looked around and found nothing more")

    @property
    def under_way(self) -> bool:
        """Whether a search is running."""
        return self._handle is not None

    def begin(self, plan: Plan, left_s: float, now_s: float) -> bool:
        """Start to look around if a plan was refused for want of a thing; return whether it did.

        Args:
            plan: What the planner answered.
            left_s: Time that is left for the task.
            now_s: Monotonic time.
        """
        if self._spec is None or plan.cause != Cause.UNKNOWN_OBJECT or self._left <= 0 or left_s <= 0.0:
            return False
        self._left -= 1
        self._handle = self._client.start(CALL, min(self._spec.deadline_s, left_s), now_s)
        return True

    def poll(self, now_s: float) -> SkillProgress | None:
        """Return how far the search is, or None where none runs; its report ends it."""
        if self._handle is None:
            return None
        progress = self._handle.poll(now_s)
        if progress.report is not None:
            self._handle = None
            if not progress.report.succeeded:
                self._left = 0
        return progress

    def cancel(self, now_s: float) -> None:
        """Ask the search to end."""
        if self._handle is not None:
            self._handle.cancel(now_s)
