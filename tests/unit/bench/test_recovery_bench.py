"""The benchmark of recovery: its tasks are long, its hand moves a thing once, its two sides are compared in pairs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from robomatrix_py.bench.recovery import SIDES, TASKS, Disturbance, Hand, draw, markdown_table, summarise
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig, plan_lockstep
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import Settings, resolve

ALONE = ("seed=3", "scene.extra_min=0", "scene.extra_max=0")


@pytest.fixture(scope="module")
def settings() -> Settings:
    return resolve(list(ALONE))


@pytest.fixture
def rig(settings: Settings) -> LockstepRig:
    return make_rig(settings)


def test_a_seed_is_one_task_and_all_tasks_are_drawn() -> None:
    assert draw(7) == draw(7)
    drawn = [draw(seed) for seed in range(200)]
    assert {task for task, _ in drawn} == set(TASKS)
    assert all(disturbance.thing in task.things for task, disturbance in drawn)
    delays_s = [disturbance.delay_s for _, disturbance in drawn]
    assert 0.0 <= min(delays_s) < 1.0 < 10.0 < max(delays_s) <= 11.0


def test_every_task_takes_five_skills_or_more(settings: Settings, rig: LockstepRig) -> None:
    for task in TASKS:
        plan = plan_lockstep(task.sentence, settings, rig)
        assert len(plan.steps) >= 5, (task.sentence, plan.refused, plan.question)


def test_the_sides_differ_in_recovery_alone() -> None:
    first, second = (resolve([*ALONE, *overrides]) for overrides in SIDES.values())
    assert first.execution.recoveries_max > 0 == second.execution.recoveries_max
    assert replace(second, execution=first.execution) == first


def test_the_hand_moves_the_thing_once_to_a_free_place(rig: LockstepRig) -> None:
    hand = Hand(rig, Disturbance("red_cube", 0.1), 3)
    before = {name: rig.world.pose(name).position_m.copy() for name in rig.world.object_names}

    def start(thing: str) -> None:
        fields: dict[str, Any] = {"index": 0, "skill": "grasp", "arguments": {"object": thing}}
        hand.hear(TaskEvent(rig.now_s, "step_started", fields))

    start("blue_can")
    for _ in range(20):
        rig.tick()
    assert hand.moved is None, "the robot does not reach for the thing yet"
    start("red_cube")
    for _ in range(8):
        rig.tick()
    assert hand.moved is None, "too early"
    for _ in range(20):
        rig.tick()
    assert hand.moved is not None
    there = rig.world.pose("red_cube").position_m.copy()
    assert math.dist(there[:2], before["red_cube"][:2]) > 0.10
    for name, place in before.items():
        if name != "red_cube":
            assert rig.world.pose(name).position_m == pytest.approx(place, abs=0.002), "nothing else moved"
    for _ in range(50):
        rig.tick()
    assert rig.world.pose("red_cube").position_m == pytest.approx(there, abs=0.005), "it is moved once and lies still"


def result(seed: int, side: str, outcome: str, really: bool) -> dict[str, Any]:
    verdict = {"outcome": outcome, "cause": None if outcome == "succeeded" else "no_progress", "message": "so it went"}
    return {
        "seed": seed,
        "side": side,
        "task": "a task",
        "skills": 5,
        "disturbance": {"thing": "red_cube", "delay_s": 1.0, "moved": {"time_s": 2.0}},
        "verdict": verdict,
        "really": really,
        "duration_s": 30.0,
        "recoveries": {"retry": 1} if side == "with_recovery" else {},
    }


def test_sides_are_counted_and_compared_pair_by_pair() -> None:
    results = [result(seed, "with_recovery", "succeeded", seed != 4) for seed in range(1, 5)]
    results += [result(1, "without_recovery", "succeeded", True)]
    results += [result(seed, "without_recovery", "failed", False) for seed in range(2, 5)]
    found = summarise(results, range(1, 5), "sim_truth")
    assert found["with_recovery"]["verified"]["successes"] == 4
    assert found["with_recovery"]["false_successes"] == 1, "seed 4 was verified and is not really so"
    assert found["with_recovery"]["recoveries"] == {"retry": 4}
    assert found["without_recovery"]["causes"] == {"no_progress": 3}
    assert (found["difference"]["only_first"], found["difference"]["only_second"]) == (3, 0)
    table = markdown_table(found)
    assert "| with recovery | 4 of 4 |" in table
    assert "3 x no_progress" in table
    assert "Difference 75 points" in table


def test_one_side_alone_is_not_compared() -> None:
    found = summarise([result(1, "with_recovery", "succeeded", True)], range(1, 2), "sim_truth")
    assert "difference" not in found
    assert "without" not in markdown_table(found)
