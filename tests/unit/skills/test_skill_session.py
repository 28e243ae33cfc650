"""The session of a skill: lease before motion, given back after it, and what a gate that is busy or silent does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skill_rig import new_rig, settings_of, specs

from robomatrix_py.contracts.action import ActionChunk
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.skills.runner import SkillRunner
from robomatrix_py.skills.session import LeaseAnswer, SkillSession

CALL = SkillCall("move_to", {"target": "bin"})
REST = np.append(settings_of().load_robot().home, 1.0)


class WireToGate:
    """The far end of the way to a gate: answers what a test says, and notes what arrives."""

    def __init__(self, *answers: LeaseAnswer | None) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.chunks: list[tuple[ActionChunk, str]] = []
        self.given_back: list[str] = []

    def ask_lease(self) -> None:
        self.asked += 1

    def lease_answer(self) -> LeaseAnswer | None:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def send(self, chunk: ActionChunk, token: str) -> None:
        self.chunks.append((chunk, token))

    def give_back(self, token: str) -> None:
        self.given_back.append(token)


@pytest.fixture(scope="module")
def rig() -> LockstepRig:
    return new_rig()


@pytest.fixture(scope="module")
def runner(rig: LockstepRig) -> SkillRunner:
    settings = settings_of()
    made = SkillRunner(rig.robot, settings.model_file, specs(), settings.skills)
    made.observe(rig.joints, rig.scene, 0.0)
    return made


def tick(session: SkillSession, rig: LockstepRig, runner: SkillRunner, seconds: float, begin_s: float = 0.0) -> None:
    for step in range(round(seconds / 0.02)):
        now_s = begin_s + step * 0.02
        runner.observe(rig.joints, replace(rig.scene, received_s=now_s), now_s)
        session.tick(now_s, now_s)


def report_of(session: SkillSession) -> tuple[Cause | None, str]:
    report = session.progress.report
    assert report is not None
    return report.cause, report.message


def test_nothing_is_sent_before_the_lease_and_every_chunk_bears_its_token(
    rig: LockstepRig, runner: SkillRunner
) -> None:
    gate = WireToGate(None, None, LeaseAnswer("secret", REST))
    session = SkillSession(runner, gate)
    session.start(CALL, 30.0, 0.0)
    tick(session, rig, runner, 0.04)
    assert (session.busy, session.holding_lease, gate.chunks) == (True, False, [])
    assert session.progress.stage == "lease"
    tick(session, rig, runner, 0.2, 0.04)
    assert session.holding_lease
    assert len(gate.chunks) == 10
    assert {token for _, token in gate.chunks} == {"secret"}
    assert [chunk.sequence for chunk, _ in gate.chunks] == list(range(10))
    session.cancel()
    assert gate.given_back == ["secret"]
    assert report_of(session)[0] is Cause.CANCELLED
    assert not session.busy


def test_gate_that_does_not_answer_ends_the_skill_in_two_seconds(rig: LockstepRig, runner: SkillRunner) -> None:
    session = SkillSession(runner, WireToGate(None))
    session.start(CALL, 30.0, 0.0)
    tick(session, rig, runner, 1.9)
    assert session.busy
    tick(session, rig, runner, 0.3, 1.9)
    assert report_of(session) == (Cause.LEASE_LOST, "the gate does not answer")


def test_gate_that_still_brakes_is_asked_again_and_not_for_ever(rig: LockstepRig, runner: SkillRunner) -> None:
    busy = LeaseAnswer("", np.empty(0), Cause.LEASE_LOST, "still braking", again=True)
    gate = WireToGate(busy, busy, busy, LeaseAnswer("t", REST))
    session = SkillSession(runner, gate)
    session.start(CALL, 30.0, 0.0)
    tick(session, rig, runner, 0.2)
    assert session.holding_lease
    assert gate.asked == 4
    session.cancel()
    session = SkillSession(runner, WireToGate(busy))
    session.start(CALL, 30.0, 0.0)
    tick(session, rig, runner, 2.2)
    assert report_of(session) == (Cause.LEASE_LOST, "still braking")


def test_refused_lease_ends_the_skill_with_the_gates_reason(rig: LockstepRig, runner: SkillRunner) -> None:
    gate = WireToGate(LeaseAnswer("", np.empty(0), Cause.STOPPED, "protective stop is latched"))
    session = SkillSession(runner, gate)
    session.start(CALL, 30.0, 0.0)
    tick(session, rig, runner, 0.04)
    assert report_of(session) == (Cause.STOPPED, "protective stop is latched")
    assert (gate.chunks, gate.given_back, gate.asked) == ([], [], 1)


def test_lease_that_the_gate_ends_ends_the_skill_once(rig: LockstepRig, runner: SkillRunner) -> None:
    gate = WireToGate(LeaseAnswer("t", REST))
    session = SkillSession(runner, gate)
    session.start(CALL, 30.0, 0.0)
    tick(session, rig, runner, 0.1)
    session.lost(Cause.LIMIT, "elbow_joint leaves its range")
    session.lost(Cause.STOPPED, "later")
    sent = len(gate.chunks)
    tick(session, rig, runner, 0.1, 0.1)
    assert report_of(session) == (Cause.LIMIT, "elbow_joint leaves its range")
    assert len(gate.chunks) == sent


def test_skill_that_is_not_known_asks_for_no_lease(runner: SkillRunner) -> None:
    gate = WireToGate(None)
    session = SkillSession(runner, gate)
    session.start(SkillCall("fly"), 30.0, 0.0)
    assert not session.busy
    assert report_of(session)[0] is Cause.PLAN_INVALID
    assert gate.asked == 0


def test_control_loop_that_stalls_ends_the_skill_as_stale(rig: LockstepRig, runner: SkillRunner) -> None:
    gate = WireToGate(LeaseAnswer("t", REST))
    session = SkillSession(runner, gate)
    session.start(CALL, 30.0, 0.0)
    tick(session, rig, runner, 0.1)
    tick(session, rig, runner, 0.02, 0.5)
    cause, message = report_of(session)
    assert cause is Cause.STALE_OBSERVATION
    assert "steps late" in message
    assert gate.given_back == ["t"]
