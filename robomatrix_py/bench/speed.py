"""Figures of single parts: planning, importing, simulating."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import numpy as np

from robomatrix_py.bench.planned_tasks import TASKS, ten_objects
from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.contracts.statistics import spread
from robomatrix_py.runtime.lockstep_run import make_rig, run_lockstep
from robomatrix_py.runtime.planning import configured_planner
from robomatrix_py.runtime.task_session import make_plan
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.settings.settings import Settings, resolve
from robomatrix_py.sim.camera import SimCamera
from robomatrix_py.sim.world import SimWorld


def measure_plan(repeats: int) -> dict[str, Any]:
    """Measure planning, verification included, in a scene of ten free objects."""
    settings, rig = ten_objects()
    planner = configured_planner(settings)
    remembered = SceneMemory(settings.memory, settings.facts).update(rig.evidence(rig.scene))
    times_ms = []
    for i in range(repeats):
        began_s = time.perf_counter()
        make_plan(planner, TASKS[i % len(TASKS)], remembered, settings)
        times_ms.append(1e3 * (time.perf_counter() - began_s))
    return {"free_objects": len(rig.world.object_names), "plan_ms": spread(times_ms)}


def measure_import(repeats: int) -> dict[str, Any]:
    """Measure a new interpreter that imports `robomatrix_py`, and one that imports nothing, in turn."""
    with_import, without = [], []
    for _ in range(repeats):
        with_import.append(_interpreter_ms("import robomatrix_py"))
        without.append(_interpreter_ms("pass"))
    return {
        "import_ms": spread([a - b for a, b in zip(with_import, without, strict=True)]),
        "interpreter_with_import_ms": spread(with_import),
        "interpreter_alone_ms": spread(without),
    }


def measure_simulation(simulated_s: float) -> dict[str, Any]:
    """Measure physics alone, physics with two cameras, and a whole task in lock-step, against real time."""
    settings = resolve([])
    world = SimWorld(settings.load_robot(), settings.model_file, settings.sim_config())
    physics = _physics(world, simulated_s)
    return {
        "physics_x_real_time": round(physics, 1),
        "physics_with_two_224x224_cameras_at_30_hz_x_real_time": round(_with_cameras(world, simulated_s), 1),
        "lockstep_task_without_cameras_x_real_time": round(_lockstep(settings), 1),
    }


def _interpreter_ms(code: str) -> float:
    began_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60.0)
    return 1e3 * (time.perf_counter() - began_s)


def _physics(world: SimWorld, simulated_s: float) -> float:
    steps = round(simulated_s / world.config.timestep_s)
    began_s = time.perf_counter()
    for _ in range(steps):
        world.step()
    return simulated_s / (time.perf_counter() - began_s)


def _with_cameras(world: SimWorld, simulated_s: float) -> float:
    try:
        cameras = [
            SimCamera(world, CameraDescription(camera.name, 224, 224, 30.0)) for camera in world.robot.cameras
        ]
    except EnvironmentFault:
        return float("nan")
    frames = round(simulated_s * 30)
    steps = np.diff(np.round(np.linspace(0, simulated_s / world.config.timestep_s, frames + 1))).astype(int)
    began_s = time.perf_counter()
    for count in steps:
        for _ in range(count):
            world.step()
        for camera in cameras:
            camera.take(world)
            camera.color()
    took_s = time.perf_counter() - began_s
    for camera in cameras:
        camera.close()
    return simulated_s / took_s


def _lockstep(settings: Settings) -> float:
    rig = make_rig(settings)
    began_s = time.perf_counter()
    outcome = run_lockstep("put the red cube in the bin", settings, 120.0, None, video=False, rig=rig)
    return outcome.simulated_s / (time.perf_counter() - began_s)
