"""A robot that moves about finds what it has not seen yet: behind itself, in another room, or nowhere."""

from __future__ import annotations

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.runtime.lockstep import LockstepRig, LockstepSkillClient
from robomatrix_py.runtime.lockstep_run import TaskOutcome, make_rig, run_lockstep
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import Settings, resolve

BEHIND = Pose.at(-0.4, -0.9, 0.02)
IN_THE_KITCHEN_BESIDE_THE_DOOR = Pose.at(3.5, 1.4, 0.02)


def rig_with_cube_at(pose: Pose, *overrides: str) -> tuple[Settings, LockstepRig]:
    """Return an apartment whose yellow cube is where the robot does not see it from where it begins."""
    settings = resolve(["robot=robomaster_ep", "scene=apartment", "seed=3", *overrides])
    rig = make_rig(settings)
    rig.world.move_object("yellow_cube", pose)
    for _ in range(20):
        rig.tick()
    return settings, rig


def run(task: str, pose: Pose, *overrides: str) -> tuple[TaskOutcome, list[TaskEvent]]:
    """Carry a task out; return how it ended and what happened."""
    settings, rig = rig_with_cube_at(pose, *overrides)
    events: list[TaskEvent] = []
    return run_lockstep(task, settings, 200.0, None, video=False, rig=rig, on_event=events.append), events


def test_what_is_named_and_was_never_seen_is_looked_for_before_the_plan_is_made() -> None:
    outcome, events = run("go to the yellow cube", BEHIND)
    assert outcome.verdict.succeeded, outcome.verdict
    kinds = [event.kind for event in events if event.kind in ("recovery", "plan", "step_started")]
    assert kinds == ["recovery", "plan", "step_started"]
    assert "no 'yellow cube' is seen" in next(event for event in events if event.kind == "recovery").fields["because"]


def test_the_skill_goes_on_in_the_next_room_and_says_where_the_thing_is() -> None:
    _, rig = rig_with_cube_at(IN_THE_KITCHEN_BESIDE_THE_DOOR)
    rig.runner.forget()
    handle = LockstepSkillClient(rig).start(SkillCall("search", {"object": "yellow_cube"}), 120.0, rig.now_s)
    stages: set[str] = set()
    while (progress := handle.poll(rig.now_s)).report is None and rig.now_s < 130.0:
        stages.add(progress.stage)
        rig.tick()
    assert progress.report is not None and progress.report.succeeded, progress.report
    assert {"turn", "drive"} <= stages
    words = progress.report.message
    assert words.startswith("yellow_cube is at (3.") and rig.base_pose is not None
    assert rig.base_pose.position_m[0] > 3.1


def test_what_is_nowhere_is_refused_with_where_was_looked_and_not_looked_for_again() -> None:
    outcome, events = run("go to the purple ball", BEHIND, "planning.grants.skills=[search,go_to]")
    assert outcome.verdict.cause is Cause.UNKNOWN_OBJECT
    assert "has looked around and found nothing more" in outcome.verdict.message
    # Once for the cube, which is new, and once in vain.
    assert sum(event.kind == "recovery" for event in events) == 2
    assert not any(event.kind == "step_started" for event in events)


def test_nobody_looks_around_whom_the_operator_does_not_let() -> None:
    outcome, events = run("go to the purple ball", BEHIND, "planning.grants.skills=[go_to]")
    assert outcome.verdict.cause is Cause.UNKNOWN_OBJECT
    assert outcome.simulated_s < 2.0
    assert not any(event.kind == "recovery" for event in events)
