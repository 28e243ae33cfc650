"""How often tasks succeed, and whether a verdict ever says so when it is not so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.contracts.statistics import rate, spread
from robomatrix_py.runtime.domain import DomainMark, RunningGraph, domain_id
from robomatrix_py.runtime.lockstep_run import make_rig, run_lockstep
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.sim.oracle import really

TASKS = (
    "put the red cube in the bin",
    "put the green ball in the bowl",
    "open the drawer, put the blue can in it and close it",
)
_SIMULATED_MAX_S = 180.0
_RUN_MAX_S = 240.0


def measure(seeds: range, perception: str, *, over_ros: bool, processes: int) -> dict[str, Any]:
    """Run every task on every seed.

    Args:
        seeds: Seeds of the scenes.
        perception: Where scene objects come from.
        over_ros: Over ROS 2 in real time, one after the other; otherwise in lock-step.
        processes: How many lock-step runs go side by side.

    Raises:
        EnvironmentFault: Over ROS 2, and a graph of somebody else runs on this domain.
    """
    jobs = [(task, seed, perception) for task in TASKS for seed in seeds]
    if over_ros:
        results = [_run_ros(*job) for job in jobs]
    else:
        with ProcessPoolExecutor(processes) as pool:
            results = list(pool.map(_run_fast, *zip(*jobs, strict=True)))
    return _summarise(results, perception, over_ros=over_ros, seeds=seeds)


def _run_fast(task: str, seed: int, perception: str) -> dict[str, Any]:
    settings: Settings = resolve([f"seed={seed}", f"perception={perception}"])
    rig = make_rig(settings)
    outcome = run_lockstep(task, settings, _SIMULATED_MAX_S, None, video=False, rig=rig)
    plan = outcome.status.plan
    goals = [str(atom) for goal in plan.goals for atom in goal.atoms] if plan else []
    return {
        "task": task,
        "seed": seed,
        "verdict": outcome.verdict.to_json(),
        "duration_s": outcome.simulated_s,
        "really": _really(goals, rig.world.snapshot()),
    }


def _run_ros(task: str, seed: int, perception: str) -> dict[str, Any]:
    with DomainMark(domain_id()) as mark:
        # Another graph on this domain would do the task in its own world, or refuse it.
        mark.take(RunningGraph(os.getpid(), "", "", seed))
    with tempfile.TemporaryDirectory(prefix="robomatrix-bench-") as folder:
        command = [sys.executable, "-m", "robomatrix_py.cli", "run", task]
        command += ["--seed", str(seed), "--perception", perception, "--out", folder, "--json"]
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=_RUN_MAX_S, env=dict(os.environ), check=False
        )
        try:
            result = json.loads(answer.stdout)
            final = json.loads((Path(result["run_folder"]) / "sim_final.json").read_text())
        except (ValueError, KeyError, OSError):
            message = (answer.stderr.strip().splitlines() or ["no output"])[-1]
            verdict = {"outcome": "failed", "cause": "driver_fault", "message": message}
            return {"task": task, "seed": seed, "verdict": verdict, "duration_s": 0.0, "really": False}
        goals = [atom for goal in result["plan"]["goals"] for atom in goal["atoms"]] if result["plan"] else []
        return {
            "task": task,
            "seed": seed,
            "verdict": result["verdict"],
            "duration_s": result["duration_s"],
            "really": _really(goals, final),
        }


def _really(goals: list[str], snapshot: Any) -> bool:
    """Return whether the lasting goals hold in truth; a later one overrides an earlier opposite."""
    final: dict[tuple[str, ...], Atom] = {}
    for text in goals:
        atom = Atom.parse(text)
        if atom.predicate in MOMENTARY:
            continue
        key = ("door", *atom.arguments) if atom.predicate in ("open", "closed") else ("place", atom.arguments[0])
        final[key] = atom
    return bool(final) and all(really(atom, snapshot) for atom in final.values())


def _summarise(results: list[dict[str, Any]], perception: str, *, over_ros: bool, seeds: range) -> dict[str, Any]:
    tasks = {}
    for task in TASKS:
        mine = [result for result in results if result["task"] == task]
        done = sum(result["verdict"]["outcome"] == "succeeded" for result in mine)
        tasks[task] = rate(done, len(mine)) | {"duration_s": spread([r["duration_s"] for r in mine], 1)}
    succeeded = [result for result in results if result["verdict"]["outcome"] == "succeeded"]
    failed = [result for result in results if result["verdict"]["outcome"] != "succeeded"]
    return {
        "mode": "ros" if over_ros else "lockstep",
        "perception": perception,
        "seeds": [seeds.start, seeds.stop - 1],
        "verified": rate(len(succeeded), len(results)),
        "false_successes": sum(not result["really"] for result in succeeded),
        "unnoticed_successes": sum(result["really"] for result in failed),
        "causes": Counter(str(result["verdict"]["cause"]) for result in failed),
        "failures": [
            {key: result[key] for key in ("task", "seed")} | {"message": result["verdict"]["message"]}
            for result in failed
        ],
        "tasks": tasks,
    }
