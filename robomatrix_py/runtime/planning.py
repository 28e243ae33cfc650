"""Planning that may take its time, for callers that must not wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from robomatrix_py.contracts.errors import PlanError, RobomatrixError
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.scheduler.planner import Planner, make_planner
from robomatrix_py.settings.settings import Settings

MakePlan = Callable[[], Plan]


class PendingPlan(Protocol):
    """A plan that is being made."""

    def poll(self) -> Plan | None:
        """Return the plan once there is one.

        Raises:
            RobomatrixError: Planning failed, or did not end in time.
        """


class PlanNow:
    """Plans at once: in lock-step simulated time stands still meanwhile, and equal seeds give equal runs.

    Args:
        make: Makes the plan.
    """

    def __init__(self, make: MakePlan) -> None:
        self._plan = make()

    def poll(self) -> Plan | None:
        """Return the plan."""
        return self._plan


class PlanInThread:
    """Plans in a thread of its own, so that a node goes on answering; given up after a while.

    Args:
        make: Makes the plan. It shares nothing with the caller that changes.
        limit_s: Longest time it may take, by the real clock.
    """

    def __init__(self, make: MakePlan, limit_s: float) -> None:
        self._make = make
        self._limit_s = limit_s
        self._deadline_s = time.monotonic() + limit_s
        self._plan: Plan | None = None
        self._error: RobomatrixError | None = None
        self._thread = threading.Thread(target=self._run, name="planning", daemon=True)
        self._thread.start()

    def poll(self) -> Plan | None:
        """Return the plan once there is one.

        Raises:
            RobomatrixError: Planning failed (its own error, or PLAN.FAILED), or did not end in time (PLAN.TIMEOUT).
        """
        if not self._thread.is_alive():
            if self._error is not None:
                raise self._error
            if self._plan is None:
                raise PlanError("planning ended without a plan", remedy="see the log for why", code="FAILED")
            return self._plan
        if time.monotonic() > self._deadline_s:
            raise PlanError(f"planning did not end within {self._limit_s:g} s", code="TIMEOUT")
        return None

    def _run(self) -> None:
        try:
            self._plan = self._make()
        except RobomatrixError as error:
            self._error = error


def configured_planner(settings: Settings) -> Planner:
    """Return the planner that settings name; made before anything is started, it tells what is wrong with them.

    Raises:
        ConfigError: There is no such planner, what it is granted does not exist, or it has no endpoint.
    """
    resources = settings.load_robot().resources
    return make_planner(settings.planner, settings.load_skills(), resources, settings.planning)
