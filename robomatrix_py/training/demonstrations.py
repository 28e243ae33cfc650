"""Demonstrations: the scripted skills as experts that know all, recorded through the cameras of a learned policy.

The expert sees the simulator's true state; what is recorded is what a policy would see and what the expert has the tool
aim at, ten times a second of simulated time. Disturbances show how to recover from what a policy does wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.patches import Floats
from robomatrix_py.contracts.policy import CHUNK_DT_S, SKILLS, WHOLE_TASKS, Goal, ToolState, goal_of
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.data.lerobot_video import Frame
from robomatrix_py.data.lerobot_writer import Recorded
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.policies.action.observation import NAMES, Observer
from robomatrix_py.runtime.eyes import Gaze, Sight
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_cameras import LockstepCameras
from robomatrix_py.runtime.perception import Encoder, make_perception
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.scheduler.facts import GRIPPER_EMPTY, derive_facts
from robomatrix_py.scheduler.fit import misfit
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.config import SensorConfig, SimTruthConfig
from robomatrix_py.skills.context import SkillContext
from robomatrix_py.skills.judge import EffectJudge
from robomatrix_py.skills.runner import SkillRunner
from robomatrix_py.skills.scripted import SCRIPTED
from robomatrix_py.skills.scripted.motion import Script, grip, travel
from robomatrix_py.skills.tool_state import tool_state
from robomatrix_py.training.columns import (
    ACTION,
    AIM_MASK,
    DONE,
    END_FRAMES,
    FEATURES,
    LINK,
    PROGRESS,
    SKILL,
    SPLIT,
    STATE,
    TASK,
    TASK_FEATURES,
    aim_mask,
)
from robomatrix_py.training.config import DisturbanceConfig
from robomatrix_py.training.disturbances import DisturbedServo, Disturber
from robomatrix_py.training.episodes import (
    LINKS_MAX,
    ROAM,
    Episode,
    depth_noise_per_m,
    draw_episode,
    dress,
    roam_call,
    roams,
)
from robomatrix_py.training.splits import SceneDraw
from robomatrix_py.training.whole_tasks import whole_task

_Columns = dict[str, npt.NDArray[Any]]
_EXPERT = SimTruthConfig(SensorConfig(rate_hz=20.0), yaw_noise_rad=0.0, occlusion=False)
_PROGRESS_COLUMN = NAMES.index("memory.progress")
_JUDGE_MAX_S = 3.0
_ROAM_DEADLINE_S = 12.0
_SETTLE_FRAMES = 3
_FINGERS_S = 1.0


@dataclass(frozen=True, eq=False)
class Attempt:
    """How one skill of an episode went.

    Args:
        call: The skill.
        frames: Frames it took.
        cause: Why it failed, empty where it succeeded.
        message: The same for people.
    """

    call: SkillCall
    frames: int
    cause: str = ""
    message: str = ""


@dataclass(eq=False)
class _Tape:
    """What is recorded of one skill."""

    features: list[Floats] = field(default_factory=list)
    task_features: list[Floats] = field(default_factory=list)
    state: list[Array] = field(default_factory=list)
    aims: list[Array] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    pictures: dict[str, list[Frame]] = field(default_factory=dict)


class DemonstrationMaker:
    """Records episodes; use it from one thread only.

    Args:
        settings: Robot, furniture, and camera perception with the encoder that looks.
        draw: How scenes are drawn.
        disturbances: What goes wrong.
        split: Number kept with every frame: 0 to train on, 1 to choose a checkpoint by.

    Raises:
        ConfigError: The settings name no camera perception, or the encoder's files are wrong.
    """

    def __init__(self, settings: Settings, draw: SceneDraw, disturbances: DisturbanceConfig, split: int = 0) -> None:
        self.settings = _prompt(settings)
        self._draw = draw
        self._disturbances = disturbances
        self._split = split
        self._skills = settings.load_skills()
        self._encoder = make_perception(self.settings)[1]

    def record(self, seed: int) -> tuple[list[Recorded], list[Attempt]]:
        """Return the demonstrations of one episode, and how every skill of it went.

        Args:
            seed: The same seed gives the same demonstrations.
        """
        return self.record_episode(draw_episode(seed, self.settings.scene, self._draw))

    def record_episode(self, episode: Episode) -> tuple[list[Recorded], list[Attempt]]:
        """Return the demonstrations of an episode, and how every skill of it went."""
        stage = _Stage(self.settings, self._skills, episode, self._disturbances, self._encoder)
        recorded, attempts = [], []
        for number, link in enumerate(episode.links):
            if roams(stage.rng):
                stage.roam()
            task = whole_task(link, self._skills)
            stage.begin(task)
            shown: list[tuple[SkillCall, _Columns, _Tape]] = []
            for call in link:
                if not stage.permits(call):
                    break
                attempt, tape = stage.attempt(call)
                attempts.append(attempt)
                if attempt.cause:
                    break
                shown.append((call, self._columns(call, tape, stage.disturber.onsets_s), tape))
            # Only what was carried out to the end shows a whole task.
            place = WHOLE_TASKS.index(task[0].skill) if task and len(shown) == len(link) else -1
            for call, columns, tape in shown:
                count = len(tape.features)
                columns[TASK] = np.full(count, place, dtype=np.int64)
                columns[LINK] = np.full(count, episode.seed * LINKS_MAX + number, dtype=np.int64)
                goal, _ = goal_of(self._skills[call.skill], call)
                recorded.append(Recorded(task_text(goal), columns, tape.pictures))
            if not stage.fit_to_go_on():
                break
        return recorded, attempts

    def _columns(self, call: SkillCall, tape: _Tape, onsets_s: list[float]) -> _Columns:
        count = len(tape.features)
        moving = count - END_FRAMES
        progress = np.minimum(np.arange(count) / max(1, moving - 1), 1.0).astype(np.float32)
        features = np.stack(tape.features)
        # What the model will have said a step before.
        features[1:, _PROGRESS_COLUMN] = progress[:-1]
        return {
            FEATURES: features,
            TASK_FEATURES: np.stack(tape.task_features),
            STATE: np.stack(tape.state).astype(np.float32),
            ACTION: np.stack(tape.aims).astype(np.float32),
            AIM_MASK: aim_mask(np.array(tape.times_s), np.array(onsets_s)),
            PROGRESS: progress,
            DONE: np.array(tape.done, dtype=np.float32),
            SKILL: np.full(count, SKILLS.index(call.skill), dtype=np.int64),
            SPLIT: np.full(count, self._split, dtype=np.int64),
        }


class _Follower:
    """Observes with a goal in mind.

    Args:
        encoder: Reads the goal's texts.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._gaze = Gaze()
        self._observer = Observer(encoder)

    def start(self, goal: Goal, names: tuple[str, ...], now_s: float) -> None:
        self._observer.start(goal)
        self._gaze.start(names, now_s)

    def notice(self, sight: Sight) -> None:
        self._gaze.notice(sight)

    def observe(self, sight: Sight, tool: ToolState) -> Floats:
        return self._observer.observe(self._gaze.glance(sight, tool), 0.0)


class _Stage:
    """One world with arm, expert, cameras and disturbances."""

    def __init__(
        self,
        settings: Settings,
        skills: Mapping[str, SkillSpec],
        episode: Episode,
        disturbances: DisturbanceConfig,
        encoder: Encoder,
    ) -> None:
        robot = settings.load_robot()
        noise = depth_noise_per_m(episode.draw, np.random.default_rng([episode.seed, 0xDE9]))
        cameras = replace(settings.sim.cameras, depth_noise_per_m=noise)
        settings = replace(settings, sim=replace(settings.sim, cameras=cameras))
        sim = replace(settings.sim_config(), scene=episode.scene, seed=episode.world_seed, truth=_EXPERT)
        self._specs = {**skills, ROAM: _roam_spec(skills["move_to"])}
        scripts = {**SCRIPTED, ROAM: roam}
        self._servo = DisturbedServo(robot, settings.model_file, settings.skills.servo)
        runner = SkillRunner(
            robot, settings.model_file, self._specs, settings.skills, servo=self._servo, scripts=scripts
        )
        self._rig = LockstepRig(
            robot, settings.model_file, self._specs, sim, settings.gate, settings.skills, runner=runner
        )
        dress(self._rig.world, episode.draw, episode.seed)
        self._cameras = LockstepCameras(self._rig.world, settings)
        self._skill = _Follower(encoder)
        self._task = _Follower(encoder)
        self._in_task = False
        self._sizes_px = encoder.views_px
        self._chain = SerialChain(robot)
        self._tick_s = 1.0 / settings.gate.rate_hz
        self._ticks_a_frame = round(CHUNK_DT_S / self._tick_s)
        self.rng = np.random.default_rng([episode.seed, 0xD15])
        self.disturber = Disturber(self._servo, self._rig.world, disturbances, self.rng)
        self._pass(_SETTLE_FRAMES)

    def begin(self, task: tuple[Goal, tuple[str, ...]] | None) -> None:
        """Begin a link: a whole task, or none."""
        self._in_task = task is not None
        if task is not None:
            self._task.start(*task, self._rig.now_s)

    def permits(self, call: SkillCall) -> bool:
        """Return whether a skill can be carried out now: its preconditions hold and what it places fits."""
        evidence = self._rig.evidence(self._rig.scene)
        facts = derive_facts(evidence)
        objects = evidence.scene.objects
        wanted = [atom.bind(call.bindings()) for atom in self._specs[call.skill].preconditions]
        if call.skill == "position_over":
            item, target = (objects[str(call.arguments[key])] for key in ("object", "target"))
            if Affordance.CONTAINER in target.affordances and misfit(item, target):
                return False
        # What is momentary was just done by the call before.
        return all(atom in facts for atom in wanted if atom.predicate != "over")

    def fit_to_go_on(self) -> bool:
        """Return whether the next link can begin: nothing is held and the gate lets the arm move."""
        rig = self._rig
        evidence = rig.evidence(rig.scene)
        stop = rig.gate.status.stop
        return not (stop and stop.latched) and GRIPPER_EMPTY in derive_facts(evidence)

    def roam(self) -> None:
        """Go to a random start; nothing is recorded."""
        self._await_frame()
        rig = self._rig
        rig.session.start(roam_call(rig.world, self.rng), _ROAM_DEADLINE_S, rig.now_s)
        while rig.session.busy:
            rig.tick()
        self._pass(_SETTLE_FRAMES)

    def attempt(self, call: SkillCall) -> tuple[Attempt, _Tape]:
        """Carry out a skill, judge it, and return how it went and what was recorded."""
        rig, spec = self._rig, self._specs[call.skill]
        self._await_frame()
        goal, names = goal_of(spec, call)
        self._skill.start(goal, names, rig.now_s)
        judge = EffectJudge(spec)
        judge.begin(call, rig.evidence(rig.scene))
        self.disturber.start(call.skill, self._movable(names), rig.now_s)
        tape = _Tape()
        rig.session.start(call, spec.deadline_s, rig.now_s)
        while rig.session.busy:
            if self.disturber.update(rig.runner.progress.stage, rig.now_s):
                rig.inputs.disturbed()
            self._step(tape, ended=False)
        self.disturber.stop()
        report = rig.runner.progress.report
        if report is None or not report.succeeded:
            cause = report.cause if report else Cause.LEASE_LOST
            return Attempt(call, len(tape.aims), str(cause), report.message if report else ""), tape
        self._await_frame()
        verdict = None
        ended_s = rig.now_s
        while rig.now_s < ended_s + END_FRAMES * CHUNK_DT_S - self._tick_s / 2:
            self._step(tape, ended=True)
            verdict = verdict or judge.judge(rig.evidence(rig.scene), rig.now_s)
        while verdict is None and rig.now_s < ended_s + _JUDGE_MAX_S:
            rig.tick()
            verdict = judge.judge(rig.evidence(rig.scene), rig.now_s)
        if verdict is None or not verdict.succeeded:
            message = verdict.message if verdict else "the judge came to no verdict"
            return Attempt(call, len(tape.aims), str(Cause.VERDICT_FAILED), message), tape
        return Attempt(call, len(tape.aims)), tape

    def _movable(self, names: tuple[str, ...]) -> str:
        item = self._rig.scene.objects.get(names[0]) if names else None
        return item.name if item is not None and Affordance.MOVABLE in item.affordances else ""

    def _on_frame(self) -> bool:
        return round(self._rig.now_s / self._tick_s) % self._ticks_a_frame == 0

    def _await_frame(self) -> None:
        """Let time pass until the next frame is due."""
        while not self._on_frame():
            self._rig.tick()

    def _pass(self, frames: int) -> None:
        """Let time pass and look around."""
        self._await_frame()
        for _ in range(frames):
            self._look()
            for _ in range(self._ticks_a_frame):
                self._rig.tick()

    def _look(self) -> Sight:
        self._cameras.update(self._rig.now_s)
        sight = self._cameras.sight
        if sight is None:
            raise RuntimeError("the cameras have nothing to show although a frame is due")
        self._skill.notice(sight)
        self._task.notice(sight)
        return sight

    def _step(self, tape: _Tape, *, ended: bool) -> None:
        """Advance by one tick; when a frame is due, look first and note what the expert aims at then."""
        rig = self._rig
        if not self._on_frame():
            rig.tick()
            return
        sight = self._look()
        rig.tick()
        if not (ended or rig.runner.running):
            return
        # The expert has answered to this very moment, and the servo says where the tool was commanded to be in it.
        joints = rig.joints
        tool = tool_state(rig.robot, self._chain, self._servo, joints)
        tape.features.append(self._skill.observe(sight, tool))
        nothing = np.zeros(len(NAMES), dtype=np.float32)
        tape.task_features.append(self._task.observe(sight, tool) if self._in_task else nothing)
        tape.state.append(np.array([*_state_numbers(tool), *joints.arm_positions_rad(rig.robot)]))
        tape.aims.append(self._servo.wanted)
        tape.times_s.append(sight.taken_s)
        tape.done.append(float(ended))
        for view in sight.views:
            tape.pictures.setdefault(view.camera, []).append(_shrunk(view.color, self._sizes_px[view.camera]))


def task_text(goal: Goal) -> str:
    """Return a goal as a sentence, for policies that read sentences."""
    things = [f"the {text}" for text in goal.texts]
    match goal.skill:
        case "move_to":
            return f"move above {things[0]}"
        case "position_over":
            return f"hold {things[0]} over {things[1]}"
        case "release":
            return f"put {things[0]} down in or on {things[1]}"
        case "open_drawer" | "close_drawer":
            return f"{goal.skill.removesuffix('_drawer')} {things[0]}"
        case "push":
            return f"push {things[0]} {goal.direction} by {100 * goal.distance_m:.0f} cm"
        case _:
            return f"{goal.skill} {things[0]}"


def roam(context: SkillContext, x_m: float, y_m: float, z_m: float, yaw_rad: float, opening: float) -> Script:
    """Go to a place with some opening of the gripper: no skill, but the way to a random start of one."""
    context.stage("roam", 0.5)
    yield from travel(context, lambda: np.array([x_m, y_m, z_m]), yaw_rad)
    yield from grip(context, opening, _FINGERS_S)
    return "there"


def _roam_spec(like: SkillSpec) -> SkillSpec:
    """Return what the runner wants to know of `roam`."""
    numbers = ("x_m", "y_m", "z_m", "yaw_rad", "opening")
    arguments = tuple(replace(like.arguments[0], name=name) for name in numbers)
    return replace(like, name=ROAM, arguments=arguments, policy_kind="scripted")


def _state_numbers(tool: ToolState) -> list[float]:
    return [
        *tool.commanded_xyz_m,
        tool.commanded_yaw_rad,
        *tool.velocity_m_s,
        *tool.measured_xyz_m,
        tool.opening_commanded,
        tool.opening,
        tool.opening_speed_per_s,
        tool.force_n,
    ]


def _shrunk(color: Frame, size_px: tuple[int, int]) -> Frame:
    """Return a picture as large as the encoder sees it, width and height."""
    if (color.shape[1], color.shape[0]) == size_px:
        return color
    return np.asarray(Image.fromarray(color).resize(size_px, Image.Resampling.BOX))


def _prompt(settings: Settings) -> Settings:
    """Return settings whose cameras look when a frame is due and are understood at once."""
    cameras = replace(settings.sim.cameras, rate_hz=1.0 / CHUNK_DT_S, delay_s=0.0, drop_out=0.0)
    if not isinstance(settings.perception, PerceptionConfig):
        raise ConfigError("demonstrations are seen by cameras", where="perception", permitted=("camera",))
    # What a user has added is no part of what is learned.
    perception = replace(settings.perception, rate_hz=1.0 / CHUNK_DT_S, latency_s=0.0, objects="")
    if not math.isclose(CHUNK_DT_S * settings.gate.rate_hz % 1.0, 0.0, abs_tol=1e-9):
        raise ConfigError(f"rate_hz is {settings.gate.rate_hz}", where="gate", permitted="a multiple of 10")
    return replace(settings, sim=replace(settings.sim, cameras=cameras), perception=perception)
