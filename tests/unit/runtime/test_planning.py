"""Planning beside a caller that must not wait: results, errors, deadlines; and a session that waits for its plan."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError, PlanError
from robomatrix_py.contracts.exchange import Exchange
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.runtime.lockstep import LockstepSkillClient
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.runtime.planning import MakePlan, PlanInThread, PlanNow
from robomatrix_py.runtime.task_session import SessionPhase, TaskSession
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import resolve

PLAN = Plan("do something", refused="no")


def wait_for(poll: Callable[[], Plan | None]) -> Plan:
    end_s = time.monotonic() + 10.0
    while (plan := poll()) is None:
        assert time.monotonic() < end_s
        time.sleep(0.005)
    return plan


def test_plan_at_once() -> None:
    assert PlanNow(lambda: PLAN).poll() is PLAN


def test_plan_made_aside() -> None:
    go_on = threading.Event()

    def make() -> Plan:
        go_on.wait(10.0)
        return PLAN

    pending = PlanInThread(make, 20.0)
    assert pending.poll() is None
    go_on.set()
    assert wait_for(pending.poll) is PLAN
    assert pending.poll() is PLAN


def test_error_of_planning_is_the_callers() -> None:
    def make() -> Plan:
        raise ConfigError("no endpoint")

    with pytest.raises(ConfigError, match="no endpoint"):
        wait_for(PlanInThread(make, 20.0).poll)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_planning_that_breaks_down_is_told() -> None:
    def make() -> Plan:
        raise ZeroDivisionError

    with pytest.raises(PlanError, match="without a plan") as caught:
        wait_for(PlanInThread(make, 20.0).poll)
    assert caught.value.code == "PLAN.FAILED"


def test_planning_that_never_ends_is_given_up() -> None:
    go_on = threading.Event()

    def make() -> Plan:
        go_on.wait(10.0)
        return PLAN

    with pytest.raises(PlanError, match=r"within 0.05 s") as caught:
        wait_for(PlanInThread(make, 0.05).poll)
    go_on.set()
    assert caught.value.code == "PLAN.TIMEOUT"


# A session that waits


class Later:
    """A plan that comes when it is told to."""

    def __init__(self, make: MakePlan) -> None:
        self.make = make
        self.ready = False
        self.error: PlanError | None = None

    def poll(self) -> Plan | None:
        if self.error is not None:
            raise self.error
        return self.make() if self.ready else None


class Waiting:
    """A session whose plan is being made, on a rig."""

    def __init__(self) -> None:
        settings = resolve([])
        self.rig = make_rig(settings)
        self.events: list[TaskEvent] = []
        self.pending: list[Later] = []
        self.session = TaskSession(
            "move to the red cube",
            settings,
            self.rig.robot,
            settings.load_skills(),
            LockstepSkillClient(self.rig),
            SceneMemory(settings.memory, settings.facts),
            60.0,
            self.events.append,
            start_planning=self._start,
        )
        while not self.pending:
            self.tick()

    def _start(self, make: MakePlan) -> Later:
        self.pending.append(Later(make))
        return self.pending[-1]

    def tick(self) -> None:
        for _ in range(5):
            self.rig.tick()
        self.session.tick(self.rig.now_s, self.rig.evidence(self.rig.scene))


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def test_session_goes_on_answering_while_the_plan_is_made(waiting: Waiting) -> None:
    for _ in range(20):
        waiting.tick()
        assert waiting.session.status.phase is SessionPhase.PLANNING
    (pending,) = waiting.pending
    pending.ready = True
    waiting.tick()
    assert waiting.session.status.phase is SessionPhase.EXECUTING
    assert len(waiting.pending) == 1


def test_cancelled_while_the_plan_is_made(waiting: Waiting) -> None:
    waiting.session.cancel(waiting.rig.now_s)
    waiting.pending[0].ready = True
    waiting.tick()
    verdict = waiting.session.status.verdict
    assert verdict is not None
    assert verdict.cause is Cause.CANCELLED
    assert [event.kind for event in waiting.events if event.kind != "scene"] == ["task_verdict"]


def test_planning_that_fails_ends_the_session(waiting: Waiting) -> None:
    waiting.pending[0].error = PlanError("planning did not end within 13 s", code="TIMEOUT")
    waiting.tick()
    verdict = waiting.session.status.verdict
    assert verdict is not None
    assert "PLAN.TIMEOUT" in verdict.message


def test_exchanges_with_a_model_come_before_the_plan(waiting: Waiting) -> None:
    exchange = Exchange(1, 1, "http://127.0.0.1:1", "m", 0.0, 0.1, (), "json_schema", status=200, answer="{}")
    waiting.pending[0].make = lambda: Plan("x", refused="no", exchanges=(exchange,))
    waiting.pending[0].ready = True
    waiting.tick()
    events = [event for event in waiting.events if event.kind != "scene"]
    assert [event.kind for event in events] == ["model_exchange", "plan", "task_verdict"]
    assert events[0].fields["status"] == 200
