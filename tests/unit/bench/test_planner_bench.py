"""The planner benchmark: its world, its validators, its tasks, and that it sees a planner's mistakes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from robomatrix_py.bench.planning.expected import Expected, carry_out, what_is_wrong
from robomatrix_py.bench.planning.measure import (
    FIRST_PUBLISHED_SEED,
    measure_planner,
    score,
    table_of,
    wordings_of,
)
from robomatrix_py.bench.planning.table import Tabletop
from robomatrix_py.bench.planning.tasks import KINDS, Level, draw_task
from robomatrix_py.bench.planning.typing_errors import misspell
from robomatrix_py.bench.planning.wordings_development import DEVELOPMENT
from robomatrix_py.bench.planning.wordings_held_out import HELD_OUT
from robomatrix_py.bench.planning.world import Body, SymbolicWorld
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.facts import derive_facts
from robomatrix_py.scheduler.planner import SymbolicPlanner
from robomatrix_py.settings.skills import load_skills

PLANNER = SymbolicPlanner(load_skills(), ("arm", "gripper"))
SEEDS = range(100)
RIGHT = "put the yellow capsule in the bin"


def call(text: str) -> SkillCall:
    """Return the call written as ``skill(name=value, ...)``."""
    skill, _, rest = text.rstrip(")").partition("(")
    pairs = (part.split("=") for part in rest.split(", ") if part)
    return SkillCall(skill, {name: float(value) if name == "distance_m" else value for name, value in pairs})


def a_world(held: str = "", open_drawer: bool = False) -> SymbolicWorld:
    cube = Body(movable=True, holds="on", size_m=(0.04, 0.04, 0.04))
    bodies = {
        "red_cube": cube,
        "blue_cube": cube,
        "bottle": Body(movable=True, size_m=(0.04, 0.04, 0.1)),
        "table": Body(holds="on"),
        "bin": Body(holds="in", room_m=(0.2, 0.2, 0.08)),
        "drawer": Body(holds="in", drawer=True, room_m=(0.2, 0.2, 0.08)),
        "button": Body(button=True),
    }
    places = {"red_cube": ("on", "table"), "blue_cube": ("on", "red_cube"), "bottle": ("on", "table")}
    return SymbolicWorld(bodies, places, held, ("drawer",) if open_drawer else ())


PUT_BLUE = (
    "grasp(object=blue_cube)",
    "position_over(object=blue_cube, target=bin)",
    "release(object=blue_cube, target=bin)",
)


def test_a_sound_plan_is_carried_out() -> None:
    world = a_world()
    states, why_not = carry_out([call(text) for text in PUT_BLUE], world)
    assert why_not == ""
    assert Atom("in", ("blue_cube", "bin")) in states[-1]
    assert Atom("held", ("blue_cube",)) in states[1]


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (("grasp(object=red_cube)",), "stands on red_cube"),
        (("grasp(object=bin)",), "cannot be gripped"),
        (("grasp(object=unicorn)",), "there is no unicorn"),
        (("grasp(object=bottle)", "press(button=button)"), "the gripper holds bottle"),
        (("grasp(object=bottle)", "position_over(object=bottle, target=drawer)"), "drawer is closed"),
        (("grasp(object=bottle)", "release(object=bottle, target=bin)"), "is not held over"),
        (("position_over(object=bottle, target=bin)",), "is not held"),
        (("push(object=bottle, direction=up)",), "out of range"),
        (("push(object=bottle, direction=left, distance_m=3)",), "out of range"),
        (("open_drawer(drawer=bin)",), "is no drawer"),
        (("grasp(thing=bottle)",), "takes object"),
        (("explode()",), "no skill"),
        (
            (
                "open_drawer(drawer=drawer)",
                "grasp(object=bottle)",
                "position_over(object=bottle, target=drawer)",
                "release(object=bottle, target=drawer)",
            ),
            "does not fit",
        ),
    ],
)
def test_the_world_stops_a_plan_that_cannot_be_carried_out(steps: Sequence[str], why: str) -> None:
    _, why_not = carry_out([call(text) for text in steps], a_world())
    assert why in why_not


def judged(expected: Expected, *steps: str) -> str:
    world = a_world()
    states, why_not = carry_out([call(text) for text in steps], world)
    assert why_not == ""
    return what_is_wrong(expected, states, world)


def test_validators_see_what_is_missing_and_what_nobody_asked_for() -> None:
    there = Atom("in", ("blue_cube", "bin"))
    assert judged(Expected(holds=frozenset({there})), *PUT_BLUE) == ""
    assert "does not hold" in judged(Expected(holds=frozenset({Atom("open", ("drawer",))})), *PUT_BLUE)
    assert "nobody asked" in judged(Expected(), *PUT_BLUE)
    assert "nobody asked" in judged(Expected(holds=frozenset({there})), "open_drawer(drawer=drawer)", *PUT_BLUE)
    assert "holds" in judged(Expected(lacks=frozenset({Atom("in", ("*", "bin"))})), *PUT_BLUE)
    assert "done: pressed" in judged(Expected(), "press(button=button)")
    assert "instead of 2" in judged(Expected(exactly=(2, frozenset({there}))), *PUT_BLUE)


def test_the_ordered_validator_sees_the_wrong_order() -> None:
    pressed, there = Atom("pressed", ("button",)), Atom("in", ("blue_cube", "bin"))
    first = Expected(holds=frozenset({there}), deeds=(pressed,), order=(pressed, there))
    assert judged(first, "press(button=button)", *PUT_BLUE) == ""
    assert "in its turn" in judged(first, *PUT_BLUE, "press(button=button)")


def test_a_push_goes_as_far_as_was_said() -> None:
    expected = Expected(deeds=(Atom("pushed", ("bottle", "left")),), distance_m=0.1)
    assert judged(expected, "push(object=bottle, direction=left, distance_m=0.1)") == ""
    assert "not by" in judged(expected, "push(object=bottle, direction=left)")


def test_no_sentence_is_in_both_sets_of_wordings() -> None:
    def plain(text: str) -> str:
        return re.sub(r"[^a-z{}_ ]", "", text.lower()).strip()

    developed = {plain(text) for texts in DEVELOPMENT.said.values() for text in texts}
    held_out = {plain(text) for texts in HELD_OUT.said.values() for text in texts}
    assert set(DEVELOPMENT.said) == set(HELD_OUT.said) == set(KINDS)
    # What has no letters, or is nothing but the slot, is the same for everybody.
    assert {text for text in developed & held_out if re.search(r"[a-z]{2}", text.replace("{", " {"))} <= set()
    assert not set(DEVELOPMENT.new_things) & set(HELD_OUT.new_things)
    assert sum(map(len, DEVELOPMENT.said.values())) >= 150
    assert sum(map(len, HELD_OUT.said.values())) >= 300


def test_published_seeds_draw_from_the_held_out_wordings() -> None:
    assert wordings_of(FIRST_PUBLISHED_SEED - 1) is DEVELOPMENT
    assert wordings_of(FIRST_PUBLISHED_SEED) is HELD_OUT


def test_the_same_seed_draws_the_same_task() -> None:
    for seed in (0, 3, 1007, 1300):
        one, other = (draw_task(seed, wordings_of(seed)) for _ in range(2))
        assert (one.said, one.kind, one.expected) == (other.said, other.kind, other.expected)
        assert set(one.table.scene().objects) == set(other.table.scene().objects)


@pytest.mark.parametrize("first", [0, FIRST_PUBLISHED_SEED])
def test_the_sensors_report_the_world_that_plans_are_carried_out_in(first: int) -> None:
    for seed in range(first, first + 60):
        task = draw_task(seed, wordings_of(seed))
        told = {a for a in derive_facts(task.table.evidence()) if a.predicate in ("in", "on", "held", "open", "closed")}
        true = {a for a in task.table.world().facts if a.predicate in ("in", "on", "held", "open", "closed")}
        assert told == true, task.said
        assert "{" not in task.said


def test_typing_errors_are_small() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        wrong = misspell(RIGHT, rng)
        words = zip(wrong.split(), RIGHT.split(), strict=True)
        assert all(abs(len(a) - len(b)) <= 1 and a[0] == b[0] for a, b in words)


def test_the_symbolic_planner_solves_development_tasks() -> None:
    figures = measure_planner(PLANNER, SEEDS, repeats=1)
    rates = {level: row["right"]["rate"] for level, row in figures["levels"].items()}
    assert rates["1"] >= 0.95
    assert rates["2"] >= 0.95
    assert rates["3"] >= 0.9
    assert rates["4"] >= 0.95
    assert all(count["accepted"] == 0 for count in figures["accepted_at_level_5"].values())
    assert figures["plans_that_cannot_be_carried_out"] == 0
    assert figures["plan_time_by_size"]["50"]["plans_of_12_steps"]["rate"] == 1.0
    assert "| 4 long |" in table_of(figures)


class Reckless:
    """A planner that does the symbolic planner's plan without its first step, and anything else at once."""

    name = "reckless"

    def plan(self, instruction: str, scene: Scene, facts: frozenset[Atom]) -> Plan:
        plan = PLANNER.plan(instruction, scene, facts)
        if plan.question or plan.refused:
            return replace(plan, question="", refused="", steps=(SkillCall("press", {"button": "button"}),))
        return replace(plan, steps=plan.steps[1:])

    def replan(self, plan: Plan, *_: object) -> Plan:
        return plan


class Broken(Reckless):
    """A planner that fails."""

    def plan(self, *_: object) -> Plan:
        raise RuntimeError("broken")


def test_a_reckless_planner_is_found_out() -> None:
    scores = [score(Reckless(), draw_task(seed, DEVELOPMENT)) for seed in range(40)]
    last = [one for one in scores if one.task.level is Level.NOT_TO_BE_DONE]
    assert all(one.fault and one.accepted for one in last)
    acted = [one for one in scores if one.task.level in (Level.COMPOSED, Level.LONG) and one.plan.steps]
    assert acted
    assert all(one.fault for one in acted)
    assert any(one.broken for one in acted)


def test_a_planner_that_fails_loses_the_task_and_not_the_measurement() -> None:
    assert "crashed" in score(Broken(), draw_task(0, DEVELOPMENT)).fault


def test_a_large_table_has_room_for_fifty_things() -> None:
    table = Tabletop(np.random.default_rng(0), DEVELOPMENT, 9, 9)
    table.fill(50)
    assert len(table.things) == 50
    assert all(Atom("on", (name, "table")) in derive_facts(table.evidence()) for name in table.things)
