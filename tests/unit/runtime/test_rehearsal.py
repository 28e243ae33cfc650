"""Rehearsal: a real lock-step run in a copy of the scene; only what was verified there is carried out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.run_folder import RunFolder
from robomatrix_py.data.run_reader import read_run
from robomatrix_py.runtime.experience import trials_of
from robomatrix_py.runtime.lockstep_run import look_lockstep, make_rig
from robomatrix_py.runtime.rehearsal import RehearsalLimits, close_unrehearsed_run, rehearse
from robomatrix_py.runtime.rehearsed import Rehearsed, load_rehearsed
from robomatrix_py.runtime.task_session import SessionStatus
from robomatrix_py.settings.settings import resolve

TASK = "move to the red cube"
PLAN = Plan(TASK, (SkillCall("move_to", {"target": "red_cube"}, "for the test"),))
LIMITS = RehearsalLimits(30.0)
SETTINGS = resolve(["seed=2", "feasibility.record=", "macros="])


@pytest.fixture(scope="module")
def now() -> Evidence:
    """Return what a robot sees that has not moved yet."""
    return look_lockstep(SETTINGS, make_rig(SETTINGS))


def run_folder(tmp_path: Path) -> RunFolder:
    tmp_path.mkdir(exist_ok=True, parents=True)
    return RunFolder(tmp_path, lambda fault: pytest.fail(str(fault)))


def with_object_at(now: Evidence, name: str, place: Pose) -> Evidence:
    item = replace(now.scene.objects[name], pose_object_in_base=place)
    return replace(now, scene=replace(now.scene, objects={**now.scene.objects, name: item}))


@pytest.fixture(scope="module")
def rehearsed(now: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run whose rehearsal was verified."""
    folder = tmp_path_factory.mktemp("run")
    verdict, found = rehearse(PLAN, now, SETTINGS, run_folder(folder), LIMITS)
    assert verdict.succeeded, verdict
    assert found is not None
    return folder


def test_a_verified_rehearsal_is_recorded_as_one_and_hands_its_plan_on(rehearsed: Path, now: Evidence) -> None:
    record = read_run(rehearsed / "rehearsal")
    assert record.summary is not None
    assert (record.summary.mode, record.summary.scene) == ("rehearsal", "rehearsal")
    assert [step.call for step in record.steps] == [replace(PLAN.steps[0])]
    trials = trials_of(record, SETTINGS.load_skills())
    assert str(trials.condition) == "ur5e, rehearsed, scripted skills"
    assert trials.counts == {("move_to", ("cube",)): (1, 0)}
    loaded = load_rehearsed(rehearsed, TASK)
    assert loaded is not None
    assert loaded.plan.steps == PLAN.steps
    assert loaded.for_scene(now.scene).steps == PLAN.steps
    assert "rehearsed in simulation and verified there" in loaded.for_scene(now.scene).notes


def test_a_scene_that_changed_since_is_not_the_one_that_was_rehearsed(rehearsed: Path, now: Evidence) -> None:
    loaded = load_rehearsed(rehearsed, TASK)
    assert loaded is not None
    place = now.scene.objects["red_cube"].pose_object_in_base
    near = with_object_at(now, "red_cube", Pose.at(0.01, 0.0, 0.0) @ place)
    assert loaded.for_scene(near.scene).steps == PLAN.steps
    far = with_object_at(now, "red_cube", Pose.at(0.1, 0.0, 0.0) @ place)
    assert "red_cube has moved by 10 cm" in loaded.for_scene(far.scene).refused
    assert loaded.for_scene(far.scene).cause == Cause.PRECONDITION
    gone = {name: item for name, item in now.scene.objects.items() if name != "red_cube"}
    assert "red_cube is not seen any more" in loaded.for_scene(replace(now.scene, objects=gone)).refused


@pytest.mark.parametrize("content", [None, "", "{}", "[" * 9999, '{"plan": {"instruction": 3}, "positions_m": {}}'])
def test_an_unverified_or_damaged_rehearsal_is_never_carried_out(tmp_path: Path, content: str | None) -> None:
    assert load_rehearsed(tmp_path, TASK) is None
    (tmp_path / "rehearsal").mkdir()
    if content is not None:
        (tmp_path / "rehearsal" / "rehearsed.json").write_text(content)
    with pytest.raises(DataError) as caught:
        load_rehearsed(tmp_path, TASK)
    assert caught.value.code == "DATA.REHEARSAL"


def test_a_rehearsal_of_another_instruction_is_refused(rehearsed: Path) -> None:
    with pytest.raises(DataError, match="of another instruction"):
        load_rehearsed(rehearsed, "open the drawer")


def failing(now: Evidence, tmp_path: Path, plan: Plan = PLAN, limits: RehearsalLimits = LIMITS) -> Verdict:
    verdict, found = rehearse(plan, now, SETTINGS, run_folder(tmp_path / "run"), limits)
    assert found is None
    assert not (tmp_path / "run" / "rehearsal" / "rehearsed.json").exists()
    return verdict


def test_what_goes_wrong_in_rehearsal_ends_the_run_with_nothing_moved(now: Evidence, tmp_path: Path) -> None:
    # On the table, but out of the arm's reach.
    verdict = failing(with_object_at(now, "red_cube", Pose.at(0.9, 0.6, 0.021)), tmp_path)
    assert verdict.message.startswith("in rehearsal: step 1 of 1, move_to(red_cube), failed")
    assert verdict.cause is not None
    folder = run_folder(tmp_path / "run")
    ended = close_unrehearsed_run(folder, TASK, SETTINGS, "lockstep", PLAN, verdict)
    record = read_run(folder.path)
    assert record.summary is not None
    assert record.summary.verdict == ended
    assert (ended.stage, ended.message[:14]) == ("rehearsal", "nothing moved:")
    assert record.steps == ()
    assert "rehearsal" in [event.kind for event in record.events]
    assert load_rehearsed_raises(folder.path)


def load_rehearsed_raises(folder: Path) -> bool:
    with pytest.raises(DataError):
        load_rehearsed(folder, TASK)
    return True


def test_a_plan_that_is_not_sound_in_the_copy_fails_there(now: Evidence, tmp_path: Path) -> None:
    verdict = failing(now, tmp_path, Plan(TASK, (SkillCall("grasp", {"object": "no_such_thing"}),)))
    assert verdict.cause is Cause.PLAN_INVALID
    assert "in rehearsal: the plan is not sound" in verdict.message


def test_a_scene_that_cannot_be_built_or_does_not_keep_still_is_refused(now: Evidence, tmp_path: Path) -> None:
    shelf = replace(now.scene.objects["bin"], name="shelf", shape="shelf")
    odd = replace(now, scene=replace(now.scene, objects={**now.scene.objects, "shelf": shelf}))
    assert "'shelf' is a shelf" in failing(odd, tmp_path / "a").message
    floating = with_object_at(now, "red_cube", Pose.at(0.4, 0.0, 0.3))
    assert "red_cube does not stay where it is seen" in failing(floating, tmp_path / "b").message
    holding = replace(now, gripper_force_n=20.0, gripper_opening=0.5)
    assert "the gripper holds something" in failing(holding, tmp_path / "c").message


def test_a_rehearsal_is_bounded_by_the_clock_on_the_wall(now: Evidence, tmp_path: Path) -> None:
    verdict = failing(now, tmp_path, limits=RehearsalLimits(30.0, wall_s=1e-6))
    assert verdict.cause is Cause.TIMEOUT
    summary = json.loads((tmp_path / "run" / "rehearsal" / "summary.json").read_text())
    assert summary["verdict"]["cause"] == "timeout"
    with pytest.raises(ValueError, match="permitted: above 0"):
        RehearsalLimits(0.0)


def test_what_is_out_of_sight_is_known_in_rehearsal_too(now: Evidence, tmp_path: Path) -> None:
    # The red cube is in the closed drawer, where no camera of the copy sees it either.
    inside = now.scene.objects["drawer"].pose_object_in_base.transform(np.array([-0.12, 0.0, -0.03]))
    hidden = with_object_at(now, "red_cube", Pose.at(*inside))

    class Begun(Exception):
        pass

    def on_status(status: SessionStatus, _now_s: float) -> None:
        if status.task is not None and status.task.call is not None:
            raise Begun

    opened = replace(PLAN, steps=(SkillCall("open_drawer", {"drawer": "drawer"}), *PLAN.steps))
    with pytest.raises(Begun):
        rehearse(opened, hidden, SETTINGS, run_folder(tmp_path / "run"), LIMITS, on_status)


def test_rehearsed_plan_keeps_goals_and_what_is_ruled_out(now: Evidence, tmp_path: Path) -> None:
    call = SkillCall("move_to", {"target": "red_cube"})
    plan = replace(PLAN, goals=(Goal((), "x", call),), forbidden=(Atom.parse("held(*)"),))
    (tmp_path / "rehearsal").mkdir()
    (tmp_path / "rehearsal" / "rehearsed.json").write_bytes(Rehearsed.of(plan, now.scene).document())
    loaded = load_rehearsed(tmp_path, TASK)
    assert loaded is not None
    assert (loaded.plan.goals, loaded.plan.forbidden) == (plan.goals, plan.forbidden)
