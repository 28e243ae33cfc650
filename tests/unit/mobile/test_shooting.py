"""Shooting: off unless the operator switches it on, never past somebody, and judged by the target alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.contracts.base import BLASTER, BlasterDescription
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.runtime.lockstep import LockstepRig, LockstepSkillClient
from robomatrix_py.runtime.lockstep_run import make_rig, run_lockstep
from robomatrix_py.safety.refusal import RefusalCode
from robomatrix_py.safety.trigger import Trigger
from robomatrix_py.settings.settings import resolve

TASK = "shoot at the target"
ON = "gate.shooting=true"
DESCRIPTION = BlasterDescription((0.0, 0.0, 0.3), 0.6, 3.0, 1.0)


def rig(*overrides: str) -> LockstepRig:
    return make_rig(resolve(["robot=robomaster_ep", "scene=apartment", "seed=3", *overrides]))


def shot(values: object = ((1.0,),), names: tuple[str, ...] = (BLASTER,)) -> ActionChunk:
    return ActionChunk(0, 0.0, 0.02, ActionSpace.SHOT, names, np.array(values))


def test_it_is_off_by_default_in_plan_skill_and_gate() -> None:
    robot = rig()
    settings = resolve(["robot=robomaster_ep", "scene=apartment", "seed=3"])
    outcome = run_lockstep(TASK, settings, 30.0, None, video=False, rig=robot)
    assert not outcome.verdict.succeeded and "gate.shooting=true" in outcome.verdict.message
    handle = LockstepSkillClient(robot).start(SkillCall("shoot", {"target": "target"}), 30.0, robot.now_s)
    report = handle.poll(robot.now_s).report
    assert report is not None and "shooting is off" in report.message
    lease = robot.gate.acquire("test", robot.robot.resources, robot.now_s)
    refusal = robot.gate.submit(shot(), lease.token, robot.now_s)  # type: ignore[union-attr]
    assert refusal is not None and refusal.code is RefusalCode.DISABLED
    for _ in range(5):
        robot.tick()
    assert robot.world.snapshot()["joints"]["target.hit_count"] == 0.0


def test_the_target_is_hit_shines_and_says_so() -> None:
    robot = rig(ON)
    settings = resolve(["robot=robomaster_ep", "scene=apartment", "seed=3", ON])
    before = robot.world.model.geom_rgba.copy()
    outcome = run_lockstep(TASK, settings, 60.0, None, video=False, rig=robot)
    assert outcome.verdict.succeeded, outcome.verdict
    assert robot.world.snapshot()["joints"]["target.hit_count"] == 1.0
    assert (robot.world.model.geom_rgba != before).any(axis=1).sum() == 1


def test_a_miss_is_no_success_whatever_the_skill_says() -> None:
    robot = rig(ON)
    settings = resolve(["robot=robomaster_ep", "scene=apartment", "seed=3", ON, "execution.retries_max=0"])
    assert robot.blaster is not None
    robot.blaster._description = BlasterDescription((0.0, 0.0, 0.9), 0.6, 3.0, 1.0)
    outcome = run_lockstep(TASK, settings, 60.0, None, video=False, rig=robot)
    assert outcome.verdict.cause is Cause.VERDICT_FAILED
    assert "was not hit" in outcome.verdict.message


def test_nothing_is_shot_at_past_what_stands_in_the_line_of_fire() -> None:
    robot = rig(ON)
    client = LockstepSkillClient(robot)
    # The robot stands a metre before the target, and something comes between the two.
    handle = client.start(SkillCall("shoot", {"target": "target"}), 60.0, robot.now_s)
    while (progress := handle.poll(robot.now_s)).report is None:
        robot.tick()
        if progress.stage == "aim":
            way = (robot.world.pose("target").position_m - robot.world.base_pose().position_m)[:2]
            middle = robot.world.base_pose().position_m[:2] + 0.5 * way
            robot.world.move_object("yellow_cube", Pose.at(float(middle[0]), float(middle[1]), 0.05))
    assert progress.report.cause is Cause.PRECONDITION, progress.report
    assert "not shooting" in progress.report.message
    assert robot.world.snapshot()["joints"]["target.hit_count"] == 0.0


@pytest.mark.parametrize(
    ("chunk", "standing", "code"),
    [
        (shot(((1.0,), (1.0,))), True, RefusalCode.SHAPE),
        (shot(((0.5,),)), True, RefusalCode.SHAPE),
        (shot(((math.nan,),)), True, RefusalCode.SHAPE),
        (shot(names=("base_forward",)), True, RefusalCode.SHAPE),
        (shot(), False, RefusalCode.NOT_AT_REST),
    ],
)
def test_what_is_no_shot_is_refused(chunk: ActionChunk, standing: bool, code: RefusalCode) -> None:
    trigger = Trigger(DESCRIPTION, enabled=True)
    refusal = trigger.admit(chunk, 10.0, standing=standing)
    assert refusal is not None and refusal.code is code
    assert not trigger.take()


def test_one_shot_at_a_time_and_none_after_a_stop() -> None:
    trigger = Trigger(DESCRIPTION, enabled=True)
    assert trigger.admit(shot(), 10.0, standing=True) is None
    assert trigger.take() and not trigger.take()
    refusal = trigger.admit(shot(), 10.9, standing=True)
    assert refusal is not None and refusal.code is RefusalCode.SEQUENCE
    assert trigger.admit(shot(), 11.0, standing=True) is None
    trigger.clear()
    assert not trigger.take()
