"""Measures a planner on tasks in words: what becomes of them, by level, and how long planning takes by size."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from robomatrix_py.bench.planning.expected import carry_out, what_is_wrong
from robomatrix_py.bench.planning.table import PLACES, Tabletop
from robomatrix_py.bench.planning.tasks import KINDS, Level, PlanningTask, Why, draw_task
from robomatrix_py.bench.planning.wordings import Wordings
from robomatrix_py.bench.planning.wordings_development import DEVELOPMENT
from robomatrix_py.bench.planning.wordings_held_out import HELD_OUT
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.statistics import rate, spread
from robomatrix_py.runtime.planning import configured_planner
from robomatrix_py.scheduler.facts import derive_facts
from robomatrix_py.scheduler.planner import Planner
from robomatrix_py.settings.settings import Settings

FIRST_PUBLISHED_SEED = 1000
"""Seeds from here on draw from the held-out wordings, smaller ones from those of development."""
_SIZES = (10, 20, 50)
_SIZE_STEPS = 12
_LONG = "put {0} {3}, {1} {4} and {2} {5}. Then put {6} {7}."


@dataclass(frozen=True)
class Score:
    """What became of one task.

    Args:
        task: The task.
        plan: The planner's answer.
        fault: What is wrong with it, or empty.
        seconds: How long planning took.
        broken: Whether a step of it cannot be carried out in the symbolic world.
    """

    task: PlanningTask
    plan: Plan
    fault: str
    seconds: float
    broken: bool = False

    @property
    def accepted(self) -> bool:
        """Whether something would move."""
        return bool(self.plan.steps)


def wordings_of(seed: int) -> Wordings:
    """Return what may be said in the tasks of a seed."""
    return HELD_OUT if seed >= FIRST_PUBLISHED_SEED else DEVELOPMENT


def measure_named_planner(settings: Settings, seeds: Sequence[int], repeats: int) -> dict[str, Any]:
    """Measure the planner that the settings name, see :func:`measure_planner`."""
    return measure_planner(configured_planner(settings), seeds, repeats)


def measure_planner(planner: Planner, seeds: Sequence[int], repeats: int) -> dict[str, Any]:
    """Measure a planner on the tasks of some seeds.

    Args:
        planner: The planner.
        seeds: One task each; the levels take turns.
        repeats: How many plans are timed at each size of scene.
    """
    scores = [score(planner, draw_task(seed, wordings_of(seed))) for seed in seeds]
    levels = {}
    for level in Level:
        mine = [one for one in scores if one.task.level is level]
        if mine:
            levels[str(int(level))] = _level(mine)
    last = [one for one in scores if one.task.level is Level.NOT_TO_BE_DONE]
    return {
        "planner": planner.name,
        "seeds": [min(seeds), max(seeds)],
        "wordings": "held out" if min(seeds) >= FIRST_PUBLISHED_SEED else "development",
        "tasks": len(scores),
        "levels": levels,
        "accepted_at_level_5": {
            why.name.lower(): _counted([one for one in last if one.task.why is why]) for why in Why
        },
        "plans_that_cannot_be_carried_out": sum(one.broken for one in scores),
        "plan_time_by_size": {str(size): measure_size(planner, size, repeats) for size in _SIZES},
        "kinds": {name: _right([one for one in scores if one.task.kind == name]) for name in KINDS},
        "faults": [
            {"seed": one.task.seed, "kind": one.task.kind, "said": one.task.said, "fault": one.fault}
            for one in scores
            if one.fault
        ],
    }


def score(planner: Planner, task: PlanningTask) -> Score:
    """Give a planner one task and carry its plan out in the symbolic world."""
    try:
        plan, took_s = _plan(planner, task.said, task.table)
    except Exception as error:  # noqa: BLE001 - one crash of a planner must not end the measurement
        return Score(task, Plan(task.said), f"crashed: {error!r}", 0.0, broken=True)
    if task.level is Level.NOT_TO_BE_DONE:
        answered = bool(plan.question or plan.refused) and not plan.steps
        fault = "" if answered else f"accepted: {', '.join(map(str, plan.steps)) or plan.already_done}"
        return Score(task, plan, fault, took_s)
    if plan.question or plan.refused:
        fault = f"asked: {plan.question}" if plan.question else f"refused: {plan.refused}"
        return Score(task, plan, fault, took_s)
    world = task.table.world()
    states, why_not = carry_out(plan.steps, world)
    fault = why_not or what_is_wrong(task.expected, states, world)
    return Score(task, plan, fault, took_s, broken=bool(why_not))


def measure_size(planner: Planner, objects: int, repeats: int) -> dict[str, Any]:
    """Time plans of twelve steps, four things to three places, among so many things."""
    times_ms = []
    steps: Counter[int] = Counter()
    columns = int(np.ceil(np.sqrt(objects))) + 1
    for seed in range(repeats):
        rng = np.random.default_rng([seed, objects])
        table = Tabletop(rng, DEVELOPMENT, columns, columns)
        table.fill(objects)
        things = [table.things[i] for i in rng.permutation(objects)[:4]]
        where = [f"{table.relation(place)} the {place}" for place in (*PLACES, PLACES[seed % len(PLACES)])]
        names = [f"the {name.replace('_', ' ')}" for name in things]
        said = _LONG.format(*names[:3], *where[:3], names[3], where[3])
        plan, took_s = _plan(planner, said, table)
        times_ms.append(1e3 * took_s)
        steps[len(plan.steps)] += 1
    return {
        "objects": objects,
        "plan_ms": spread(times_ms),
        "plans_of_12_steps": rate(steps[_SIZE_STEPS], repeats),
    }


def table_of(figures: dict[str, Any]) -> str:
    """Return the figures as a table for people."""
    lines = [
        f"planner {figures['planner']}, {figures['tasks']} tasks, seeds {figures['seeds'][0]} to "
        f"{figures['seeds'][1]}, {figures['wordings']} wordings",
        "",
        "| level | right | 95 % interval | plan ms p50 | plan ms p99 |",
        "|---|---|---|---|---|",
    ]
    for level, row in figures["levels"].items():
        right, times = row["right"], row["plan_ms"]
        low, high = right["interval"]
        name = Level(int(level)).name.lower().replace("_", " ")
        lines.append(
            f"| {level} {name} | {right['successes']} of {right['n']} ({100 * right['rate']:.1f} %) | "
            f"{100 * low:.1f} to {100 * high:.1f} % | {times['p50']:.1f} | {times['p99']:.1f} |"
        )
    lines += ["", "| free objects | steps | plan ms p50 | plan ms p99 |", "|---|---|---|---|"]
    for row in figures["plan_time_by_size"].values():
        times = row["plan_ms"]
        lines.append(f"| {row['objects']} | {_SIZE_STEPS} | {times['p50']:.1f} | {times['p99']:.1f} |")
    accepted = ", ".join(
        f"{why} {count['accepted']} of {count['n']}" for why, count in figures["accepted_at_level_5"].items()
    )
    broken = figures["plans_that_cannot_be_carried_out"]
    return "\n".join([*lines, "", f"level 5, accepted: {accepted}", f"plans that cannot be carried out: {broken}"])


def _plan(planner: Planner, said: str, table: Tabletop) -> tuple[Plan, float]:
    evidence = table.evidence()
    facts = derive_facts(evidence)
    began_s = time.perf_counter()
    plan = planner.plan(said, evidence.scene, facts)
    return plan, time.perf_counter() - began_s


def _level(scores: Sequence[Score]) -> dict[str, Any]:
    return {"right": _right(scores), "plan_ms": spread([1e3 * one.seconds for one in scores])}


def _right(scores: Sequence[Score]) -> dict[str, Any]:
    return rate(sum(not one.fault for one in scores), len(scores)) if scores else {"successes": 0, "n": 0}


def _counted(scores: Sequence[Score]) -> dict[str, int]:
    return {"accepted": sum(one.accepted for one in scores), "n": len(scores)}
