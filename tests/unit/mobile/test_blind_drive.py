"""A base whose ranging sensor falls silent stands: it does not drive where it cannot see."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.runtime.lockstep import LockstepRig, LockstepSkillClient
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.settings.settings import resolve

BRAKES_S = 1.0


def drive(robot: LockstepRig, monkeypatch: pytest.MonkeyPatch, silent_s: float) -> tuple[Verdict, list[float]]:
    """Go to the table, the ranging sensor silent for a while; return the report and the way gone while it was."""
    handle = LockstepSkillClient(robot).start(SkillCall("move_to", {"target": "table"}), 60.0, robot.now_s)
    hears = robot.runner.observe_ranges
    places: list[float] = []
    silent_from_s = np.inf
    while (progress := handle.poll(robot.now_s)).report is None:
        robot.tick()
        gone_m = float(np.hypot(*robot.world.odometry.pose.position_m[:2]))
        if gone_m > 0.3 and silent_from_s == np.inf:
            silent_from_s = robot.now_s
            monkeypatch.setattr(robot.runner, "observe_ranges", lambda _scan: None)
        if robot.now_s - silent_from_s > silent_s:
            monkeypatch.setattr(robot.runner, "observe_ranges", hears)
        elif robot.now_s - silent_from_s > BRAKES_S:
            places.append(gone_m)
    return progress.report, places


@pytest.fixture
def robot() -> LockstepRig:
    return make_rig(resolve(["robot=robomaster_ep", "scene=apartment", "seed=3"]))


def test_it_stands_and_says_why(robot: LockstepRig, monkeypatch: pytest.MonkeyPatch) -> None:
    report, places = drive(robot, monkeypatch, 30.0)
    assert report.cause is Cause.STALE_OBSERVATION
    assert "ranging sensor says nothing" in report.message
    assert len(places) > 10
    assert max(places) - min(places) < 0.02


def test_it_goes_on_when_it_sees_again(robot: LockstepRig, monkeypatch: pytest.MonkeyPatch) -> None:
    report, places = drive(robot, monkeypatch, 1.8)
    assert report.cause is None, report
    assert max(places) - min(places) < 0.02
