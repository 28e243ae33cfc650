"""The search finds shortest plans, in order, within its bounds."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scheduler_scenes import SCENES, Case, free_object, make_case, make_scene

from robomatrix_py.contracts.errors import PlanError
from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.facts import with_derived
from robomatrix_py.scheduler.grounding import ground, relevant_scene
from robomatrix_py.scheduler.search import search
from robomatrix_py.scheduler.stages import same_call, stages_of, standing
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()
PRESS = SkillCall("press", {"button": "button"})


def goal(*atoms: str, call: SkillCall | None = None) -> Goal:
    """Return a goal from text."""
    return Goal(tuple(Atom.parse(text) for text in atoms), call=call)


def plan(case: Case, *goals: Goal, forbidden: tuple[Atom, ...] = ()) -> list[str]:
    """Return the plan as text."""
    return [str(step) for step in search(goals, case.facts, case.scene, SKILLS, PlannerConfig(), forbidden)]


def carry(name: str, place: str) -> list[str]:
    """Return the steps that bring a thing to a place."""
    return [f"grasp({name})", f"position_over({name}, {place})", f"release({name}, {place})"]


def test_a_thing_goes_into_a_closed_drawer_by_opening_it_before_grasping() -> None:
    assert plan(SCENES["tabletop"](), goal("in(blue_can, drawer)")) == [
        "open_drawer(drawer)",
        *carry("blue_can", "drawer"),
    ]


def test_a_later_stage_that_needs_an_empty_gripper_is_foreseen() -> None:
    case = SCENES["tabletop"]()
    steps = plan(case, goal("held(blue_can)"), goal("in(blue_can, drawer)"), goal("closed(drawer)"))
    assert steps == ["open_drawer(drawer)", *carry("blue_can", "drawer"), "close_drawer(drawer)"]


def test_stages_of_equal_length_are_done_in_the_order_asked() -> None:
    case = SCENES["tabletop"]()
    steps = plan(case, goal("in(green_ball, bin)"), goal("pressed(button)", call=PRESS), goal("open(drawer)"))
    assert steps == [*carry("green_ball", "bin"), "press(button)", "open_drawer(drawer)"]


def test_what_stands_on_the_wanted_thing_goes_to_the_table() -> None:
    assert plan(SCENES["stocked"](), goal("held(yellow_brick)")) == [
        *carry("white_puck", "table"),
        "grasp(yellow_brick)",
    ]


def test_a_tower_is_taken_down_from_the_top() -> None:
    tower = [free_object("red_cube", 0.4, 0.0), free_object("blue_cube", 0.4, 0.0, 0.042)]
    tower += [free_object("green_cube", 0.4, 0.0, 0.084), free_object("white_cube", 0.4, 0.0, 0.126)]
    steps = plan(make_case(make_scene(tower)), goal("in(red_cube, bin)"))
    top_down = [*carry("white_cube", "table"), *carry("green_cube", "table"), *carry("blue_cube", "table")]
    assert steps == [*top_down, *carry("red_cube", "bin")]


def test_what_is_held_goes_to_the_table_when_the_gripper_is_needed() -> None:
    assert plan(SCENES["holding"](), goal("open(drawer)")) == [
        "position_over(red_cube, table)",
        "release(red_cube, table)",
        "open_drawer(drawer)",
    ]


def test_what_was_put_somewhere_is_not_taken_back_to_make_a_later_stage_come_true() -> None:
    case = SCENES["drawer_open"]()
    steps = plan(case, goal("in(green_ball, drawer)"), goal("closed(drawer)"), goal("on(green_ball, table)"))
    assert steps[:4] == [*carry("green_ball", "drawer"), "close_drawer(drawer)"]
    assert steps[4:] == ["open_drawer(drawer)", *carry("green_ball", "table"), "close_drawer(drawer)"]


def test_the_same_call_in_two_stages_is_run_twice() -> None:
    stage = goal("pressed(button)", call=PRESS)
    assert plan(SCENES["tabletop"](), stage, stage) == ["press(button)", "press(button)"]


def test_forbidden_facts_are_avoided() -> None:
    case = SCENES["tabletop"]()
    with pytest.raises(PlanError, match="NO_PLAN"):
        plan(case, goal("in(blue_can, drawer)"), forbidden=(Atom("open", ("*",)),))
    assert plan(case, goal("in(blue_can, bin)"), forbidden=(Atom("open", ("*",)),)) == carry("blue_can", "bin")


@pytest.mark.parametrize(
    "goals",
    [
        [goal("on(red_cube, yellow_brick)"), goal("on(green_ball, yellow_brick)")],
        [goal("held(drawer)")],
        [goal("in(red_cube, button)")],
        [goal("held(red_cube)", "held(green_ball)")],
    ],
)
def test_what_cannot_be_is_said_to_be_so(goals: list[Goal]) -> None:
    with pytest.raises(PlanError) as error:
        plan(SCENES["tabletop"](), *goals)
    assert error.value.code == "PLAN.NO_PLAN"


def test_the_bounds_end_the_search_with_an_error_of_its_own() -> None:
    case = SCENES["tabletop"]()
    goals = [goal(f"in({item}, bin)") for item in ("red_cube", "green_ball", "blue_can", "white_puck")]
    seconds = iter(range(10**6))
    config = PlannerConfig(search_time_max_s=0.1)
    with pytest.raises(PlanError) as error:
        search(goals, case.facts, case.scene, SKILLS, config, clock=lambda: float(next(seconds)))
    assert error.value.code == "PLAN.SEARCH_LIMIT"


def shortest_by_breadth_first(case: Case, goals: list[Goal]) -> int:
    """Return the length of the shortest plan by plain breadth-first search, with no bound to guide it."""
    scene = relevant_scene(goals, case.facts, case.scene)
    actions = ground(SKILLS, goals, scene, ())
    stages = stages_of(goals)

    def advance(facts: frozenset[Atom], stage: int, called: bool, entering: bool) -> tuple[int, bool]:
        while stage < len(stages):
            if not (stages[stage].is_over(facts, called) or (entering and stages[stage].begins_over(facts))):
                break
            stage, called, entering = stage + 1, False, True
        return stage, called

    names = set(scene.objects)
    start = frozenset(a for a in case.facts if a.predicate not in ("clear", "accessible") and set(a.arguments) <= names)
    first = (start, *advance(with_derived(start, scene), 0, False, True))
    waiting, seen = deque([(first, 0)]), {first}
    while waiting:
        (state, stage, called), steps = waiting.popleft()
        facts = with_derived(state, scene)
        if stage == len(stages) and standing(goals) <= facts:
            return steps
        for action in actions:
            if action.needs <= facts:
                after = action.apply(state)
                ran = called or (stage < len(stages) and same_call(action.call, stages[stage].goal.call))
                node = (after, *advance(with_derived(after, scene), stage, ran, False))
                if node not in seen:
                    seen.add(node)
                    waiting.append((node, steps + 1))
    return -1


GOALS = st.sampled_from(
    [
        goal("in(blue_can, drawer)"),
        goal("in(red_cube, bowl)"),
        goal("on(red_cube, table)"),
        goal("in(red_cube, drawer)"),
        goal("open(drawer)"),
        goal("closed(drawer)"),
        goal("held(yellow_brick)"),
        goal("held(red_cube)"),
        goal("on(red_cube, yellow_brick)"),
        goal("pressed(button)", call=PRESS),
        goal("open(drawer)", call=SkillCall("open_drawer", {"drawer": "drawer"})),
        goal("at(bin)", call=SkillCall("move_to", {"target": "bin"})),
    ]
)


@settings(max_examples=80, deadline=None)
@given(scene=st.sampled_from(["stocked", "holding_stocked"]), goals=st.lists(GOALS, min_size=1, max_size=3))
def test_plans_are_as_short_as_breadth_first_search_finds_them(scene: str, goals: list[Goal]) -> None:
    case = SCENES["stocked"]()
    if scene == "holding_stocked":
        lifted = [o for o in case.scene if o.name != "orange_capsule"]
        held = free_object("orange_capsule", 0.4, 0.0, 0.3)
        case = make_case(replace_objects(case, [*lifted, held]), held="orange_capsule")
    expected = shortest_by_breadth_first(case, goals)
    try:
        found = len(plan(case, *goals))
    except PlanError:
        found = -1
    assert found == expected


def replace_objects(case: Case, objects: list) -> object:
    """Return the scene of a case with other objects."""
    return type(case.scene)({item.name: item for item in objects}, case.scene.received_s, case.scene.source)


def test_the_same_question_has_the_same_answer() -> None:
    case = SCENES["tabletop"]()
    goals = [goal("in(red_cube, bin)", "in(blue_can, drawer)"), goal("closed(drawer)")]
    assert plan(case, *goals) == plan(SCENES["tabletop"](), *goals)
