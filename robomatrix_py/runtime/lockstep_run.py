"""A whole task in lock-step: world, skills and scheduler in one process on simulated time, without ROS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.policy import SkillPolicy
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.disk import write_fault
from robomatrix_py.data.records import RunSummary
from robomatrix_py.data.run_folder import SIM_FINAL_FILE, SIM_INITIAL_FILE, RunFolder
from robomatrix_py.runtime.corrections import remembered_corrections
from robomatrix_py.runtime.lockstep import LockstepCorrections, LockstepRig, LockstepSkillClient
from robomatrix_py.runtime.lockstep_cameras import scene_source
from robomatrix_py.runtime.lockstep_policy import LockstepPolicy
from robomatrix_py.runtime.lockstep_recorder import LockstepRecorder
from robomatrix_py.runtime.policy import make_policy
from robomatrix_py.runtime.rehearsed import Rehearsed
from robomatrix_py.runtime.run_writer import RunWriter, write_report
from robomatrix_py.runtime.task_session import SessionPhase, SessionStatus, TaskSession, make_plan
from robomatrix_py.scheduler.facts import derive_facts
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.planner import make_planner
from robomatrix_py.scheduler.practice import NO_PRACTICE, Practice
from robomatrix_py.scheduler.scene_graph import SceneGraph, scene_graph
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.inputs import INPUTS_FILE

_SCHEDULER_HZ = 20.0
# A few scenes long, so that an object that drops out of one of them is not called absent.
_LOOK_S = 0.25


@dataclass(frozen=True)
class TaskOutcome:
    """How a task in lock-step ended.

    Args:
        verdict: The verdict.
        status: The last status of the session.
        simulated_s: Simulated time it took.
        state_hash: Hash of the final physics state; equal for equal seeds.
        summary: What was written, or None without a run folder.
    """

    verdict: Verdict
    status: SessionStatus
    simulated_s: float
    state_hash: str
    summary: RunSummary | None


def make_rig(settings: Settings, policy: SkillPolicy | None = None) -> LockstepRig:
    """Return a robot on simulated time as the settings describe it.

    Args:
        settings: Robot, scene, perception, skills.
        policy: Serves learned skills; where none is handed in, it is the one of the settings, if they name one.

    Raises:
        ConfigError: Robot, scene or a skill is wrong, or the policy's files are.
        EnvironmentFault: The policy cannot be run here.
    """
    if policy is None and settings.skills.policy == "learned":
        policy = make_policy(settings)
    return LockstepRig(
        settings.load_robot(),
        settings.model_file,
        settings.load_skills(),
        settings.sim_config(),
        settings.gate,
        settings.skills,
        scene_source(settings),
        LockstepPolicy(policy, settings.skills.learned) if policy is not None else None,
    )


def run_lockstep(
    instruction: str,
    settings: Settings,
    deadline_s: float,
    folder: RunFolder | None,
    *,
    video: bool,
    on_status: Callable[[SessionStatus, float], None] = lambda _status, _now_s: None,
    on_event: Callable[[TaskEvent], None] = lambda _event: None,
    rig: LockstepRig | None = None,
    practice: Practice = NO_PRACTICE,
    rehearsed: Rehearsed | None = None,
    mode: str = "lockstep",
    known: Scene | None = None,
    corrections: Sequence[tuple[float, str]] = (),
    answer: Callable[[str, float], str] | None = None,
) -> TaskOutcome:
    """Carry out one task and return how it ended.

    Args:
        instruction: The person's words.
        settings: World, planner and bounds.
        deadline_s: Longest simulated time.
        folder: Run folder to write, or None to write nothing.
        video: Whether cameras are recorded into the run folder.
        on_status: Hears how far it is, with simulated time, after every step of the scheduler.
        on_event: Hears what happens.
        rig: The robot, where the caller has one already.
        practice: What was learnt from earlier runs.
        rehearsed: The plan to carry out, where it was rehearsed; None: a plan is made.
        mode: ``lockstep`` or ``rehearsal``.
        known: What is known of the scene before the first look, such as what lies in a closed drawer.
        corrections: What a person says in between: when, in s since the start, and the words. What comes after the end
            is heard when all is over.
        answer: Answers a question within some seconds, or says nothing; None: nobody does, unless corrections do.

    Raises:
        ConfigError: Robot, scene, planner or a skill is wrong.
        EnvironmentFault: A video is wanted and no OpenGL can be had.
    """
    rig = rig or make_rig(settings)
    recorder = LockstepRecorder(rig, folder, video=video) if folder else None
    writer = None
    if folder:
        cameras = rig.world.filming_cameras
        camera = cameras[0].name if cameras else ""
        writer = RunWriter(folder, instruction, settings, mode, camera, rig.now_s)
        folder.write_json(SIM_INITIAL_FILE, rig.world.snapshot())

    def emit(event: TaskEvent) -> None:
        on_event(event)
        if writer and recorder:
            writer.take(event)
            recorder.on_event(event)

    memory = SceneMemory(settings.memory, settings.facts)
    client = LockstepSkillClient(rig)
    if known is not None:
        items = {item.name: replace(item, seen_s=rig.now_s, visible=True) for item in known}
        memory.update(rig.evidence(Scene(items, rig.now_s, known.source)))
    skills = settings.load_skills()
    if answer is None and not corrections:
        settings = settings.without_questions()
    session = TaskSession(
        instruction,
        settings,
        rig.robot,
        skills,
        client,
        memory,
        deadline_s,
        emit,
        practice=practice,
        rehearsed=rehearsed,
        corrections=LockstepCorrections(rig),
        remembered=remembered_corrections(folder.path.parent, settings.corrections.runs_max) if folder else None,
    )
    began_s = rig.now_s
    waiting = sorted(corrections, key=lambda entry: entry[0])
    status = session.status
    ticks_between = max(1, round(settings.gate.rate_hz / _SCHEDULER_HZ))
    while status.verdict is None:
        for _ in range(ticks_between):
            rig.tick()
            if recorder:
                recorder.update(rig.now_s)
        while waiting and rig.now_s - began_s >= waiting[0][0]:
            session.correct(waiting.pop(0)[1], "script", rig.now_s)
        was_asking = status.phase is SessionPhase.ASKING
        status = session.tick(rig.now_s, rig.evidence(rig.scene))
        on_status(status, rig.now_s)
        if answer is not None and status.phase is SessionPhase.ASKING and not was_asking:
            # Simulated time stands still while a person thinks.
            text = answer(session.question, settings.planning.question_s)
            session.correct(text or "no", "terminal" if text else "silence", rig.now_s)
    for _, text in waiting:
        session.correct(text, "script", rig.now_s)
    if recorder:
        recorder.close()
    summary = None
    if folder and writer:
        folder.write_json(SIM_FINAL_FILE, rig.world.snapshot())
        try:
            rig.inputs.take().save(folder.path / INPUTS_FILE)
        except OSError as error:
            folder.report_fault(write_fault(folder.path / INPUTS_FILE, error))
        summary = writer.finish(rig.now_s, status.verdict, rig.scene.source)
        write_report(folder.path, settings)
    return TaskOutcome(status.verdict, status, rig.now_s - began_s, rig.world.state_hash(), summary)


def plan_lockstep(
    instruction: str, settings: Settings, rig: LockstepRig, practice: Practice = NO_PRACTICE
) -> Plan:
    """Look at the scene and return the plan for a task; the robot does not move.

    Raises:
        ConfigError: There is no planner of the configured name.
    """
    skills = settings.load_skills()
    planner = make_planner(settings.planner, skills, rig.robot.resources, settings.planning, practice)
    return make_plan(planner, instruction, look_lockstep(settings, rig), settings)


def scene_lockstep(settings: Settings, rig: LockstepRig) -> SceneGraph:
    """Look at the scene and return what is known of it; the robot does not move."""
    remembered = look_lockstep(settings, rig)
    facts = derive_facts(remembered, settings.facts)
    return scene_graph(remembered.scene, facts, rig.now_s, settings.planning.doubtful_below)


def look_lockstep(settings: Settings, rig: LockstepRig) -> Evidence:
    """Look at the scene for a moment and return the readings with what was seen; the robot does not move."""
    memory = SceneMemory(settings.memory, settings.facts)
    remembered = memory.update(rig.evidence(rig.scene))
    looked_s = rig.now_s
    while rig.now_s - looked_s < _LOOK_S:
        rig.tick()
        remembered = memory.update(rig.evidence(rig.scene))
    return remembered
