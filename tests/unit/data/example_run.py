"""Records a run folder from the simulated world, as a lock-step run does.

The arm follows a path in joint space; frames, joint states and true poses are what the simulator gives. What
a scheduler and a judge would say is written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data import channels
from robomatrix_py.data import run_folder as names
from robomatrix_py.data.pictures import PictureName, save_picture
from robomatrix_py.data.recording import RecordingWriter
from robomatrix_py.data.records import EventKind, EventRecord, RunSummary, StageSpan, StepRecord
from robomatrix_py.data.report import build_report
from robomatrix_py.data.run_folder import RunFolder
from robomatrix_py.data.versions import collect_versions
from robomatrix_py.data.video import VideoWriter, inset

ROOT = Path(__file__).parents[3]
INSTRUCTION = "put the red cube in the bin"
TICK_S = 0.02
VIDEO_HZ = 15

CALLS = (
    SkillCall("grasp", {"object": "red_cube"}, "held(red_cube) is needed to carry it"),
    SkillCall("position_over", {"object": "red_cube", "target": "bin"}, "it is let go over the bin"),
    SkillCall("release", {"object": "red_cube", "target": "bin"}, "makes in(red_cube, bin) true"),
)
PLAN = Plan(
    INSTRUCTION,
    CALLS,
    (Goal((Atom("in", ("red_cube", "bin")),), INSTRUCTION),),
    planner="grammar",
    notes=("There is one red cube; 'the bin' is the only bin.",),
)

LOST = Verdict.failure(
    Cause.VERDICT_FAILED,
    "The gripper closed on nothing.",
    "grasp.close",
    gripper={"opening": 0.021, "force_n": 0.4},
    object_height_m=0.027,
)
HELD = Verdict.success(
    "The red cube hangs in the gripper.",
    gripper={"opening": 0.46, "force_n": 11.83},
    object_height_m=0.1432,
    tool_position_m=[0.412, -0.083, 0.161],
)
IN_BIN = Verdict.success(
    "The red cube is in the bin.",
    facts=[{"fact": "in(red_cube, bin)", "holds": True, "position_m": [0.381, -0.419, 0.034], "seen_for_s": 0.6}],
)

# Duration of each stage; arm pose at its end (offset from home in rad: pan, lift, elbow); gripper opening.
PATH: tuple[tuple[str, int, int, float, tuple[float, float, float], float], ...] = (
    ("approach", 0, 1, 1.2, (-0.15, 0.25, 0.1), 1.0),
    ("descend", 0, 1, 0.9, (-0.15, 0.55, 0.15), 1.0),
    ("close", 0, 1, 0.5, (-0.15, 0.55, 0.15), 0.0),
    ("approach", 0, 2, 0.8, (-0.1, 0.25, 0.1), 1.0),
    ("descend", 0, 2, 0.9, (-0.1, 0.55, 0.15), 1.0),
    ("close", 0, 2, 0.5, (-0.1, 0.55, 0.15), 0.4),
    ("lift", 0, 2, 0.8, (-0.1, 0.2, 0.0), 0.4),
    ("carry", 1, 1, 1.6, (-0.85, 0.2, 0.0), 0.4),
    ("lower", 2, 1, 0.8, (-0.85, 0.5, 0.1), 0.4),
    ("open", 2, 1, 0.4, (-0.85, 0.5, 0.1), 1.0),
    ("retreat", 2, 1, 0.7, (-0.85, 0.1, 0.0), 1.0),
)
JUDGED = {(0, 1): LOST, (0, 2): HELD, (1, 1): Verdict.success("The cube is over the bin."), (2, 1): IN_BIN}


class Stage:
    """A running world with its cameras."""

    def __init__(self) -> None:
        import mujoco

        from robomatrix_py.settings.robots import load_robot
        from robomatrix_py.settings.yaml_file import load_yaml
        from robomatrix_py.sim.config import SceneConfig, SimConfig
        from robomatrix_py.sim.world import SimWorld

        self.robot = load_robot("ur5e")
        scene = load_yaml(SceneConfig, ROOT / "config/scene/tabletop.yaml")
        self.config = SimConfig(scene, seed=7)
        self.world = SimWorld(self.robot, ROOT / "hardware/ur5e/model.xml", self.config)
        self._front = mujoco.Renderer(self.world.model, 480, 640)
        self._wrist = mujoco.Renderer(self.world.model, 240, 320)

    def frame(self) -> np.ndarray:
        views = []
        for renderer, camera in ((self._front, "front_camera"), (self._wrist, "wrist_camera")):
            renderer.update_scene(self.world.data, camera=camera)
            views.append(renderer.render())
        return inset(*views)

    def joints(self) -> JointState:
        positions, velocities = self.world.joint_positions(), self.world.joint_velocities()
        values = [np.array([each[name] for name in positions]) for each in (positions, velocities)]
        return JointState(tuple(positions), *values, np.zeros(len(positions)), self.world.time_s)

    def command(self, positions_rad: np.ndarray, opening: float) -> None:
        data, gripper = self.world.data, self.robot.gripper
        for name, position_rad in zip(self.robot.joint_names, positions_rad, strict=True):
            data.actuator(name).ctrl = position_rad
        data.actuator(gripper.joints[0]).ctrl = opening * gripper.stroke_m / 2

    def close(self) -> None:
        self._front.close()
        self._wrist.close()


def record_example_run(parent: Path) -> Path:
    """Record the run and return its folder."""
    faults: list[Exception] = []
    stage = Stage()
    run = RunFolder.create(parent, INSTRUCTION, predicted_bytes=2**22, on_fault=faults.append)
    run.write_json(names.PLAN_FILE, PLAN.to_json())
    run.write_json(names.VERSIONS_FILE, collect_versions())
    run.write_bytes(names.CONFIG_FILE, b"robot: ur5e\nscene: tabletop\nseed: 7\n")
    run.write_json(names.SIM_INITIAL_FILE, stage.world.snapshot())
    duration_s = _follow(run, stage)
    # Nothing was grasped: the cube is put into the bin by hand, so that the two world files differ.
    x_m, y_m, z_m = stage.world.pose("bin").position_m
    stage.world.move_object("red_cube", Pose.at(x_m, y_m, z_m + 0.03, yaw_rad=0.8))
    run.write_json(names.SIM_FINAL_FILE, stage.world.snapshot())
    run.write_json(names.SUMMARY_FILE, summary(run.path.name, IN_BIN, duration_s).to_json())
    run.close()
    stage.close()
    build_report(run.path)
    assert faults == []
    return run.path


def summary(run_folder: str, verdict: Verdict, duration_s: float, **changes: object) -> RunSummary:
    """Return the summary of such a run."""
    values = {
        "instruction": INSTRUCTION,
        "verdict": verdict,
        "duration_s": duration_s,
        "steps_done": 3 if verdict.succeeded else 1,
        "steps_total": 3,
        "seed": 7,
        "robot": "ur5e",
        "scene": "tabletop",
        "planner": "grammar",
        "perception": "sim_truth",
        "mode": "lockstep",
        "run_folder": run_folder,
    }
    return RunSummary(**(values | changes))


def _follow(run: RunFolder, stage: Stage) -> float:
    """Drive the arm along the path, record everything and return the duration."""
    start_s = stage.world.time_s
    recording = RecordingWriter(
        run.path / names.RECORDING_FILE, start_ns=int(start_s * 1e9), profile="", on_fault=run.report_fault
    )
    joints = recording.add_json_channel(
        channels.JOINT_STATES_TOPIC, channels.JOINT_STATE_FORM, channels.JOINT_STATE_SCHEMA
    )
    tool = recording.add_json_channel(channels.TOOL_POSE_TOPIC, channels.TOOL_POSE_FORM, channels.TOOL_POSE_SCHEMA)
    video = VideoWriter(
        run.path / names.VIDEO_FILE, width_px=640, height_px=480, rate_hz=VIDEO_HZ, on_fault=run.report_fault
    )
    _event(run, 0.0, EventKind.RUN_STARTED, "runtime", f"Started: {INSTRUCTION}")
    _event(run, 0.01, EventKind.PLAN, "scheduler", "grasp(red_cube), position_over(red_cube, bin), ...")
    steps = _Steps(run, stage)
    frame_due_s = 0.0
    for name, index, attempt, time_s in _ticks(stage, start_s):
        steps.at(name, index, attempt, time_s)
        log_ns = int(stage.world.time_s * 1e9)
        recording.write_json(joints, log_ns, channels.joint_state_message(stage.joints()))
        recording.write_json(tool, log_ns, channels.tool_pose_message(_tool_pose(stage)))
        if time_s >= frame_due_s:
            video.add(time_s, stage.frame())
            frame_due_s += 1 / VIDEO_HZ
    duration_s = stage.world.time_s - start_s
    steps.end(duration_s)
    _event(
        run,
        3.35,
        EventKind.GATE_REFUSAL,
        "gate",
        "elbow_joint would step by 0.21 rad",
        code="STEP",
        joint="elbow",
    )
    _event(run, duration_s, EventKind.TASK_VERDICT, "judge", IN_BIN.message)
    _event(run, duration_s, EventKind.RUN_ENDED, "runtime", "Ended.")
    recording.close()
    video.close(duration_s)
    return duration_s


def _ticks(stage: Stage, start_s: float) -> Iterator[tuple[str, int, int, float]]:
    """Move the arm and yield the present stage and time after every tick."""
    world, home = stage.world, np.array(stage.robot.home)
    steps_a_tick = round(TICK_S / stage.config.timestep_s)
    here, opening = home, 1.0
    for name, index, attempt, lasts_s, offset, to_opening in PATH:
        there = home + np.array([*offset, 0.0, 0.0, 0.0])
        count = round(lasts_s / TICK_S)
        for tick in range(1, count + 1):
            share = 0.5 - 0.5 * np.cos(np.pi * tick / count)
            stage.command(here + share * (there - here), opening + share * (to_opening - opening))
            world.step(steps_a_tick)
            yield name, index, attempt, world.time_s - start_s
        here, opening = there, to_opening


def _tool_pose(stage: Stage) -> Pose:
    import mujoco

    site, quaternion_wxyz = stage.world.data.site("tool"), np.zeros(4)
    mujoco.mju_mat2Quat(quaternion_wxyz, site.xmat)
    return Pose(site.xpos, np.roll(quaternion_wxyz, -1))


def _event(run: RunFolder, time_s: float, kind: str, source: str, message: str, **fields: object) -> None:
    run.append_jsonl(names.EVENTS_FILE, EventRecord(time_s, kind, source, message, fields).to_json())


class _Steps:
    """Turns the passing stages into step records, as the runtime does."""

    def __init__(self, run: RunFolder, stage: Stage) -> None:
        self._run, self._stage = run, stage
        self._step: tuple[int, int] | None = None
        self._started_s = 0.0
        self._stages: list[StageSpan] = []
        self._pictures: dict[str, str] = {}

    def at(self, name: str, index: int, attempt: int, time_s: float) -> None:
        if (index, attempt) != self._step:
            self.end(time_s)
            self._begin(index, attempt, time_s)
        if not self._stages or self._stages[-1].name != name:
            self._stages.append(StageSpan(name, time_s, time_s))
            self._event(time_s, EventKind.STAGE, "skills", name, stage=name)
        self._stages[-1] = StageSpan(name, self._stages[-1].from_s, time_s)

    def end(self, time_s: float) -> None:
        if self._step is None:
            return
        index, attempt = self._step
        verdict, call = JUDGED[self._step], CALLS[index]
        self._picture("after")
        record = StepRecord(
            index=index,
            attempt=attempt,
            skill=call.skill,
            arguments=call.arguments,
            why=call.why,
            started_s=self._started_s,
            ended_s=time_s,
            stages=tuple(self._stages),
            report=Verdict.success("The skill believes it is done."),
            verdict=verdict,
            pictures=self._pictures,
        )
        self._run.append_jsonl(names.STEPS_FILE, record.to_json())
        self._event(time_s, EventKind.STEP_VERDICT, "judge", verdict.message)
        if not verdict.succeeded:
            self._event(time_s, EventKind.RETRY, "scheduler", "Tries once more.")

    def _event(self, time_s: float, kind: str, source: str, message: str, **fields: object) -> None:
        index, attempt = self._step or (0, 1)
        _event(self._run, time_s, kind, source, message, index=index, attempt=attempt, **fields)

    def _begin(self, index: int, attempt: int, time_s: float) -> None:
        self._step, self._started_s, self._stages, self._pictures = (index, attempt), time_s, [], {}
        self._event(time_s, EventKind.STEP_STARTED, "scheduler", str(CALLS[index]))
        self._picture("before")

    def _picture(self, moment: str) -> None:
        index, attempt = self._step or (0, 1)
        name = PictureName(index, attempt, CALLS[index].skill, moment, "front_camera")
        path = save_picture(self._run.path, name, self._stage.frame(), self._run.report_fault)
        if path:
            self._pictures[moment] = path
