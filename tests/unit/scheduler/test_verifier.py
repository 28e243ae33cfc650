"""The verifier accepts sound plans only, and survives anything."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scheduler_outcome import RESOURCES
from scheduler_scenes import SCENES, Case

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.verifier import Fault, World, verify
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()


def world(case: Case, resources: tuple[str, ...] = RESOURCES, steps_max: int = 20) -> World:
    """Return what plans are judged against in a case."""
    return World(case.scene, case.facts, SKILLS, resources, steps_max)


def call(skill: Any, **arguments: Any) -> SkillCall:
    """Return a skill call."""
    return SkillCall(skill, arguments)


def goal(*atoms: str) -> Goal:
    """Return a goal from text."""
    return Goal(tuple(Atom.parse(text) for text in atoms))


GRASP = call("grasp", object="red_cube")
OVER = call("position_over", object="red_cube", target="bin")
RELEASE = call("release", object="red_cube", target="bin")
TO_BIN = [GRASP, OVER, RELEASE]
TABLETOP = world(SCENES["tabletop"]())


def faults(steps: list[SkillCall], *goals: Goal, in_world: World = TABLETOP, forbidden: tuple[Atom, ...] = ()) -> list:
    """Return step and fault of every rejection."""
    return [(r.step, r.fault) for r in verify(steps, goals, in_world, forbidden)]


def test_a_sound_plan_is_accepted() -> None:
    assert faults(TO_BIN, goal("in(red_cube, bin)")) == []


@pytest.mark.parametrize(
    ("step", "fault", "words"),
    [
        (call("fly"), Fault.UNKNOWN_SKILL, "there are close_drawer, grasp"),
        (call(7), Fault.MALFORMED, "no skill call"),
        (call([]), Fault.MALFORMED, "no skill call"),
        (SkillCall("grasp", None), Fault.MALFORMED, "no skill call"),  # type: ignore[arg-type]
        (SkillCall("grasp", ["red_cube"]), Fault.MALFORMED, "no skill call"),  # type: ignore[arg-type]
        (call("grasp"), Fault.MISSING_ARGUMENT, "grasp needs object"),
        (
            call("grasp", object="red_cube", force=3),
            Fault.UNKNOWN_ARGUMENT,
            "no argument 'force'; it has object",
        ),
        (SkillCall("grasp", {"object": "red_cube", 3: 4}), Fault.UNKNOWN_ARGUMENT, "'3'"),  # type: ignore[dict-item]
        (call("grasp", object=5), Fault.WRONG_TYPE, "grasp.object is '5', an object's name is needed"),
        (call("grasp", object=None), Fault.WRONG_TYPE, "name is needed"),
        (call("grasp", object="unicorn"), Fault.UNKNOWN_OBJECT, "there is no 'unicorn' in the scene"),
        (call("grasp", object="drawer"), Fault.AFFORDANCE, "'drawer' is not movable"),
        (call("open_drawer", drawer="bin"), Fault.AFFORDANCE, "'bin' is not drawer"),
        (call("push", object="red_cube", direction="up"), Fault.CHOICE, "left, right, forward, backward"),
        (call("push", object="red_cube", direction=["left"]), Fault.CHOICE, "permitted: left"),
        (
            call("push", object="red_cube", direction="left", distance_m="far"),
            Fault.WRONG_TYPE,
            "a number is needed",
        ),
        (
            call("push", object="red_cube", direction="left", distance_m=True),
            Fault.WRONG_TYPE,
            "a number is needed",
        ),
        (
            call("push", object="red_cube", direction="left", distance_m=9.0),
            Fault.RANGE,
            "permitted: 0.02 to 0.2 m",
        ),
        (call("push", object="red_cube", direction="left", distance_m=math.nan), Fault.RANGE, "'nan'"),
        (call("push", object="red_cube", direction="left", distance_m=math.inf), Fault.RANGE, "'inf'"),
        (call("push", object="red_cube", direction="left", distance_m=10**500), Fault.RANGE, "beyond 10^18"),
        (call("position_over", object="red_cube", target="red_cube"), Fault.SAME_OBJECT, "'red_cube' twice"),
        (OVER, Fault.PRECONDITION, "held(red_cube)"),
        (call("grasp", object="x" * 10_000), Fault.UNKNOWN_OBJECT, "..."),
        (call("grasp", object="a\nb\x1b[31m"), Fault.UNKNOWN_OBJECT, "\\u000a"),
    ],
)
def test_a_faulty_step_is_rejected_and_named(step: SkillCall, fault: Fault, words: str) -> None:
    rejections = verify([call("press", button="button"), step], [], TABLETOP)
    assert [(r.step, r.fault) for r in rejections] == [(1, fault)]
    assert words in rejections[0].message
    assert str(rejections[0]).startswith("step 2: ")
    assert "\n" not in str(rejections[0])
    assert len(str(rejections[0])) < 300


def test_every_fault_of_a_step_is_told_at_once() -> None:
    step = call("push", object="drawer", direction="up", distance_m=9.0, speed=1)
    assert {fault for _, fault in faults([step])} == {
        Fault.AFFORDANCE,
        Fault.CHOICE,
        Fault.RANGE,
        Fault.UNKNOWN_ARGUMENT,
    }


def test_a_missing_number_takes_its_default() -> None:
    assert faults([call("push", object="red_cube", direction="left")]) == []


def test_preconditions_must_hold_step_by_step() -> None:
    assert faults([GRASP, GRASP]) == [(1, Fault.PRECONDITION)]
    into_drawer = [GRASP, call("position_over", object="red_cube", target="drawer")]
    assert faults(into_drawer) == [(1, Fault.PRECONDITION)]
    assert faults([call("open_drawer", drawer="drawer"), *into_drawer]) == []


def test_the_goal_must_be_reached_and_must_still_hold_at_the_end() -> None:
    assert faults(TO_BIN, goal("in(red_cube, bowl)")) == [(None, Fault.GOAL)]
    assert faults([*TO_BIN, GRASP], goal("in(red_cube, bin)")) == [(None, Fault.GOAL)]
    assert faults([], goal("in(red_cube, bin)")) == [(None, Fault.GOAL)]
    assert faults([], goal("closed(drawer)")) == []


def test_stages_must_be_reached_in_their_order() -> None:
    drawer = {"drawer": "drawer"}
    steps = [call("open_drawer", **drawer), call("close_drawer", **drawer)]
    assert faults(steps, goal("open(drawer)"), goal("closed(drawer)")) == []
    assert faults(steps, goal("closed(drawer)"), goal("open(drawer)")) == [(None, Fault.GOAL)]


def test_a_call_that_was_asked_for_must_be_made_with_its_figures() -> None:
    wanted = call("push", object="red_cube", direction="left", distance_m=0.05)
    stage = Goal((Atom("pushed", ("red_cube", "left")),), call=wanted)
    assert faults([wanted], stage) == []
    assert faults([call("push", object="red_cube", direction="left", distance_m=0.06)], stage) == [(None, Fault.GOAL)]


def test_too_many_steps_are_refused_before_any_other_work() -> None:
    many = [call("press", button="button")] * 1_000_000
    assert faults(many) == [(None, Fault.TOO_MANY_STEPS)]


def test_a_robot_without_a_resource_cannot_run_the_skill() -> None:
    case = SCENES["tabletop"]()
    assert faults([GRASP], in_world=world(case, resources=("arm",))) == [(0, Fault.RESOURCE)]


def test_what_does_not_fit_is_rejected_with_figures() -> None:
    bottle = {"object": "purple_bottle"}
    steps = [call("open_drawer", drawer="drawer"), call("grasp", **bottle)]
    steps += [call("position_over", **bottle, target="drawer"), call("release", **bottle, target="drawer")]
    (rejection,) = verify(steps, [], TABLETOP)
    assert (rejection.step, rejection.fault) == (3, Fault.SIZE)
    assert "100 mm high and there is room for 80 mm" in rejection.message


def test_what_was_ruled_out_is_rejected() -> None:
    steps = [call("open_drawer", drawer="drawer")]
    assert faults(steps, forbidden=(Atom("open", ("*",)),)) == [(0, Fault.FORBIDDEN)]


NAMES = st.sampled_from([*SKILLS, "fly", "", "grasp "])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*TABLETOP.scene.objects]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
ARGUMENT_NAMES = st.sampled_from(["object", "target", "drawer", "button", "direction", "distance_m", "x"])
CALLS = st.builds(
    SkillCall,
    NAMES | VALUES,  # type: ignore[arg-type]
    st.dictionaries(ARGUMENT_NAMES | st.text(max_size=3), VALUES, max_size=4) | VALUES,  # type: ignore[arg-type]
)


@settings(max_examples=300, deadline=None)
@given(steps=st.lists(CALLS | VALUES, max_size=6))
def test_garbage_never_crashes_the_verifier(steps: list[Any]) -> None:
    rejections = verify(steps, [goal("in(red_cube, bin)")], TABLETOP)
    assert rejections
    assert all(rejection.message and "\n" not in rejection.message for rejection in rejections)


PLAUSIBLE = st.sampled_from(
    [
        GRASP,
        OVER,
        RELEASE,
        call("grasp", object="green_ball"),
        call("position_over", object="green_ball", target="bowl"),
        call("release", object="green_ball", target="bowl"),
        call("open_drawer", drawer="drawer"),
        call("close_drawer", drawer="drawer"),
        call("press", button="button"),
        call("move_to", target="bin"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(steps=st.lists(PLAUSIBLE, max_size=8))
def test_an_accepted_plan_never_grasps_with_a_full_gripper_or_reaches_into_a_closed_drawer(
    steps: list[SkillCall],
) -> None:
    if verify(steps, [], TABLETOP):
        return
    held = ""
    for step in steps:
        if step.skill == "grasp":
            assert held == ""
            held = str(step.arguments["object"])
        elif step.skill == "release":
            assert held == step.arguments["object"]
            held = ""
        elif step.skill in ("open_drawer", "close_drawer", "press"):
            assert held == ""
