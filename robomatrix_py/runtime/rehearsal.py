"""Runs a plan in a simulated copy of the present scene before the robot moves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import RobomatrixError
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.run_folder import REHEARSAL_FOLDER, RunFolder
from robomatrix_py.runtime.experience import REHEARSAL_MODE
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig, run_lockstep
from robomatrix_py.runtime.rehearsed import REHEARSED_FILE, Rehearsed
from robomatrix_py.runtime.run_writer import RunWriter, close_cut_off_run, write_report
from robomatrix_py.runtime.task_session import SessionStatus
from robomatrix_py.scheduler.facts import is_gripping
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.staging import stage

_SHIFT_MAX_M = 0.02


@dataclass(frozen=True)
class RehearsalLimits:
    """How long a rehearsal may take.

    Args:
        simulated_s: By the simulated clock.
        wall_s: By the clock on the wall.
    """

    simulated_s: float
    wall_s: float = 120.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not (self.simulated_s > 0.0 and self.wall_s > 0.0):
            raise ValueError(f"limits {self.simulated_s} s and {self.wall_s} s; permitted: above 0")


class _TooLong(Exception):
    """The wall-clock limit has passed."""


def rehearse(
    plan: Plan,
    now: Evidence,
    settings: Settings,
    run_folder: RunFolder,
    limits: RehearsalLimits,
    on_status: Callable[[SessionStatus, float], None] = lambda _status, _now_s: None,
) -> tuple[Verdict, Rehearsed | None]:
    """Run a plan in a simulated copy of the scene; nothing else moves.

    Args:
        plan: The plan, with steps.
        now: Newest readings, with the scene as remembered.
        settings: What the run proper is configured by; perception and policy are the same here.
        run_folder: Run folder of the run proper: the rehearsal's own goes into it.
        limits: How long it may take.
        on_status: Hears how far it is; may raise to give up.

    Returns:
        How it ended, and the plan to carry out if that was a success. Whatever keeps the scene from being built is a
        failure too: nothing unrehearsed runs.
    """
    folder = RunFolder(run_folder.path / REHEARSAL_FOLDER, run_folder.report_fault)
    try:
        folder.path.mkdir()
    except OSError as error:
        return _not_begun(f"{folder.path} cannot be created: {error.strerror or error}"), None
    if is_gripping(now, settings.facts):
        return _not_begun("the gripper holds something; have it put down first"), None
    try:
        staged = replace(settings, scene=stage(now.scene, now.joints.arm_positions_rad(settings.load_robot()).tolist()))
        rig = make_rig(staged)
        shifted = _shifted(rig, plan, now.scene)
        if shifted:
            return _not_begun(f"in simulation {shifted} does not stay where it is seen"), None
        verdict = _run(plan, now.scene, staged, folder, rig, limits, on_status)
    except RobomatrixError as error:
        return _not_begun(str(error)), None
    if not verdict.succeeded:
        return replace(verdict, message=f"in rehearsal: {verdict.message}"), None
    rehearsed = Rehearsed.of(plan, now.scene)
    folder.write_bytes(REHEARSED_FILE, rehearsed.document())
    return verdict, rehearsed


def close_unrehearsed_run(
    folder: RunFolder, instruction: str, settings: Settings, mode: str, plan: Plan, verdict: Verdict
) -> Verdict:
    """Write the run folder of a run that ends with its rehearsal, and return the run's verdict.

    Args:
        folder: Its run folder.
        instruction: The person's words.
        settings: What it is configured by.
        mode: ``ros`` or ``lockstep``.
        plan: The plan that was rehearsed.
        verdict: How the rehearsal ended.
    """
    message = f"nothing moved: {verdict.message}"
    ended = Verdict.failure(verdict.cause or Cause.PLAN_INVALID, message, REHEARSAL_MODE, **verdict.evidence)
    now_s = time.monotonic()
    writer = RunWriter(folder, instruction, settings, mode, "", now_s)
    writer.take(TaskEvent(now_s, "plan", {"plan": plan.to_json()}))
    writer.take(TaskEvent(now_s, "task_verdict", {"verdict": ended.to_json(), "steps_done": 0}))
    writer.finish(now_s, ended, "")
    write_report(folder.path, settings)
    return ended


def _run(
    plan: Plan,
    known: Scene,
    settings: Settings,
    folder: RunFolder,
    rig: LockstepRig,
    limits: RehearsalLimits,
    on_status: Callable[[SessionStatus, float], None],
) -> Verdict:
    end_s = time.monotonic() + limits.wall_s

    def watch(status: SessionStatus, now_s: float) -> None:
        if time.monotonic() > end_s:
            raise _TooLong
        on_status(status, now_s)

    given = Rehearsed(plan, {})
    try:
        outcome = run_lockstep(
            plan.instruction,
            settings,
            limits.simulated_s,
            folder,
            video=False,
            on_status=watch,
            rig=rig,
            mode=REHEARSAL_MODE,
            rehearsed=given,
            known=known,
        )
    except _TooLong:
        verdict = Verdict.failure(Cause.TIMEOUT, f"it took longer than {limits.wall_s:g} s", REHEARSAL_MODE)
        close_cut_off_run(folder, plan.instruction, settings, REHEARSAL_MODE, verdict, [])
        return verdict
    return outcome.verdict


def _shifted(rig: LockstepRig, plan: Plan, scene: Scene) -> str:
    """Return which thing of the plan the simulated world did not keep in its place, or an empty text."""
    for name in Rehearsed.of(plan, scene).positions_m:
        if name in rig.world.object_names:
            away_m = float(np.linalg.norm(rig.world.pose(name).position_m - scene.objects[name].position_m))
            if away_m > _SHIFT_MAX_M:
                return name
    return ""


def _not_begun(why: str) -> Verdict:
    return Verdict.failure(Cause.PLAN_INVALID, f"the rehearsal could not be held: {why}", REHEARSAL_MODE)
