"""Whole tasks in lock-step during which somebody meddles: the robot finds what was moved and says what it did."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from robomatrix_py.contracts.geometry import Pose, quaternion_from_yaw
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import TaskOutcome, make_rig, run_lockstep
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import resolve
from robomatrix_py.sim.oracle import really

FEW = ("seed=3", "scene.extra_min=0", "scene.extra_max=0")
BEHIND_THE_BIN_M = (0.235, -0.44, 0.021)


def carry_out(
    words: str, meddle: Callable[[LockstepRig, TaskEvent], bool], *overrides: str
) -> tuple[TaskOutcome, list[TaskEvent], LockstepRig]:
    """Carry out a task; `meddle` hears every event until it returns True."""
    settings = resolve([*FEW, *overrides])
    rig = make_rig(settings)
    events: list[TaskEvent] = []
    done: list[bool] = []

    def on_event(event: TaskEvent) -> None:
        events.append(event)
        if not done and meddle(rig, event):
            done.append(True)

    return run_lockstep(words, settings, 200.0, None, video=False, on_event=on_event, rig=rig), events, rig


def snatch(rig: LockstepRig, event: TaskEvent) -> bool:
    """Take the cube out of the gripper and put it where the camera before the robot does not see it."""
    if event.kind != "stage" or event.fields["stage"] != "carry":
        return False
    rig.world.move_object("red_cube", Pose(np.array(BEHIND_THE_BIN_M), quaternion_from_yaw(0.3)))
    return True


def test_a_thing_taken_out_of_the_hand_is_looked_for_and_the_task_is_done() -> None:
    outcome, events, rig = carry_out("put the red cube on the tray", snatch)
    assert outcome.verdict.succeeded, outcome.verdict.message
    assert really(Atom("in", ("red_cube", "tray")), rig.world.snapshot())
    looked = [event.fields for event in events if event.kind == "recovery"]
    assert [(fields["remedy"], fields["call"]) for fields in looked] == [("look", "search(red_cube)")]
    found = next(event.fields["verdict"] for event in events if event.kind == "recovery_verdict")
    assert found["outcome"] == "succeeded"


def test_without_recovery_the_same_task_fails_and_says_what_a_person_can_do() -> None:
    without = ("execution.retries_max=0", "execution.recoveries_max=0")
    outcome, events, _ = carry_out("put the red cube on the tray", snatch, *without)
    assert not outcome.verdict.succeeded
    assert outcome.verdict.stage == "position_over.carry"
    assert "slipped out of the gripper" in outcome.verdict.message
    assert "ask again" in outcome.verdict.message
    assert not {"recovery", "retry", "replanned"} & {event.kind for event in events}


def test_things_that_crowd_a_cube_are_pushed_away_before_it_is_grasped() -> None:
    settings = resolve([*FEW])
    rig = make_rig(settings)
    x_m, y_m = 0.42, -0.05
    # On two neighbouring sides of the cube there is no room for a finger.
    for name, dx_m, dy_m in (("red_cube", 0.0, 0.0), ("blue_can", 0.049, 0.0), ("green_ball", 0.0, 0.049)):
        height_m = float(rig.world.pose(name).position_m[2])
        rig.world.move_object(name, Pose(np.array([x_m + dx_m, y_m + dy_m, height_m]), quaternion_from_yaw(0.0)))
    events: list[TaskEvent] = []
    outcome = run_lockstep(
        "put the red cube on the tray", settings, 200.0, None, video=False, on_event=events.append, rig=rig
    )
    tried = [event.fields for event in events if event.kind == "recovery"]
    assert tried, [event.fields for event in events if event.kind == "step_verdict"]
    assert tried[0]["remedy"] == "push_apart"
    assert outcome.verdict.succeeded, (outcome.verdict.message, tried)
    assert really(Atom("in", ("red_cube", "tray")), rig.world.snapshot())
