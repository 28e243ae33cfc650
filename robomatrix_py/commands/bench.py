"""Measure success, latency, speed and memory on this machine. Prints JSON, `tasks` a table: a benchmark, not a test."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robomatrix_py.commands.common import EXIT_SUCCESS, seconds
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.data.versions import collect_versions
from robomatrix_py.settings.settings import require_name, resolve

if TYPE_CHECKING:
    from robomatrix_py.sim.world import SimWorld

# Published figures use seeds from here on; development uses smaller ones.
_FIRST_SEED = 1000
_PICTURES_SEED = 0
_TASKS = 500
_LEVELS = "I,II,III,IV,V"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    everything = [name for name in _FIGURES if name not in _BY_NAME]
    names = f"{', '.join(everything)} (default: these), {', '.join(_BY_NAME)}"
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"which: {names}")
    seeds = "success, perception, objects, tasks, recovery, trot, mobile"
    parser.add_argument(
        "--seeds", "--episodes", type=int, default=20, metavar="N", help=f"{seeds}: scenes a task (default: 20)"
    )
    parser.add_argument(
        "--first-seed",
        "--seed",
        type=int,
        default=_FIRST_SEED,
        metavar="N",
        help=f"first seed (default: {_FIRST_SEED})",
    )
    parser.add_argument("--trials", type=int, default=50, metavar="N", help="stop, faults: how many (default: 50)")
    parser.add_argument(
        "--perception",
        metavar="NAME",
        help="success, perception, tasks, recovery: where scene objects come from (default: sim_truth; tasks: camera)",
    )
    parser.add_argument(
        "--knocked",
        action="store_true",
        help="perception: the front camera stands up to 3 cm and 30 mrad from where its calibration says",
    )
    parser.add_argument(
        "--pictures", type=int, default=20, metavar="N", help="objects: how many of each thing (default: 20)"
    )
    parser.add_argument("--duration", type=seconds, default=30.0, metavar="S", help="graph: seconds (default: 30)")
    parser.add_argument("--planner", metavar="NAME", help="planner: which, symbolic or openai (default: as configured)")
    parser.add_argument(
        "--tasks", type=int, default=_TASKS, metavar="N", help=f"planner: tasks, levels in turn (default: {_TASKS})"
    )
    parser.add_argument("--skill-policy", metavar="DIR", help="tasks: the policy of the skills")
    parser.add_argument("--task-policy", metavar="DIR", help="tasks: a policy of whole tasks that was trained alike")
    parser.add_argument(
        "--scripted", action="store_true", help="tasks: scripted skills and no policy of whole tasks, to try it out"
    )
    parser.add_argument(
        "--walk", type=seconds, default=20.0, metavar="S", help="trot: simulated time of one run (default: 20)"
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="mobile: note every run there, and run none again that is noted"
    )
    parser.add_argument("--levels", metavar="I,II", default=_LEVELS, help=f"tasks: some of {_LEVELS} (default: all)")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument(
        "--processes", type=int, default=cores, metavar="N", help=f"tasks, recovery: side by side (default: {cores})"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="planner, tasks, recovery: change one setting"
    )
    parser.add_argument(
        "--json", action="store_true", help="planner, tasks, recovery: print JSON in place of the table"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    wanted = options.figures or [name for name in _FIGURES if name not in _BY_NAME]
    for name in wanted:
        if name not in _FIGURES:
            raise ConfigError(f"unknown figure '{name}'", permitted=_FIGURES)
    if options.seeds < 1 or options.trials < 1 or options.first_seed < 0:
        raise ConfigError("--seeds and --trials must be positive, --first-seed not negative")
    results: dict[str, Any] = {"machine": _machine(), "versions": collect_versions()}
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        results[name] = _FIGURES[name](options)
    if len(wanted) == 1 and wanted[0] in _TABLES and not options.json:
        print(_TABLES[wanted[0]](results[wanted[0]]))
    else:
        print(json.dumps(results, indent=1))
    return EXIT_SUCCESS


def _machine() -> dict[str, Any]:
    return {
        "platform": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }


def _success(options: argparse.Namespace, *, over_ros: bool) -> Any:
    from robomatrix_py.bench.success import measure

    seeds = range(options.first_seed, options.first_seed + options.seeds)
    perception = _perception_name(options)
    return measure(seeds, perception, over_ros=over_ros, processes=len(os.sched_getaffinity(0)))


def _perception(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.perception import measure_perception

    seeds = range(options.first_seed, options.first_seed + options.seeds)
    settings = resolve([f"perception={_perception_name(options)}"])
    return measure_perception(settings, seeds, _knock if options.knocked else None)


def _knock(world: SimWorld, seed: int) -> None:
    """Move the front camera as in scenes that were never seen, and the wrist's as much as a mount gives."""
    import numpy as np

    from robomatrix_py.training.appearance import move_camera

    rng = np.random.default_rng([seed, 0xB0C])
    for camera, shift_m, turn_rad in (("front_camera", 0.03, 0.03), ("wrist_camera", 0.003, 0.01)):
        move_camera(world.model, camera, shift_m, turn_rad, rng)


def _perception_name(options: argparse.Namespace) -> str:
    return require_name("perception", options.perception or "sim_truth")


def _objects(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.objects import measure_objects
    from robomatrix_py.training.object_pictures import save_object_pictures

    settings = resolve(["perception=camera"])
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    draw = partial(save_object_pictures, settings, options.pictures, _PICTURES_SEED)
    return measure_objects(settings, seeds, draw)


def _graph(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.graph import measure_idle

    return measure_idle(resolve([]), options.duration)


def _stop(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.graph import measure_stop

    return measure_stop(resolve([]), options.trials)


def _corrections(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.corrections import measure_corrections

    return measure_corrections(resolve([]), options.trials)


def _start(_options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.graph import measure_first_motion

    return measure_first_motion(5)


def _plan(_options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.speed import measure_plan

    return measure_plan(400)


def _model(_options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.model_overhead import measure_model_overhead

    return measure_model_overhead(400)


def _planner(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.planning.measure import measure_named_planner

    if options.tasks < 1:
        raise ConfigError("--tasks must be positive", where="--tasks")
    name = options.planner
    settings = resolve([*options.set, *([f"planner={name}"] if name else [])])
    seeds = range(options.first_seed, options.first_seed + options.tasks)
    return measure_named_planner(settings, seeds, repeats=50 if settings.planner == "symbolic" else 1)


def _planner_table(figures: dict[str, Any]) -> str:
    from robomatrix_py.bench.planning.measure import table_of

    return table_of(figures)


def _import(_options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.speed import measure_import

    return measure_import(15)


def _drivers(_options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.base_drivers import measure_base_drivers, measure_video
    from robomatrix_py.bench.drivers import measure_drivers

    return measure_drivers(2000) | measure_base_drivers(2000) | {"robomaster_video": measure_video(250)}


def _simulation(_options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.speed import measure_simulation

    return measure_simulation(10.0)


def _faults(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.faults import measure_kill, measure_scheduler_death

    settings, trials = resolve([]), options.trials
    return {
        "F01": measure_kill(settings, "skills", trials, signal.SIGKILL),
        "F02": measure_kill(settings, "skills", trials, signal.SIGSTOP),
        "F03": measure_kill(settings, "gate", trials, signal.SIGKILL),
        "F04": measure_scheduler_death(settings, trials),
    }


def _tasks(options: argparse.Namespace) -> Any:
    from robomatrix_py.commands.compare_tasks import compare_tasks

    return compare_tasks(options)


def _table(figures: dict[str, Any]) -> str:
    from robomatrix_py.bench.comparison import markdown_table

    return markdown_table(figures)


def _recovery(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.recovery import measure_recovery

    seeds = range(options.first_seed, options.first_seed + options.seeds)
    return measure_recovery(seeds, _perception_name(options), options.processes, options.set)


def _recovery_table(figures: dict[str, Any]) -> str:
    from robomatrix_py.bench.recovery import markdown_table

    return markdown_table(figures)


def _trot(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.mobile import measure_trot

    return measure_trot(range(options.first_seed, options.first_seed + options.seeds), options.walk)


def _mobile(options: argparse.Namespace) -> Any:
    from robomatrix_py.bench.mobile import measure_mobile

    return measure_mobile(range(options.first_seed, options.first_seed + options.seeds), options.record)


_FIGURES: dict[str, Callable[[argparse.Namespace], Any]] = {
    "plan": _plan,
    "model": _model,
    "import": _import,
    "simulation": _simulation,
    "drivers": _drivers,
    "start": _start,
    "graph": _graph,
    "stop": _stop,
    "corrections": _corrections,
    "faults": _faults,
    "perception": _perception,
    "objects": _objects,
    "success": lambda options: _success(options, over_ros=False),
    "success_ros": lambda options: _success(options, over_ros=True),
    "planner": _planner,
    "tasks": _tasks,
    "recovery": _recovery,
    "trot": _trot,
    "mobile": _mobile,
}
# What needs policies that are trained for it, or takes an hour, is measured only where it is asked for.
_BY_NAME = ("planner", "tasks", "recovery", "trot", "mobile")
_TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "planner": _planner_table,
    "tasks": _table,
    "recovery": _recovery_table,
}
