"""Carry out a task given as a sentence, in simulation, over ROS 2 or (with --fast) in lock-step without ROS."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from robomatrix_py.commands.signals import (
    Interrupted,
    ignore_signals,
    interruptible,
    raise_if_interrupted,
    raise_on_signals,
)
from robomatrix_py.commands.typist import Typist
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DeviceError, EnvironmentFault
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.disk import predict_run_bytes
from robomatrix_py.data.run_folder import REHEARSAL_FOLDER, REPORT_FILE, RunFolder
from robomatrix_py.data.run_reader import read_run
from robomatrix_py.runtime.dialogue import TOLD
from robomatrix_py.runtime.environment import require_mujoco
from robomatrix_py.runtime.experience import note_run, reality_of
from robomatrix_py.runtime.practice import load_practice
from robomatrix_py.runtime.rehearsed import Rehearsed
from robomatrix_py.runtime.run_writer import close_cut_off_run, remove_run, told_text
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import Settings

_PERCEPTIONS = {
    "sim_truth": "perception sim_truth (the simulator's state with noise, no camera)",
    "camera": "perception camera",
}
_TIMEOUT_S = 300.0
_CANCEL_S = 1.5
_HALT_S = 1.0
_PLAN_S = 15.0
_LOOK_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("task", nargs="+", help='what to do, such as "put the red cube in the bin"')
    add_world_options(parser)
    add_policy_option(parser)
    add_planner_options(parser)
    parser.add_argument("--out", metavar="DIR", help="where run folders go (default: runs)")
    parser.add_argument("--fast", action="store_true", help="lock-step on simulated time, without ROS")
    parser.add_argument(
        "--rehearse", action="store_true", help="run the plan in a simulated copy of the scene first; go on if verified"
    )
    parser.add_argument("--no-video", dest="video", action="store_false", help="with --fast: draw no cameras")
    parser.add_argument(
        "--say",
        type=_correction,
        action="append",
        default=[],
        metavar="S:TEXT",
        help="with --fast: correct it after so many seconds of simulated time, such as '4:a bit to the left'",
    )
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
    from robomatrix_py.runtime.lockstep_run import look_lockstep, make_rig, plan_lockstep, run_lockstep

    skills = settings.load_skills()
    practice, warnings = load_practice(settings, skills, reality_of(settings, "lockstep"))
    _warn(warnings)
    on_status, typist = _shower(display), Typist.at_terminal()
    rig, rehearsed = None, None
    try:
        with interruptible():
            if options.rehearse:
                rig = make_rig(settings)
                plan = plan_lockstep(instruction, settings, rig, practice)
                if plan.steps:
                    now = look_lockstep(settings, rig)
                    verdict, rehearsed = _rehearse(plan, now, settings, folder, options, display)
                    if rehearsed is None:
                        return _end_with_rehearsal(folder, instruction, settings, "lockstep", plan, verdict)
            outcome = run_lockstep(
                instruction,
                settings,
                options.timeout,
                folder,
                video=options.video,
                on_status=on_status,
                rig=rig,
                practice=practice,
                rehearsed=rehearsed,
                on_event=lambda event: _show_correction(event, display),
                corrections=options.say,
                answer=None if typist is None else lambda _question, wait_s: typist.line_within(wait_s),
            )
    except Interrupted as signal:
        verdict = Verdict.failure(Cause.CANCELLED, f"interrupted by {signal}", "task")
        close_cut_off_run(folder, instruction, settings, "lockstep", verdict, [])
        return verdict
    display.end_progress()
    _warn([note_run(folder.path, settings, skills)])
    return outcome.verdict


def _show_correction(event: TaskEvent, display: RunDisplay) -> None:
    if event.kind in TOLD:
        display.end_progress()
        display.say(told_text(event))


def _shower(display: RunDisplay) -> Callable[[Any, float], None]:
    """Return what shows the status of a task in lock-step."""
    shown: list[Any] = [None]

    def on_status(status: Any, _now_s: float) -> None:
        raise_if_interrupted()
        if status.plan is not None and status.plan is not shown[0]:
            shown[0] = status.plan
            display.plan(status.plan.to_json())
        task = status.task
        if task is not None and task.call is not None:
            display.progress(task.step + 1, task.steps, str(task.call), task.stage)

    return on_status


def _rehearse(
    plan: Plan,
    now: Evidence,
    settings: Settings,
    folder: RunFolder,
    options: argparse.Namespace,
    display: RunDisplay,
    watch: Callable[[], None] = lambda: None,
) -> tuple[Verdict, Rehearsed | None]:
    """Run a plan in a simulated copy of the scene; return how that ended, and the plan to carry out if it went well."""
    from robomatrix_py.runtime.rehearsal import RehearsalLimits, rehearse

    show = _shower(display)

    def on_status(status: Any, now_s: float) -> None:
        watch()
        show(status, now_s)

    display.say("rehearsal: a simulated copy of the scene as it is seen now; the robot does not move")
    verdict, rehearsed = rehearse(plan, now, settings, folder, RehearsalLimits(options.timeout), on_status)
    display.end_progress()
    _warn([note_run(folder.path / REHEARSAL_FOLDER, settings, settings.load_skills())] if rehearsed else [])
    display.say(f"rehearsal {verdict.outcome}: {verdict.message}")
    return verdict, rehearsed


def _end_with_rehearsal(
    folder: RunFolder, instruction: str, settings: Settings, mode: str, plan: Plan, verdict: Verdict
) -> Verdict:
    from robomatrix_py.runtime.rehearsal import close_unrehearsed_run

    return close_unrehearsed_run(folder, instruction, settings, mode, plan, verdict)


def _warn(lines: Sequence[str]) -> None:
    for line in lines:
        if line:
            print(f"robomatrix run: {line}", file=sys.stderr)


def _carry_out(
    instruction: str, settings: Settings, folder: RunFolder, options: argparse.Namespace, display: RunDisplay
) -> Verdict:
    from robomatrix_py.nodes.local_graph import READY_S, LocalGraph
    from robomatrix_py.nodes.task_client import TaskProgress

    def on_told(line: str) -> None:
        display.end_progress()
        display.say(line)

    def on_progress(progress: TaskProgress) -> None:
        if progress.plan is not None:
            display.plan(progress.plan)
        call = call_text(progress.skill, progress.arguments) if progress.skill else ""
        display.progress(progress.step, progress.steps, call, progress.stage)

    typist = Typist.at_terminal()
    if typist is None:
        settings = settings.without_questions()
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
            with interruptible():
                if options.rehearse and (
                    verdict := _rehearse_on(graph, instruction, settings, folder, options, display)
                ):
                    return verdict
                folder_path = folder.path.resolve()
                result = graph.client.run(
                    instruction, options.planner or "", folder_path, options.timeout, on_progress, on_told, typist
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


def _rehearse_on(
    graph: Any,
    instruction: str,
    settings: Settings,
    folder: RunFolder,
    options: argparse.Namespace,
    display: RunDisplay,
) -> Verdict | None:
    """Rehearse what the running graph would do; return the verdict of the run if it ends with that, or None."""
    require_mujoco()
    if graph.attached is not None:
        settings = replace(settings, robot=graph.attached.robot)
    plan = graph.client.plan(instruction, options.planner or "", _PLAN_S + settings.planning.limit_s)
    if not plan.steps:
        # The graph will say itself what it asks or refuses.
        return None
    now = graph.client.look(settings, _LOOK_S, _PLAN_S)
    verdict, rehearsed = _rehearse(plan, now, settings, folder, options, display, graph.watch)
    return None if rehearsed else _end_with_rehearsal(folder, instruction, settings, "ros", plan, verdict)


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


def _correction(text: str) -> tuple[float, str]:
    """Return when something is to be said, and what.

    Raises:
        ArgumentTypeError: It is not of the form `seconds:words`.
    """
    after, colon, words = text.partition(":")
    if not colon or not words.strip():
        raise argparse.ArgumentTypeError(f"'{text}' is no correction; permitted: seconds, a colon, and the words")
    return seconds(after), words
