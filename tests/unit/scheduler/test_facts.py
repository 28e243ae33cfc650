"""Facts from evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scheduler_scenes import SCENES, Case, free_object, make_case, make_evidence, make_scene

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.scheduler.config import FactsConfig
from robomatrix_py.scheduler.facts import derive_facts, held_object, upright_extents_m, with_derived


def has(case: Case, text: str) -> bool:
    """Return whether a fact holds in a case."""
    return Atom.parse(text) in case.facts


@pytest.mark.parametrize(
    ("scene", "holds", "fails"),
    [
        (
            "tabletop",
            ["on(red_cube, table)", "clear(red_cube)", "accessible(red_cube)", "gripper_empty()"],
            [],
        ),
        ("tabletop", ["closed(drawer)", "accessible(bin)"], ["open(drawer)", "accessible(drawer)"]),
        ("drawer_open", ["open(drawer)", "accessible(drawer)"], ["closed(drawer)"]),
        ("stocked", ["in(blue_can, drawer)"], ["accessible(blue_can)", "on(blue_can, table)"]),
        (
            "stocked",
            ["in(red_cube, bowl)", "in(green_ball, bin)"],
            ["on(red_cube, table)", "on(green_ball, table)"],
        ),
        ("stocked", ["on(white_puck, yellow_brick)"], ["on(white_puck, table)", "clear(yellow_brick)"]),
        ("stocked", ["on(yellow_brick, table)"], ["accessible(yellow_brick)"]),
        ("holding", ["held(red_cube)"], ["gripper_empty()", "on(red_cube, table)"]),
    ],
)
def test_facts_of_a_scene(scene: str, holds: list[str], fails: list[str]) -> None:
    case = SCENES[scene]()
    assert [text for text in holds if not has(case, text)] == []
    assert [text for text in fails if has(case, text)] == []


@pytest.mark.parametrize(
    ("opening_m", "state"),
    [(0.0, "closed"), (0.012, "closed"), (0.03, ""), (0.079, ""), (0.08, "open"), (0.16, "open")],
)
def test_a_drawer_half_open_is_neither_open_nor_closed(opening_m: float, state: str) -> None:
    case = make_case(make_scene([], opening_m))
    states = {atom.predicate for atom in case.facts if atom.arguments == ("drawer",)} & {"open", "closed"}
    assert states == ({state} if state else set())


def test_a_drawer_that_does_not_tell_its_travel_has_the_configured_one() -> None:
    scene = make_scene([], 0.1)
    drawer = replace(scene.objects["drawer"], states={"opening_m": 0.1})
    evidence = make_evidence(Scene({"drawer": drawer}, 1.0, "test"))
    assert Atom("open", ("drawer",)) in derive_facts(evidence)
    assert Atom("open", ("drawer",)) not in derive_facts(evidence, FactsConfig(drawer_travel_m=0.3))


@pytest.mark.parametrize(("force_n", "opening"), [(0.0, 0.5), (20.0, 0.01)])
def test_a_gripper_without_force_or_quite_closed_is_empty(force_n: float, opening: float) -> None:
    case = SCENES["holding"]()
    evidence = replace(case.evidence, gripper_force_n=force_n, gripper_opening=opening)
    assert Atom("gripper_empty") in derive_facts(evidence)
    assert held_object(evidence) == ""


def test_a_gripper_that_presses_on_something_unknown_is_neither_empty_nor_holding() -> None:
    evidence = replace(SCENES["holding"]().evidence, tool_position_m=(0.2, 0.3, 0.4))
    facts = derive_facts(evidence)
    assert Atom("gripper_empty") not in facts
    assert not any(atom.predicate == "held" for atom in facts)


def test_of_two_things_at_the_tool_the_nearer_one_is_held() -> None:
    objects = [free_object("red_cube", 0.4, 0.0, 0.2), free_object("blue_can", 0.4, 0.06, 0.2)]
    evidence = replace(make_evidence(make_scene(objects), held="red_cube"))
    assert held_object(evidence) == "red_cube"


def test_facts_follow_the_truth_of_stacks_in_open_and_closed_drawers() -> None:
    scene = make_scene([free_object("red_can", 0.4, 0.0), free_object("red_puck", 0.3, 0.0)])
    base = {Atom("in", ("red_can", "drawer")), Atom("on", ("red_puck", "red_can"))}
    shut = with_derived({*base, Atom("closed", ("drawer",))}, scene)
    assert Atom("accessible", ("red_puck",)) not in shut
    opened = with_derived({*base, Atom("open", ("drawer",))}, scene)
    assert Atom("accessible", ("red_puck",)) in opened
    assert Atom("accessible", ("red_can",)) not in opened
    assert Atom("clear", ("red_puck",)) in opened


def test_derived_facts_that_are_given_are_not_believed() -> None:
    scene = make_scene([])
    lie = Atom("accessible", ("drawer",))
    assert lie not in with_derived({lie, Atom("closed", ("drawer",))}, scene)


def test_things_side_by_side_do_not_stand_on_each_other() -> None:
    case = make_case(make_scene([free_object("red_cube", 0.40, 0.0), free_object("blue_cube", 0.43, 0.0)]))
    assert not any(atom.predicate == "on" and atom.arguments[1] != "table" for atom in case.facts)


def test_a_ball_is_as_high_as_it_is_wide_however_it_lies() -> None:
    ball = free_object("green_ball", 0.4, 0.0)
    half = np.sqrt(0.5)
    rolled = replace(ball, pose_object_in_base=Pose(ball.position_m, np.array([half, 0, 0, half])))
    assert upright_extents_m(rolled) == pytest.approx((0.047, 0.047, 0.047))


def test_a_bottle_on_its_side_is_low() -> None:
    bottle = free_object("purple_bottle", 0.4, 0.0)
    half = np.sqrt(0.5)
    lying = replace(bottle, pose_object_in_base=Pose(bottle.position_m, np.array([half, 0, 0, half])))
    assert upright_extents_m(lying) == pytest.approx((0.100, 0.044, 0.044))
