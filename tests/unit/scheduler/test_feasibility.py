"""Feasibility: what counts say of skills, and what planners make of it where they have a choice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scheduler_outcome import RESOURCES
from scheduler_scenes import Case, free_object, make_case, make_scene

from robomatrix_py.contracts.experience import Condition, Counts, Reality
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import Effect, MeasuredSuccess, SkillCall
from robomatrix_py.scheduler.feasibility import (
    Candidate,
    Feasibility,
    FeasibilityConfig,
    class_of_name,
    classes_of,
)
from robomatrix_py.scheduler.planner import SymbolicPlanner
from robomatrix_py.scheduler.practice import Practice
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()
HERE = Condition("ur5e", Reality.SIMULATED, "scripted")
# A second way to get a thing into a container.
TOSS = replace(
    SKILLS["release"],
    name="toss",
    phrases=("fling {object}",),
    preconditions=(Atom("held", ("{object}",)),),
    add_effects=(Effect(Atom("in", ("{object}", "{target}"))), Effect(Atom("gripper_empty"))),
)


def feasibility(counts: Counts, skills: object = SKILLS, **config: object) -> Feasibility:
    assert isinstance(skills, dict)
    return Feasibility(skills, HERE, counts, FeasibilityConfig(**config))  # type: ignore[arg-type]


def plan_of(instruction: str, case: Case, counts: Counts, skills: object = SKILLS, **config: object) -> Plan:
    assert isinstance(skills, dict)
    practice = Practice(feasibility(counts, skills, **config))
    return SymbolicPlanner(skills, RESOURCES, None, practice).plan(instruction, case.scene, case.facts)


def calls(plan: Plan) -> list[str]:
    return [str(step) for step in plan.steps]


def two_cubes() -> Case:
    """The red cube is nearer to the robot."""
    return make_case(make_scene([free_object("red_cube", 0.32, 0.0), free_object("blue_cube", 0.50, -0.1)]))


# What is believed


def test_without_any_trial_nothing_is_known() -> None:
    estimate = feasibility({}).estimate("grasp", ("cube",))
    assert (estimate.posterior.mean, estimate.is_known) == (0.5, False)


def test_trials_of_a_class_count_in_full_and_others_as_a_weak_prior() -> None:
    counts = {("grasp", ("cube",)): (20, 0), ("grasp", ("ball",)): (0, 20)}
    estimates = feasibility(counts)
    cube, ball, egg = (estimates.estimate("grasp", (shape,)) for shape in ("cube", "ball", "egg"))
    assert cube.posterior.mean > 0.8 > 0.2 > ball.posterior.mean
    assert (cube.successes, cube.trials) == (20, 20)
    assert egg.posterior.mean == pytest.approx(0.5), "an unseen class is believed to be like the others together"
    assert egg.posterior.strength == pytest.approx(4.0), "and only as firmly as class_trials"
    anything = estimates.estimate("grasp")
    assert (anything.successes, anything.trials) == (20, 40)


def test_no_trial_counts_twice() -> None:
    estimate = feasibility({("release", ("can", "bin")): (3, 1)}, class_trials=2.0)
    posterior = estimate.estimate("release", ("can", "bin")).posterior
    assert posterior.strength == pytest.approx(2.0 + 4.0)


def test_measured_success_is_a_bounded_prior_that_own_trials_overtake() -> None:
    measured = replace(SKILLS["grasp"], measured=MeasuredSuccess(950, 1000, (0.93, 0.96), "sim"))
    skills = {**SKILLS, "grasp": measured}
    fresh = feasibility({}, skills).estimate("grasp")
    assert fresh.is_known
    assert fresh.posterior.mean == pytest.approx(951 / 1002)
    assert fresh.posterior.strength == pytest.approx(20.0)
    worn = feasibility({("grasp", ("cube",)): (0, 60)}, skills).estimate("grasp")
    assert worn.posterior.mean < 0.3
    learned = Feasibility(skills, replace(HERE, policy="learned")).estimate("grasp")
    assert not learned.is_known, "figures of scripted skills say nothing of learned ones"


def test_a_skill_never_tried_is_believed_to_go_like_the_others_but_not_called_known() -> None:
    good = feasibility({("grasp", ("cube",)): (40, 0), ("open_drawer", ("drawer",)): (10, 0)}).estimate("push")
    bad = feasibility({("grasp", ("cube",)): (0, 40)}).estimate("push")
    assert good.posterior.mean > 0.9 > 0.1 > bad.posterior.mean
    assert good.posterior.strength == pytest.approx(4.0)
    assert not good.is_known


def test_one_good_run_is_enough_to_trust_the_same_plan_again() -> None:
    plan = plan_of("put the red cube in the drawer and close it", two_cubes(), {})
    case = two_cubes()
    once = {(step.skill, classes_of(step, SKILLS[step.skill], case.scene)): (1, 0) for step in plan.steps}
    again = plan_of("put the red cube in the drawer and close it", case, once, below="refuse")
    assert calls(again) == calls(plan)


def test_class_is_the_shape_that_was_perceived_or_else_the_last_word_of_the_name() -> None:
    scene = two_cubes().scene
    call = SkillCall("release", {"object": "red_cube", "target": "bin"})
    assert classes_of(call, SKILLS["release"], scene) == ("cube", "bin")
    assert [class_of_name(name) for name in ("red_cube_2", "drawer", "7")] == ["cube", "drawer", "7"]


# What planners make of it


def test_nearest_is_taken_where_nothing_speaks_against_it() -> None:
    plan = plan_of("pick up a cube", two_cubes(), {})
    assert calls(plan) == ["grasp(red_cube)"]
    assert plan.notes == ("chose red_cube, the nearest to the robot, for 'a cube'",)


def test_of_two_things_the_one_that_needs_fewer_doubtful_steps_is_taken_and_why_is_said() -> None:
    # On the red cube stands a ball, which would have to be taken away first.
    case = make_case(
        make_scene(
            [
                free_object("red_cube", 0.32, 0.0),
                free_object("green_ball", 0.32, 0.0, bottom_z_m=0.042),
                free_object("blue_cube", 0.50, -0.1),
            ]
        )
    )
    counts = {("grasp", ("cube",)): (30, 1), ("grasp", ("ball",)): (5, 25)}
    assert calls(plan_of("pick up a cube", case, counts)) == ["grasp(blue_cube)"]
    plain = SymbolicPlanner(SKILLS, RESOURCES).plan("pick up a cube", case.scene, case.facts)
    assert calls(plain)[0] == "grasp(green_ball)", "without counts the nearest is taken"
    notes = " ".join(plan_of("pick up a cube", case, counts).notes)
    assert "took blue_cube rather than red_cube: 0." in notes
    assert "ur5e, simulated, scripted skills" in notes


@pytest.mark.parametrize(("good", "bad"), [("cube", "ball"), ("ball", "cube")])
def test_of_two_classes_the_one_that_goes_better_is_taken(good: str, bad: str) -> None:
    case = make_case(make_scene([free_object("red_cube", 0.32, 0.0), free_object("red_ball", 0.5, 0.0)]))
    counts = {("grasp", (good,)): (20, 0), ("grasp", (bad,)): (5, 15)}
    assert calls(plan_of("pick up a red thing", case, counts)) == [f"grasp(red_{good})"]


def test_of_two_ways_the_likelier_is_taken() -> None:
    case = make_case(make_scene([free_object("red_cube", 0.4, 0.0)]))
    skills = {**SKILLS, "toss": TOSS}
    toss_fails = {("toss", ("cube", "bin")): (1, 19), ("release", ("cube", "bin")): (19, 1)}
    toss_fails |= {("position_over", ("cube", "bin")): (20, 0), ("grasp", ("cube",)): (20, 0)}
    plan = plan_of("put the red cube in the bin", case, toss_fails, skills)
    assert calls(plan) == ["grasp(red_cube)", "position_over(red_cube, bin)", "release(red_cube, bin)"]
    assert "rather than 'grasp toss'" in " ".join(plan.notes)
    release_fails = toss_fails | {("toss", ("cube", "bin")): (19, 1), ("release", ("cube", "bin")): (1, 19)}
    plan = plan_of("put the red cube in the bin", case, release_fails, skills)
    assert calls(plan) == ["grasp(red_cube)", "toss(red_cube, bin)"]


def test_preference_of_a_model_is_weighed_against_feasibility() -> None:
    scene = two_cubes().scene
    counts = {("grasp", ("cube",)): (18, 0), ("push", ("cube",)): (9, 9)}
    grasp = Plan("x", (SkillCall("grasp", {"object": "red_cube"}),))
    push = Plan("x", (SkillCall("push", {"object": "red_cube", "direction": "left", "distance_m": 0.05}),))
    value = feasibility(counts)
    assert value.choose([Candidate(push, 1.2, "push"), Candidate(grasp, 1.0, "grasp")], scene).steps == grasp.steps
    assert value.choose([Candidate(push, 9.0, "push"), Candidate(grasp, 1.0, "grasp")], scene).steps == push.steps


@pytest.mark.parametrize("below", ["note", "ask", "refuse"])
def test_unlikely_plan_is_noted_asked_about_or_refused(below: str) -> None:
    counts = {("grasp", ("cube",)): (1, 30)}
    plan = plan_of("pick up the red cube", two_cubes(), counts, below=below)
    said = {"note": " ".join(plan.notes), "ask": plan.question, "refuse": plan.refused}[below]
    assert "by earlier runs (ur5e, simulated, scripted skills) this succeeds with a likelihood of 0.0" in said
    assert "the weakest step is grasp(red_cube)" in said
    assert bool(plan.steps) == (below == "note")
    assert bool(plan.cause) == (below != "note")


def test_steps_without_any_record_do_not_make_a_plan_unlikely() -> None:
    plan = plan_of("put the red cube in the drawer and close it", two_cubes(), {}, below="refuse", likely_min=0.9)
    assert len(plan.steps) >= 4
    assert plan.refused == ""


@pytest.mark.parametrize(
    "wrong",
    [{"below": "panic"}, {"likely_min": 1.5}, {"candidates_max": 0}, {"class_trials": 0.0}, {"prior_trials_max": 1.0}],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="permitted"):
        FeasibilityConfig(**wrong)  # type: ignore[arg-type]
