"""Long tasks during which somebody moves a thing away, with recovery and without, side by side on the same seeds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from robomatrix_py.bench.paired import compare_pairs
from robomatrix_py.contracts.geometry import Pose, quaternion_from_yaw
from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.statistics import rate, spread
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig, run_lockstep
from robomatrix_py.scheduler.stages import standing
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.sim.layout import FOOTPRINTS
from robomatrix_py.sim.oracle import really

_SIMULATED_MAX_S = 400.0
# From the first reach for a thing on, until it has been taken, carried and put down: some eleven seconds.
_DELAY_MAX_S = 11.0
# Moved away: at least so far from where it was, this far from everything else, and not under the hand.
_AWAY_MIN_M = 0.10
_GAP_M = 0.02
_HAND_M = 0.09
_TRIES = 2000
_SHUT_M = 0.06

SIDES: Mapping[str, tuple[str, ...]] = {
    "with_recovery": (),
    "without_recovery": ("execution.retries_max=0", "execution.recoveries_max=0"),
}
"""The settings in which the two sides differ; all else, to the seeds, is the same."""


@dataclass(frozen=True)
class LongTask:
    """A task of five skills or more.

    Args:
        words: What the person says, with places for the things.
        things: What the places are filled with, of the things that every scene has.
    """

    words: str
    things: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What the person says."""
        return self.words.format(*(name.replace("_", " ") for name in self.things))


TASKS = (
    LongTask("open the drawer, put the {} in it and close it", ("blue_can",)),
    LongTask("open the drawer, put the {} in it and close it", ("red_cube",)),
    LongTask("put the {} in the bin and the {} in the bowl", ("red_cube", "green_ball")),
    LongTask("put the {} on the tray and the {} in the bin", ("blue_can", "green_ball")),
    LongTask("put the {} on the tray, then press the button and open the drawer", ("red_cube",)),
    LongTask("open the drawer, put the {} in it, close it and put the {} in the bin", ("green_ball", "blue_can")),
)
"""The tasks; the seed chooses one."""


@dataclass(frozen=True)
class Disturbance:
    """When somebody moves which thing away.

    Args:
        thing: Its name.
        delay_s: So long after the robot first began to grasp it: on the way to it, as the fingers close, out of the
            hand, or away from where it was put.
    """

    thing: str
    delay_s: float


def draw(seed: int) -> tuple[LongTask, Disturbance]:
    """Return the task of a seed and what disturbs it.

    Args:
        seed: The same for both sides.
    """
    rng = np.random.default_rng([seed, 0xD15])
    task = TASKS[int(rng.integers(len(TASKS)))]
    thing = str(rng.choice(task.things))
    return task, Disturbance(thing, float(rng.uniform(0.0, _DELAY_MAX_S)))


class Hand:
    """Moves a thing away, once.

    Args:
        rig: The robot and its world.
        disturbance: When, and which thing.
        seed: Where to: a free place on the table.
    """

    def __init__(self, rig: LockstepRig, disturbance: Disturbance, seed: int) -> None:
        self._rig = rig
        self._disturbance = disturbance
        self._rng = np.random.default_rng([seed, 0x4A4D])
        self._due_s: float | None = None
        self._during = ""
        self.moved: dict[str, Any] | None = None
        rig.after_tick(self._after_tick)

    def hear(self, event: TaskEvent) -> None:
        """Take an event of the task."""
        if event.kind == "step_started":
            self._during = str(event.fields["skill"])
        elif event.kind == "stage":
            self._during = f"{event.fields['skill']}.{event.fields['stage']}"
        begun = event.kind == "step_started" and event.fields["skill"] == "grasp"
        if begun and event.fields["arguments"]["object"] == self._disturbance.thing and self._due_s is None:
            self._due_s = event.time_s + self._disturbance.delay_s

    def _after_tick(self, now_s: float) -> None:
        if self.moved is not None or self._due_s is None or now_s < self._due_s:
            return
        name, world = self._disturbance.thing, self._rig.world
        snapshot = world.snapshot()
        drawer_m = snapshot["joints"].get("drawer_joint", 0.0)
        if drawer_m < _SHUT_M and really(Atom("in", (name, "drawer")), snapshot):
            # Nobody takes a thing out of a drawer that is shut.
            return
        place = self._free_place(name)
        if place is None:
            return
        # The state was changed from outside: what came before cannot be replayed.
        world.move_object(name, place)
        self._rig.inputs.disturbed()
        where = [round(float(value), 3) for value in place.position_m]
        self.moved = {"time_s": round(now_s, 2), "to_m": where, "during": self._during}

    def _free_place(self, name: str) -> Pose | None:
        """Return a free place on the part of the table where scenes have their things."""
        world = self._rig.world
        scene, layout = world.config.scene, world.layout
        shape = next(item.shape for item in layout.objects if item.name == name)
        here = world.pose(name).position_m
        tool = np.array(world.snapshot()["bodies"]["tool"]["position_m"])
        others = [
            (world.pose(item.name).position_m, item.shape.footprint_radius_m)
            for item in layout.objects
            if item.name != name
        ]
        for _ in range(_TRIES):
            x, y = (float(value) for value in self._rng.uniform(scene.zone_min_m, scene.zone_max_m))
            radius_m = shape.footprint_radius_m
            free = all(math.dist((x, y), at[:2]) > radius + radius_m + _GAP_M for at, radius in others)
            free = free and all(
                FOOTPRINTS[fixture.kind].distance_m(fixture.pose_fixture_in_base, x, y) > radius_m
                for fixture in layout.fixtures
                if fixture.kind in FOOTPRINTS
            )
            away = math.dist((x, y), here[:2]) > _AWAY_MIN_M and math.dist((x, y), tool[:2]) > _HAND_M
            if free and away:
                turn = quaternion_from_yaw(float(self._rng.uniform(-math.pi, math.pi)))
                return Pose(np.array([x, y, shape.size_m[2] / 2 + 0.001]), turn)
        return None


def measure_recovery(
    seeds: range, perception: str, processes: int, overrides: Sequence[str] = (), sides: Sequence[str] = tuple(SIDES)
) -> dict[str, Any]:
    """Carry out the task of every seed with recovery and without.

    Args:
        seeds: One task each.
        perception: Where scene objects come from.
        processes: How many runs go side by side.
        overrides: Further settings, for both sides.
        sides: Some of `SIDES`.
    """
    jobs = [(seed, side, perception, tuple(overrides)) for seed in seeds for side in sides]
    if processes == 1:
        results = [_episode(*job) for job in jobs]
    else:
        with ProcessPoolExecutor(processes) as pool:
            results = list(pool.map(_episode, *zip(*jobs, strict=True)))
    return summarise(results, seeds, perception)


def _episode(seed: int, side: str, perception: str, overrides: tuple[str, ...]) -> dict[str, Any]:
    settings: Settings = resolve([f"seed={seed}", f"perception={perception}", *SIDES[side], *overrides])
    task, disturbance = draw(seed)
    rig = make_rig(settings)
    hand = Hand(rig, disturbance, seed)
    events: list[TaskEvent] = []

    def on_event(event: TaskEvent) -> None:
        hand.hear(event)
        events.append(event)

    outcome = run_lockstep(task.sentence, settings, _SIMULATED_MAX_S, None, video=False, on_event=on_event, rig=rig)
    plans = [event.fields["plan"] for event in events if event.kind == "plan"]
    plan: Mapping[str, Any] = plans[0] if plans else {"goals": [], "steps": []}
    final = rig.world.snapshot()
    lasting = standing([Goal(tuple(Atom.parse(text) for text in goal["atoms"])) for goal in plan["goals"]])
    return {
        "seed": seed,
        "side": side,
        "task": task.sentence,
        "skills": len(plan["steps"]),
        "disturbance": {**vars(disturbance), "moved": hand.moved},
        "verdict": outcome.verdict.to_json(),
        "really": bool(lasting) and all(really(atom, final) for atom in lasting),
        "duration_s": outcome.simulated_s,
        "recoveries": dict(Counter(event.fields["remedy"] for event in events if event.kind == "recovery"))
        | {kind: n for kind in ("retry", "replanned") if (n := sum(e.kind == kind for e in events))},
    }


def summarise(results: Sequence[Mapping[str, Any]], seeds: range, perception: str) -> dict[str, Any]:
    """Return what came of all runs, JSON-serialisable.

    Args:
        results: One mapping a run.
        seeds: The seeds of the tasks.
        perception: Where scene objects came from.
    """
    by_side = {side: [r for r in results if r["side"] == side] for side in SIDES}
    found: dict[str, Any] = {"perception": perception, "seeds": [seeds.start, seeds.stop - 1]}
    found |= {side: _of_side(mine) for side, mine in by_side.items() if mine}
    first, second = by_side.values()
    pairs = {r["seed"]: _verified(r) for r in first}
    both = [(pairs[r["seed"]], _verified(r)) for r in second if r["seed"] in pairs]
    if both:
        found["difference"] = compare_pairs(both)
    return found


def _of_side(mine: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    failed = [r for r in mine if not _verified(r)]
    recoveries: Counter[str] = Counter()
    for result in mine:
        recoveries.update(result["recoveries"])
    return {
        "verified": rate(len(mine) - len(failed), len(mine)),
        "false_successes": sum(_verified(r) and not r["really"] for r in mine),
        "unnoticed_successes": sum(r["really"] for r in failed),
        "disturbed": sum(r["disturbance"]["moved"] is not None for r in mine),
        "skills": spread([r["skills"] for r in mine], 0),
        "duration_s": spread([r["duration_s"] for r in mine], 1),
        "recoveries": dict(recoveries),
        "causes": dict(Counter(str(r["verdict"]["cause"]) for r in failed)),
        "failures": [
            {key: r[key] for key in ("seed", "task", "disturbance")} | {"message": r["verdict"]["message"]}
            for r in failed
        ],
    }


def _verified(result: Mapping[str, Any]) -> bool:
    return bool(result["verdict"]["outcome"] == "succeeded")


def markdown_table(found: Mapping[str, Any]) -> str:
    """Return the figures as a table that people read."""
    lines = ["| | verified | 95 % interval | false successes | causes |", "|---|---|---|---|---|"]
    for side in SIDES:
        if side in found:
            mine = found[side]
            low, high = mine["verified"]["interval"]
            causes = ", ".join(f"{count} x {cause}" for cause, count in mine["causes"].items()) or "-"
            share = f"{mine['verified']['successes']} of {mine['verified']['n']}"
            interval = f"{100 * low:.0f} to {100 * high:.0f} %"
            name = side.replace("_", " ")
            lines.append(f"| {name} | {share} | {interval} | {mine['false_successes']} | {causes} |")
    if "difference" in found:
        gap = found["difference"]
        low, high = gap["interval"]
        lines += [
            "",
            f"Difference {100 * gap['difference']:.0f} points (95 % {100 * low:.0f} to {100 * high:.0f}), "
            f"McNemar p = {gap['mcnemar_p']:.2g}.",
        ]
    return "\n".join(lines)
