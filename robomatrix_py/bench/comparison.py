"""Skill-centric against task-centric: composed skills and one policy per whole task, in the same scenes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robomatrix_py.bench.evaluation import DrawnScene, SceneDrawer
from robomatrix_py.bench.paired import compare_pairs
from robomatrix_py.bench.side_by_side import side_by_side
from robomatrix_py.bench.sides import SideResult, compose_skills, give_whole_task
from robomatrix_py.bench.tasks import Level, Task, draw_task
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.statistics import rate, spread
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.layout import draw_layout
from robomatrix_py.skills.config import SkillConfig

DEADLINE_S = 180.0
"""Longest simulated time of a task, for either side."""
SKILLS_SIDE, TASKS_SIDE = "skill_centric", "task_centric"
"""What the sides are called in the figures."""

# A scene that has no use for a task of a level is drawn anew, so often.
_DRAWS = 6
_NEW = {
    Level.SEEN: "nothing",
    Level.UNSEEN_OBJECT: "the thing",
    Level.UNSEEN_SCENE: "the scene",
    Level.LONG: "nothing, but it is five skills long",
    Level.NEW_TASK: "the task",
}
_COLUMNS = (
    *("level", "what is new", "n", "composed skills", "at the first attempt", "one policy for the whole task"),
    *("difference", "McNemar's p", "gain"),
)


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Args:
        settings: World and perception, the same for both sides; and what serves the skills.
        whole_tasks: What serves whole tasks, or None where only composed skills are measured.
        scenes: Where, by level.
        episodes: How many tasks a level.
        first_seed: Seed of the first task of each level.
        processes: How many tasks go side by side.
    """

    settings: Settings
    whole_tasks: SkillConfig | None
    scenes: Mapping[Level, SceneDrawer]
    episodes: int
    first_seed: int
    processes: int

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not self.scenes:
            raise ValueError(f"no level; permitted: one or more of {', '.join(Level)}")
        for key in ("episodes", "processes"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: at least 1")


@dataclass(frozen=True)
class Pair:
    """One task by both sides.

    Args:
        level: What was new.
        seed: Its seed.
        task: The task, or None where no scene of this seed had a use for one.
        skills: How composed skills did.
        whole: How the policy of whole tasks did, where it was asked.
    """

    level: Level
    seed: int
    task: Task | None = None
    skills: SideResult | None = None
    whole: SideResult | None = None


def compare(job: Comparison, progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Carry out every task by both sides and return the figures, JSON-serialisable.

    Args:
        job: What is compared.
        progress: Hears a line after each task.

    Raises:
        ConfigError: A file of settings, policy or encoder is wrong.
        EnvironmentFault: No OpenGL or no OpenVINO can be had.
    """
    say = progress or (lambda _line: None)
    seeds = range(job.first_seed, job.first_seed + job.episodes)
    todo = [(level, seed, job) for seed in seeds for level in job.scenes]
    pairs = []
    for pair in side_by_side(run_pair, todo, job.processes):
        pairs.append(pair)
        say(f"{len(pairs)}/{len(todo)}  {_line(pair)}")
    pairs.sort(key=lambda pair: pair.seed)
    return {
        "perception": job.settings.perception_source,
        "seeds": [seeds.start, seeds.stop - 1],
        "deadline_s": DEADLINE_S,
        "levels": {level.value: summarise([p for p in pairs if p.level is level]) for level in job.scenes},
    }


def run_pair(level: Level, seed: int, job: Comparison) -> Pair:
    """Carry out one task by both sides, in equal scenes.

    Args:
        level: What is new.
        seed: Everything random follows from it.
        job: What is compared.

    Raises:
        ConfigError: A file of settings, policy or encoder is wrong.
        EnvironmentFault: No OpenGL or no OpenVINO can be had.
    """
    task, drawn = draw_case(level, seed, job)
    if task is None:
        return Pair(level, seed)
    skills = compose_skills(task, drawn, DEADLINE_S)
    if job.whole_tasks is None:
        return Pair(level, seed, task, skills)
    same = replace(drawn, settings=replace(drawn.settings, skills=job.whole_tasks))
    return Pair(level, seed, task, skills, give_whole_task(task, same, DEADLINE_S))


def draw_case(level: Level, seed: int, job: Comparison) -> tuple[Task | None, DrawnScene]:
    """Return the task of a level and a seed, None where there is no use for one, and the scene it is to be done in."""
    for attempt in range(_DRAWS):
        drawn = job.scenes[level].draw(job.settings, seed, attempt)
        rng = np.random.default_rng([seed, attempt, list(Level).index(level), 0x7A5])
        try:
            layout = draw_layout(drawn.settings.scene, drawn.settings.seed)
        except ConfigError:
            # More things than fit on the table.
            continue
        task = draw_task(level, layout, drawn.targets, rng)
        if task is not None:
            break
    else:
        return None, drawn
    if task.drawer_begins_m is not None:
        scene = replace(drawn.settings.scene, drawer_open_m=task.drawer_begins_m)
        drawn = replace(drawn, settings=replace(drawn.settings, scene=scene))
    return task, drawn


def summarise(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the figures of one level."""
    counted = [pair for pair in pairs if pair.skills is not None]
    figures: dict[str, Any] = {"n": len(counted), "not_drawn": len(pairs) - len(counted)}
    if not counted:
        return figures
    figures[SKILLS_SIDE] = _side([(p, p.skills) for p in counted if p.skills])
    first = sum(bool(p.skills and p.skills.reached and not p.skills.again) for p in counted)
    figures[SKILLS_SIDE]["at_first_attempt"] = rate(first, len(counted))
    both = [(p, p.skills, p.whole) for p in counted if p.skills and p.whole]
    if both:
        figures[TASKS_SIDE] = _side([(pair, whole) for pair, _, whole in both])
        figures["difference"] = compare_pairs([(skills.reached, whole.reached) for _, skills, whole in both])
    figures["tasks"] = {
        name: {
            "n": sum(_named(pair, name) for pair in counted),
            SKILLS_SIDE: sum(_named(p, name) and bool(p.skills and p.skills.reached) for p in counted),
            **({TASKS_SIDE: sum(_named(p, name) and whole.reached for p, _, whole in both)} if both else {}),
        }
        for name in sorted({pair.task.name for pair in counted if pair.task})
    }
    return figures


def _named(pair: Pair, name: str) -> bool:
    return pair.task is not None and pair.task.name == name


def _side(results: Sequence[tuple[Pair, SideResult]]) -> dict[str, Any]:
    sides = [side for _, side in results]
    failed = [(pair, side) for pair, side in results if not side.reached]
    return rate(sum(side.reached for side in sides), len(sides)) | {
        "said_done": sum(side.said.succeeded for side in sides),
        "false_successes": sum(side.said.succeeded and not side.reached for side in sides),
        "unnoticed_successes": sum(side.reached and not side.said.succeeded for side in sides),
        "wrong_thing_taken": sum(bool(side.taken) for side in sides),
        "other_things_moved": sum(bool(side.moved) for side in sides),
        "causes": dict(sorted(Counter(_cause(side) for _, side in failed).items())),
        "time_s": spread([side.took_s for side in sides if side.reached], 1),
        "failures": [
            {"seed": pair.seed, "task": pair.task.words if pair.task else "", "message": side.said.message}
            for pair, side in failed
        ],
    }


def _cause(side: SideResult) -> str:
    """Return why a side failed, by its own account."""
    return str(side.said.cause) if side.said.cause else "said to be done"


def _line(pair: Pair) -> str:
    if pair.task is None:
        return f"level {pair.level} seed {pair.seed}: no task could be drawn"
    sides = [f"{name} {_how(side)}" for name, side in (("skills", pair.skills), ("one policy", pair.whole)) if side]
    return f"level {pair.level} seed {pair.seed}, {pair.task.words}: {', '.join(sides)}"


def _how(side: SideResult) -> str:
    return "did it" if side.reached else f"failed ({_cause(side)})"


def markdown_table(figures: Mapping[str, Any]) -> str:
    """Return the figures of :func:`compare` as the table of docs/benchmarks.md."""
    rows = [_COLUMNS, ("---",) * len(_COLUMNS)]
    for level, values in figures["levels"].items():
        cells = [level, _NEW[Level(level)], str(values["n"])]
        if values["n"]:
            skills = values[SKILLS_SIDE]
            cells += [_share(skills), _share(skills["at_first_attempt"])]
        difference = values.get("difference")
        if difference:
            low, high = difference["interval"]
            gain = difference["relative_gain"]
            cells += [
                _share(values[TASKS_SIDE]),
                f"{difference['difference']:+.2f}, {low:+.2f} to {high:+.2f}",
                f"{difference['mcnemar_p']:.2g}",
                "-" if gain is None else f"{100 * gain:+.0f} %",
            ]
        rows.append((*cells, *("-",) * (len(_COLUMNS) - len(cells))))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _share(figures: Mapping[str, Any]) -> str:
    low, high = figures["interval"]
    return f"{figures['successes']} of {figures['n']}, {low:.2f} to {high:.2f}"
