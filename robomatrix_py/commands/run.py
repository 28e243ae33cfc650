"""Carry out a task given as a sentence, in simulation, over ROS 2 or (with --fast) in lock-step without ROS."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from robomatrix_py.commands.common import (
    EXIT_FAILURE,
    EXIT_SUCCESS,
    add_json_option,
    add_planner_options,
    add_policy_option,
    add_world_options,
    join_words,
    load_settings,
    named_options,
    refuse_grants,
    runs_folder,
    seconds,
)
from robomatrix_py.commands.display import RunDisplay, call_text
from robomatrix_py.commands.signals import Interrupted, ignore_signals, raise_on_signals
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DeviceError, EnvironmentFault
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.disk import predict_run_bytes
from robomatrix_py.data.run_folder import REPORT_FILE, RunFolder
from robomatrix_py.data.run_reader import read_run
from robomatrix_py.runtime.environment import apply_graph_defaults, require_mujoco
from robomatrix_py.runtime.run_writer import close_cut_off_run, remove_run
from robomatrix_py.settings.settings import Settings

_PERCEPTIONS = {
    "sim_truth": "perception sim_truth (the simulator's state with noise, no camera)",
    "camera": "perception camera",
}
_TIMEOUT_S = 300.0
_CANCEL_S = 1.5
_HALT_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("task", nargs="+", help='what to do, such as "put the red cube in the bin"')
    add_world_options(parser)
    add_policy_option(parser)
    add_planner_options(parser)
    parser.add_argument("--out", metavar="DIR", help="where run folders go (default: runs)")
    parser.add_argument("--fast", action="store_true", help="lock-step on simulated time, without ROS")
    parser.add_argument("--no-video", dest="video", action="store_false", help="with --fast: draw no cameras")
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=_TIMEOUT_S,
        metavar="S",
        help=f"give up after so long (default: {_TIMEOUT_S:g})",
    )
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    raise_on_signals()
    apply_graph_defaults()
    instruction = join_words(options.task)
    settings = load_settings(options)
    display = RunDisplay(quiet=options.json)
    folder = RunFolder.create(
        runs_folder(options),
        instruction,
        predicted_bytes=predict_run_bytes(options.timeout, 10),
        on_fault=lambda fault: print(f"robomatrix run: {fault}", file=sys.stderr),
    )
    display.heading(
        instruction,
        [
            f"robot {settings.robot}",
            f"scene {settings.scene.name}, seed {settings.seed}",
            _PERCEPTIONS[settings.perception_source],
            f"{settings.skills.policy} skills",
            "lock-step" if options.fast else "ROS 2",
        ],
    )
    carry_out = _carry_out_fast if options.fast else _carry_out
    try:
        verdict = carry_out(instruction, settings, folder, options, display)
    except BaseException:
        remove_run(folder)
        raise
    _show(verdict, folder.path, display, options)
    return EXIT_SUCCESS if verdict.succeeded else EXIT_FAILURE


def _carry_out_fast(
    instruction: str, settings: Settings, folder: RunFolder, options: argparse.Namespace, display: RunDisplay
) -> Verdict:
    require_mujoco()
    from robomatrix_py.runtime.lockstep_run import run_lockstep
    from robomatrix_py.runtime.task_session import SessionStatus

    shown: list[Any] = [None]

    def on_status(status: SessionStatus, _now_s: float) -> None:
        if status.plan is not None and status.plan is not shown[0]:
            shown[0] = status.plan
            display.plan(status.plan.to_json())
        task = status.task
        if task is not None and task.call is not None:
            display.progress(task.step + 1, task.steps, str(task.call), task.stage)

    try:
        outcome = run_lockstep(instruction, settings, options.timeout, folder, video=options.video, on_status=on_status)
    except Interrupted as signal:
        verdict = Verdict.failure(Cause.CANCELLED, f"interrupted by {signal}", "task")
        close_cut_off_run(folder, instruction, settings, "lockstep", verdict, [])
        return verdict
    display.end_progress()
    return outcome.verdict


def _carry_out(
    instruction: str, settings: Settings, folder: RunFolder, options: argparse.Namespace, display: RunDisplay
) -> Verdict:
    from robomatrix_py.nodes.local_graph import READY_S, LocalGraph
    from robomatrix_py.nodes.task_client import TaskProgress

    def on_progress(progress: TaskProgress) -> None:
        if progress.plan is not None:
            display.plan(progress.plan)
        call = call_text(progress.skill, progress.arguments) if progress.skill else ""
        display.progress(progress.step, progress.steps, call, progress.stage)

    with LocalGraph(settings, folder.path / "log", named_options(options)) as graph:
        if graph.attached is not None:
            refuse_grants(options)
            display.say(f"using the graph that runs already (process {graph.attached.pid})")
        try:
            graph.client.wait_ready(READY_S)
        except DeviceError as error:
            raise EnvironmentFault(
                error.what, where="graph", remedy=error.remedy or "see 'robomatrix doctor'", code="NOT_READY"
            ) from error
        try:
            result = graph.client.run(
                instruction, options.planner or "", folder.path.resolve(), options.timeout, on_progress
            )
            display.end_progress()
            return result.verdict
        except (Interrupted, DeviceError) as error:
            display.end_progress()
            ignore_signals()
            verdict = _interrupted(graph, error)
    # The scheduler is gone or will not finish: what it left in the folder is closed here.
    close_cut_off_run(folder, instruction, settings, "ros", verdict, graph.deaths)
    return verdict


def _interrupted(graph: Any, error: BaseException) -> Verdict:
    """Bring the task to an end after a signal or a death, and say how it ended."""
    if isinstance(error, Interrupted):
        graph.client.cancel(_CANCEL_S)
        return Verdict.failure(Cause.CANCELLED, f"interrupted by {error}; the arm holds its position", "task")
    what = error.what if isinstance(error, DeviceError) else str(error)
    known = graph.client.halt(f"robomatrix run, because {what}", _HALT_S)
    return Verdict.failure(Cause.DRIVER_FAULT, f"{what}; {known}", "task")


def _show(verdict: Verdict, folder: Path, display: RunDisplay, options: argparse.Namespace) -> None:
    record = read_run(folder)
    if options.json:
        print(json.dumps(_as_json(verdict, folder, record)))
        return
    facts = {"run folder": str(folder)}
    if record.summary is not None:
        done, total = record.summary.steps_done, record.summary.steps_total
        facts = {"steps": f"{done} of {total} verified", "time": f"{record.summary.duration_s:.1f} s"} | facts
    if (folder / REPORT_FILE).exists():
        facts["report"] = str(folder / REPORT_FILE)
    display.summary(verdict, facts)


def _as_json(verdict: Verdict, folder: Path, record: Any) -> dict[str, Any]:
    summary = record.summary.to_json() if record.summary is not None else {}
    return summary | {
        "verdict": verdict.to_json(),
        "plan": record.plan.to_json() if record.plan is not None else None,
        "steps": [step.to_json() for step in record.steps],
        "run_folder": str(folder),
    }
