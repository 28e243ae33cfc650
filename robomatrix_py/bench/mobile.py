"""How well the mobile twins do: the trot on open floor, and a whole task in the apartment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.statistics import rate
from robomatrix_py.runtime.lockstep_run import make_rig, run_lockstep
from robomatrix_py.settings.settings import resolve
from robomatrix_py.sim.oracle import really
from robomatrix_py.sim.trot import TrotBase
from robomatrix_py.sim.world import SimWorld

TASK = "go to the table, pick up the red can and drop it in the bin"
"""What a mobile robot is measured by."""
TWINS = ("go2_arm", "robomaster_ep")
"""The mobile robots that ship."""

_SPEEDS_M_S = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_SETTLED_S = 2.0
_RAMP_S = 1.0
_TASK_S = 200.0
# How the arm moves while the legs walk: rad about its ready pose, and how fast.
_ARM_SWING_RAD = np.array([0.4, 0.2, 0.12, 0.0, 0.0, 0.0])
_ARM_HZ = (0.2, 0.5)


def measure_trot(runs: Iterable[int], duration_s: float) -> dict[str, Any]:
    """Return falls and speed errors of the trot with its arm in motion.

    Args:
        runs: Seeds; each draws how fast the arm moves, and takes the next of the speeds.
        duration_s: Simulated time of one run.
    """
    settings = resolve(["robot=go2_arm", "scene=open_floor", "sim.base.backend=trot"])
    rows = []
    for index, seed in enumerate(runs):
        world = SimWorld(settings.load_robot(), settings.model_file, settings.with_seed(seed).sim_config())
        rows.append(_walk(world, seed, _SPEEDS_M_S[index % len(_SPEEDS_M_S)], duration_s))
    errors = [row["speed_error"] for row in rows if not row["fell"]]
    return {
        "runs": rows,
        "falls": sum(row["fell"] for row in rows),
        "speed_error_max": round(max(errors), 4) if errors else None,
        "simulated_s": duration_s,
    }


def _walk(world: SimWorld, seed: int, speed_m_s: float, duration_s: float) -> dict[str, Any]:
    base, robot, timestep_s = world.base, world.robot, world.config.timestep_s
    if not isinstance(base, TrotBase):
        raise TypeError("the world's base does not walk")
    rng = np.random.default_rng(seed)
    arm_hz, phase = rng.uniform(*_ARM_HZ), rng.uniform(0.0, 2.0 * np.pi)
    limits = np.array([[joint.position_min_rad, joint.position_max_rad] for joint in robot.joints]).T
    speeds: list[float] = []
    for step in range(round(duration_s / timestep_s)):
        now_s = step * timestep_s
        sway = np.sin(2.0 * np.pi * arm_hz * now_s + phase) * min(1.0, now_s)
        target: Array = np.clip(robot.home + _ARM_SWING_RAD * sway, *limits)
        world.command(target, np.zeros(len(robot.joints)), 1.0)
        base.drive(np.array([speed_m_s * min(1.0, now_s / _RAMP_S), 0.0, 0.0]))
        world.step()
        if now_s >= _SETTLED_S:
            speeds.append(float(base.velocity()[0]))
        if base.fallen:
            return {"seed": seed, "speed_m_s": speed_m_s, "fell": True, "at_s": round(now_s, 2)}
    mean = float(np.mean(speeds))
    error = abs(mean / speed_m_s - 1.0)
    return {"seed": seed, "speed_m_s": speed_m_s, "fell": False, "mean_m_s": round(mean, 4), "speed_error": error}


def _carry_out(robot: str, seed: int) -> dict[str, Any]:
    """Run the task once."""
    settings = resolve([f"robot={robot}", "scene=apartment", f"seed={seed}"])
    rig = make_rig(settings)
    outcome = run_lockstep(TASK, settings, _TASK_S, None, video=False, rig=rig)
    goals = outcome.status.plan.goals if outcome.status.plan else ()
    done = bool(goals) and all(really(atom, rig.world.snapshot()) for atom in goals[-1].atoms)
    return {
        "seed": seed,
        "verified": outcome.verdict.succeeded,
        "really": done,
        "simulated_s": round(outcome.simulated_s, 1),
        "message": outcome.verdict.message,
    }


def _read(record: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the runs of a record by robot and seed; a last line that was cut off is run again."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    try:
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True) if record.exists() else []
        for line in lines:
            if line.endswith("\n"):
                row = json.loads(line)
                rows[row.pop("robot"), row["seed"]] = row
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"cannot be read as a record of runs: {error}", where=str(record)) from error
    return rows


def _note(record: Path, row: Mapping[str, Any]) -> None:
    try:
        kept = record.read_bytes() if record.exists() else b""
        with record.open("ab") as file:
            # A line that was cut off is no run.
            file.truncate(kept.rfind(b"\n") + 1)
            file.write(json.dumps(row).encode() + b"\n")
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", where=str(record)) from error


def measure_mobile(seeds: Iterable[int], record: Path | None = None, robots: Iterable[str] = TWINS) -> dict[str, Any]:
    """Return how often a task was verified, and how often it was really done, by robot.

    Args:
        seeds: One run each.
        record: Where every run is noted as soon as it ends; what is noted there already is not run again.
        robots: Which.

    Raises:
        DataError: The record cannot be read or written.
    """
    results: dict[str, Any] = {}
    seeds = tuple(seeds)
    noted = _read(record) if record else {}
    for robot in robots:
        rows: list[dict[str, Any]] = []
        for seed in seeds:
            row = noted.get((robot, seed))
            if row is None:
                row = _carry_out(robot, seed)
                if record:
                    _note(record, {"robot": robot, **row})
            rows.append(row)
        results[robot] = {
            "verified": rate(sum(row["verified"] is True for row in rows), len(rows)),
            "verified_but_not_really": sum(row["verified"] is True and row["really"] is False for row in rows),
            "rows": rows,
        }
    return results
