"""Changes of what is wanted while a task is carried out: verified before anything changes, carried out at rest."""

from __future__ import annotations

from test_task import DRAWER_TASK, start

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.scheduler.revision import Edit
from robomatrix_py.scheduler.task import Phase

IN_BIN = Goal((Atom("in", ("red_cube", "bin")),), "put the red cube in the bin")
IN_BOWL = Goal((Atom("in", ("red_cube", "bowl")),), "put the red cube in the bowl")


def test_another_place_is_taken_while_the_thing_is_carried() -> None:
    run = start("put the red cube in the bin")
    while run.tick().call is None or not str(run.runner.tick(run.now_s, run.world.evidence(run.now_s)).call).startswith(
        "position_over"
    ):
        pass
    assert run.runner.revise(Edit((IN_BOWL,), 0), "put it in the bowl instead") == ""
    assert run.client.handles[-1].cancelled is False
    assert "busy" in run.runner.revise(Edit((IN_BIN,), 0), "no, the bin")
    status = run.finish()
    assert run.client.handles[1].cancelled
    assert status.verdict is not None and status.verdict.succeeded
    assert Atom("in", ("red_cube", "bowl")) in run.world.facts()
    replanned = next(event for event in run.events if event.kind == "replanned")
    assert replanned.fields["because"] == "corrected: put it in the bowl instead"


def test_what_cannot_be_planned_is_refused_and_the_robot_goes_on() -> None:
    run = start("put the red cube in the bin")
    run.tick(5)
    impossible = Goal((Atom("in", ("blue_can", "red_cube")),), "put the can in the cube")
    assert run.runner.revise(Edit((impossible,), 0), "nonsense")
    status = run.finish()
    assert status.verdict is not None and status.verdict.succeeded
    assert Atom("in", ("red_cube", "bin")) in run.world.facts()
    assert "replanned" not in run.kinds()


def test_nothing_left_ends_the_task_without_a_further_step() -> None:
    run = start("put the red cube in the bin")
    run.tick(5)
    assert run.runner.revise(Edit((), 0), "skip this") == ""
    status = run.finish()
    assert status.verdict is not None and status.verdict.succeeded
    assert "nothing is left" in status.verdict.message
    assert len(run.client.started) == 1


def test_what_was_reached_before_is_still_judged_at_the_end() -> None:
    run = start("put the red cube in the bin and then put the blue can in the bowl")
    while run.runner.tick(run.now_s, run.world.evidence(run.now_s)).step < 3:
        run.tick()
    run.tick(3)
    assert run.runner.stage == 1
    assert run.runner.revise(Edit((IN_BIN,), 1), "skip this") == ""
    status = run.finish()
    assert status.verdict is not None and status.verdict.succeeded
    assert run.goal_judges[-1].asked == (Atom("in", ("red_cube", "bin")),)


def test_a_cancel_wins_over_a_correction() -> None:
    run = start(DRAWER_TASK)
    run.tick(5)
    assert run.runner.revise(Edit((IN_BIN,), 0), "something else") == ""
    run.runner.cancel(run.now_s)
    status = run.finish()
    assert status.verdict is not None and status.verdict.cause is Cause.CANCELLED
    assert "no plan" in run.runner.revise(Edit((IN_BIN,), 0), "too late")


def test_a_skill_that_does_not_end_for_a_correction_ends_the_task() -> None:
    run = start("put the red cube in the bin", deaf=True, faults=["silent"])
    run.tick(5)
    assert run.runner.revise(Edit((IN_BOWL,), 0), "the bowl") == ""
    status = run.finish()
    assert status.verdict is not None and status.verdict.cause is Cause.DRIVER_FAULT


def test_held_no_step_begins() -> None:
    run = start("put the red cube in the bin")
    run.runner.hold(held=True)
    assert run.tick(100).phase is Phase.RUNNING
    assert not run.client.started
    run.runner.hold(held=False)
    status = run.finish()
    assert status.verdict is not None and status.verdict.succeeded


def test_a_skill_that_stands_by_order_is_not_late() -> None:
    run = start("put the red cube in the bin", faults=["silent"], deadline_s=300.0)
    run.tick(5)
    run.runner.hold(held=True)
    held = 2000
    # Longer than any skill's deadline.
    assert run.tick(held).phase is Phase.RUNNING
    assert not run.client.handles[0].cancelled
    run.runner.hold(held=False)
    released_s = run.now_s
    status = run.finish()
    # It never ends: found out by its standing still, for which the wait does not count, and tried again.
    assert status.verdict is not None and status.verdict.succeeded
    failed = next(event for event in run.events if event.kind == "step_verdict")
    assert failed.fields["verdict"]["cause"] == "no_progress"
    assert failed.time_s - released_s > 5.0
