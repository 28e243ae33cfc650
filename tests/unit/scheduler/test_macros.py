"""Macro-skills: saved from verified runs only, checked like code, expanded and verified like any plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scheduler_outcome import RESOURCES
from scheduler_scenes import Case, free_object, make_case, make_scene

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError, PlanError
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.records import EventRecord, RunSummary, StepRecord
from robomatrix_py.data.run_reader import RunRecord, read_run
from robomatrix_py.data.scene_record import scene_to_json
from robomatrix_py.runtime.macro_saving import macro_from_run
from robomatrix_py.scheduler.macros import Macro
from robomatrix_py.scheduler.planner import SymbolicPlanner
from robomatrix_py.scheduler.practice import Practice
from robomatrix_py.settings.macros import load_macros, read_macro, write_macro
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()
TASK = "put the blue can in the drawer and close it"
CALLS = ("open_drawer", "grasp", "position_over", "release", "close_drawer")


def tabletop(*names: str, drawer_m: float = 0.0) -> Case:
    """Return a scene with objects in a row that goes away from the robot."""
    return make_case(make_scene([free_object(n, 0.3 + 0.1 * i, 0.0) for i, n in enumerate(names)], drawer_m))


def finished_run(folder: Path, verdict: Verdict | None = None, *, events: tuple[str, ...] = ()) -> RunRecord:
    """Write the folder of a run of TASK as a real run does, and read it back."""
    case = tabletop("blue_can", "red_cube")
    plan = SymbolicPlanner(SKILLS, RESOURCES).plan(TASK, case.scene, case.facts)
    assert tuple(step.skill for step in plan.steps) == CALLS
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(json.dumps(plan.to_json()))
    (folder / "scene.json").write_text(json.dumps(scene_to_json(case.scene)))
    (folder / "config.yaml").write_text("{robot: ur5e, skills: {policy: scripted}}")
    lines = [
        StepRecord(i, 1, step.skill, step.arguments, "", 0.0, 1.0, verdict=Verdict.success("seen")).to_json()
        for i, step in enumerate(plan.steps)
    ]
    (folder / "steps.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = [EventRecord(0.0, "run_started", "runtime", "", {"reality": "simulated"})]
    told += [EventRecord(1.0, kind, "scheduler") for kind in events]
    (folder / "events.jsonl").write_text("".join(json.dumps(event.to_json()) + "\n" for event in told))
    ended = verdict or Verdict.success("all there")
    summary = RunSummary(TASK, ended, 9.0, 5, 5, 0, "ur5e", "tabletop", "symbolic", "sim_truth", "lockstep", "")
    (folder / "summary.json").write_text(json.dumps(summary.to_json()))
    return read_run(folder)


@pytest.fixture(scope="module")
def macro(tmp_path_factory: pytest.TempPathFactory) -> Macro:
    record = finished_run(tmp_path_factory.mktemp("runs") / "run")
    return macro_from_run(record, "stow_can", ["stow the can", "stow {can}"], SKILLS)


def say(instruction: str, case: Case, macro: Macro, skills: Mapping[str, Any] = SKILLS) -> Plan:
    planner = SymbolicPlanner(skills, RESOURCES, None, Practice(macros={macro.name: macro}))
    return planner.plan(instruction, case.scene, case.facts)


def calls(plan: Plan) -> list[str]:
    return [str(step) for step in plan.steps]


# Saving


def test_things_become_parameters_by_what_they_are(macro: Macro) -> None:
    assert [str(step) for step in macro.steps][1:4] == [
        "grasp({can})", "position_over({can}, {drawer})", "release({can}, {drawer})"
    ]  # fmt: skip
    described = {p.spec.name: (p.color, p.shape, sorted(p.spec.accepts)) for p in macro.parameters}
    assert described == {"can": ("blue", "can", ["movable"]), "drawer": ("", "drawer", ["container", "drawer"])}
    assert macro.is_verified
    assert macro.record is not None
    assert macro.record.steps[1] == "grasp(blue_can): seen"
    assert str(macro.record.condition) == "ur5e, simulated, scripted skills"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda run: (run / "summary.json").unlink(), "cut off"),
        (lambda run: (run / "plan.json").unlink(), "no step to save"),
        (lambda run: (run / "steps.jsonl").write_text(""), r"step 1, open_drawer\(drawer\), was not confirmed"),
        (
            lambda run: (run / "steps.jsonl").write_text((run / "steps.jsonl").read_text().replace("succeeded", "x")),
            "was not confirmed",
        ),
        (
            lambda run: (run / "steps.jsonl").write_text((run / "steps.jsonl").read_text().replace("blue", "red")),
            "step 2, grasp.blue_can., was not confirmed",
        ),
    ],
)
def test_an_unverified_run_is_refused(tmp_path: Path, spoil: Any, why: str) -> None:
    finished_run(tmp_path / "run")
    spoil(tmp_path / "run")
    with pytest.raises(PlanError, match=why) as caught:
        macro_from_run(read_run(tmp_path / "run"), "stow_can", [], SKILLS)
    assert caught.value.code == "PLAN.NOT_VERIFIED"


def test_a_failed_run_and_one_whose_plan_was_changed_are_refused(tmp_path: Path) -> None:
    failed = finished_run(tmp_path / "a", Verdict.failure(Cause.VERDICT_FAILED, "not there", "task"))
    with pytest.raises(PlanError, match="the run ended as failed: not there"):
        macro_from_run(failed, "stow_can", [], SKILLS)
    changed = finished_run(tmp_path / "b", events=("replanned",))
    with pytest.raises(PlanError, match="changed on the way"):
        macro_from_run(changed, "stow_can", [], SKILLS)


@pytest.mark.parametrize(
    ("name", "phrase", "code"),
    [
        ("grasp", "stow it", "CONFIG.NAME_CLASH"),
        ("Stow Can", "stow it", "CONFIG.NAME"),
        ("../../etc", "stow it", "CONFIG.NAME"),
        ("stop_here", "stow it", "CONFIG.NAME"),
        ("x" * 41, "stow it", "CONFIG.NAME"),
        ("stow", "pick up {can}", "CONFIG.PHRASE_CLASH"),
        ("stow", "pick up the {can}", "CONFIG.PHRASE_CLASH"),
        ("stow", "stop the robot", "CONFIG.PHRASE"),
        ("stow", "stow (a|b)", "CONFIG.PHRASE"),
        ("stow", "{can}", "CONFIG.PHRASE"),
        ("stow", "", "CONFIG.PHRASE"),
        ("stow", "stow " * 13, "CONFIG.PHRASE"),
        ("stow", "stow\x1b[2J", "CONFIG.PHRASE"),
    ],
)
def test_names_and_phrases_that_cannot_be_used_are_refused(tmp_path: Path, name: str, phrase: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        macro_from_run(finished_run(tmp_path / "run"), name, [phrase], SKILLS)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


# Using


@pytest.mark.parametrize("words", ["stow the can", "please stow can", "stow_can", "do stow can", "stow the blue can"])
def test_phrase_and_name_are_understood_and_verified_as_any_plan(macro: Macro, words: str) -> None:
    plan = say(words.replace("_", " "), tabletop("blue_can", "red_cube"), macro)
    assert [step.skill for step in plan.steps] == list(CALLS), plan
    assert calls(plan)[1] == "grasp(blue_can)"
    assert "5 steps verified in run run (ur5e, simulated, scripted skills)" in " ".join(plan.notes)


def test_other_things_can_be_named_and_that_is_said(macro: Macro) -> None:
    plan = say("stow the red cube, then press the button", tabletop("blue_can", "red_cube"), macro)
    assert calls(plan)[1] == "grasp(red_cube)"
    assert calls(plan)[-1] == "press(button)"
    assert "'stow_can' was verified with a can, not with a cube" in plan.notes


def test_steps_that_the_present_scene_needs_or_does_not_need_are_found_by_the_search(macro: Macro) -> None:
    opened = say("stow the can", tabletop("blue_can", drawer_m=0.16), macro)
    assert [step.skill for step in opened.steps] == list(CALLS)[1:]
    covered = make_case(
        make_scene([free_object("blue_can", 0.4, 0.0), free_object("green_ball", 0.4, 0.0, bottom_z_m=0.066)])
    )
    plan = say("stow the can", covered, macro)
    assert "release(green_ball, table)" in calls(plan)
    assert calls(plan)[-3:] == ["position_over(blue_can, drawer)", "release(blue_can, drawer)", "close_drawer(drawer)"]


def test_what_is_not_seen_is_refused_or_asked_about(macro: Macro) -> None:
    missing = say("stow the can", tabletop("red_cube"), macro)
    assert (missing.steps, missing.cause) == ((), "unknown_object")
    assert "no 'blue can' is seen, which macro-skill 'stow_can' needs" in missing.refused
    other = say("stow the can", tabletop("red_can"), macro)
    assert "no 'blue can' is seen for macro-skill 'stow_can'; which one instead: red_can?" in other.question


def test_of_several_that_fit_the_nearest_is_taken_and_said(macro: Macro) -> None:
    plan = say("stow the can", tabletop("red_cube", "blue_can_2", "blue_can"), macro)
    assert calls(plan)[1] == "grasp(blue_can_2)"
    assert "chose blue_can_2, the nearest to the robot, for 'blue can'" in plan.notes


def test_a_thing_that_does_not_fit_is_refused_by_the_verifier(macro: Macro) -> None:
    plan = say("stow the yellow bottle", tabletop("blue_can", "yellow_bottle"), macro)
    assert plan.steps == ()
    assert plan.refused


def test_a_missing_skill_is_named(macro: Macro) -> None:
    fewer = {name: skill for name, skill in SKILLS.items() if name != "close_drawer"}
    plan = say("stow the can", tabletop("blue_can"), macro, fewer)
    assert plan.refused == "macro-skill 'stow_can' needs 'close_drawer', which is not among the skills"


def test_a_task_of_the_same_words_yields_to_the_phrase_that_the_user_chose(macro: Macro) -> None:
    case = tabletop("blue_can")
    tidy = replace(macro, name="tidy", phrases=("clear the table",))
    without = SymbolicPlanner(SKILLS, RESOURCES).plan("clear the table", case.scene, case.facts)
    assert [step.skill for step in without.steps] != list(CALLS)
    assert [step.skill for step in say("clear the table", case, tidy).steps] == list(CALLS)


def test_a_record_speaks_only_of_the_steps_that_were_verified(macro: Macro) -> None:
    shorter = replace(macro, steps=macro.steps[:4])
    assert not shorter.is_verified
    plan = say("stow the can", tabletop("blue_can"), shorter)
    assert "was changed after it was verified" in " ".join(plan.notes)
    by_hand = replace(macro, record=None)
    assert "written by hand" in " ".join(say("stow the can", tabletop("blue_can"), by_hand).notes)


def test_a_macro_takes_no_more_stages_than_an_instruction(macro: Macro) -> None:
    words = ", ".join(["stow the can"] * 6)
    plan = say(words, tabletop("blue_can"), macro)
    assert plan.steps == ()
    assert "at most 24" in plan.refused


# Files


def test_what_is_written_is_read_back(macro: Macro, tmp_path: Path) -> None:
    own = f"{tmp_path}/macros"
    path = write_macro(macro, own, replace_old=False)
    assert read_macro(path, SKILLS) == macro
    assert load_macros(own, SKILLS) == ({"stow_can": macro}, [])
    with pytest.raises(ConfigError, match="add --replace"):
        write_macro(macro, own, replace_old=False)
    assert write_macro(replace(macro, summary="new"), own, replace_old=True) == path
    assert read_macro(path, SKILLS).summary == "new"


def test_a_macro_written_by_hand_needs_few_lines(tmp_path: Path) -> None:
    path = tmp_path / "ring" / "macro.yaml"
    path.parent.mkdir()
    path.write_text(
        """
name: ring
summary: Press the button and push a thing aside.
phrases: ["ring for {thing}"]
parameters:
  thing: {accepts: [movable]}
  far_m: {type: number, minimum: 0.03, maximum: 0.1, unit: m, default: 0.05}
steps:
  - {skill: press, arguments: {button: button}}
  - {skill: push, arguments: {object: "{thing}", direction: left, distance_m: "{far_m}"}}
"""
    )
    plan = say("ring for the red cube", tabletop("red_cube"), read_macro(path, SKILLS))
    assert calls(plan) == ["press(button)", "push(red_cube, left, 0.05)"]


HEAD = "name: a\nsummary: b\n"
STEP = "steps: [{skill: press, arguments: {button: button}}]\n"
HOSTILE = {
    "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(12))
    + HEAD
    + "phrases: *m\n"
    + STEP,
    "python": HEAD + "steps: !!python/object/apply:os.system ['touch hacked']\n",
    "not yaml": "{",
    "binary": "\x00\x01",
    "list": "[1, 2]",
    "unknown key": HEAD + STEP + "shell: rm\n",
    "no steps": HEAD + "steps: []\n",
    "too many steps": HEAD + "steps:\n" + "  - {skill: press, arguments: {button: button}}\n" * 25,
    "unknown skill": HEAD + "steps: [{skill: fly}]\n",
    "macro in a macro": HEAD + "steps: [{skill: a}]\n",
    "unknown argument": HEAD + "steps: [{skill: press, arguments: {button: button, force_n: 900}}]\n",
    "missing argument": HEAD + "steps: [{skill: press}]\n",
    "range": HEAD + "steps: [{skill: push, arguments: {object: red_cube, direction: left, distance_m: 9}}]\n",
    "choice": HEAD + "steps: [{skill: push, arguments: {object: red_cube, direction: up, distance_m: 0.05}}]\n",
    "number as text": HEAD + "steps: [{skill: push, arguments: {object: a, direction: left, distance_m: far}}]\n",
    "no such parameter": HEAD + 'steps: [{skill: press, arguments: {button: "{knob}"}}]\n',
    "parameter unused": HEAD + STEP + "parameters: {knob: {accepts: [button]}}\n",
    "parameter does not fit": HEAD
    + 'steps: [{skill: press, arguments: {button: "{knob}"}}]\nparameters: {knob: {accepts: [movable]}}\n',
    "phrase names nothing": HEAD + STEP + 'phrases: ["ring {x}"]\n',
    "pattern in phrase": HEAD + STEP + 'phrases: ["ring [the|a] <where>"]\n',
    "failed record": HEAD
    + STEP
    + "record: {run: r, instruction: i, robot: ur5e, reality: real, policy: scripted, planner: p, perception: s,"
    + " outcome: failed, message: m, duration_s: 1, steps: [], saved: x, robomatrix: y, sha256: z}\n",
    "long summary": f"name: a\nsummary: {'b' * 400}\n{STEP}",
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_and_wrong_files_are_left_out_with_one_line(name: str, macro: Macro, tmp_path: Path) -> None:
    own = f"{tmp_path}/macros"
    write_macro(macro, own, replace_old=False)
    bad = tmp_path / "macros" / "bad" / "macro.yaml"
    bad.parent.mkdir()
    bad.write_text(HOSTILE[name])
    found, faults = load_macros(own, SKILLS)
    assert list(found) == ["stow_can"], "the others stay usable"
    (fault,) = faults
    assert str(bad) in str(fault)
    assert "\n" not in str(fault)
    assert len(str(fault)) < 1500
    assert not Path("hacked").exists()


def test_two_of_one_name_or_phrase_are_not_both_used(macro: Macro, tmp_path: Path) -> None:
    own = f"{tmp_path}/macros"
    write_macro(macro, own, replace_old=False)
    write_macro(replace(macro, name="twin", phrases=("stow a can",)), own, replace_old=False)
    found, faults = load_macros(own, SKILLS)
    assert list(found) == ["stow_can"]
    assert [fault.code for fault in faults] == ["CONFIG.NAME_CLASH"]
