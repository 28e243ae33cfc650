"""World, driver, perception, gate and skills stepped together in one process on simulated time, without ROS.

The same cores run as separate processes over ROS 2; here every step happens in a fixed order, so that the same seed
gives the same run bit for bit, faster than real time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from robomatrix_py.contracts.action import ActionChunk, JointCommand
from robomatrix_py.contracts.correction import Nudge
from robomatrix_py.contracts.errors import StaleDataError
from robomatrix_py.contracts.execution import Evidence, SkillProgress
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import BaseState, JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.runtime.evidence import make_evidence
from robomatrix_py.runtime.eyes import Sight
from robomatrix_py.runtime.lockstep_policy import LockstepPolicy
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.gate import Gate
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.sim.arm_driver import SimArmDriver
from robomatrix_py.sim.base_driver import SimBaseDriver
from robomatrix_py.sim.blaster import SimBlaster
from robomatrix_py.sim.config import SimConfig
from robomatrix_py.sim.inputs import InputLog
from robomatrix_py.sim.truth import SimTruth
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.skills.config import SkillConfig
from robomatrix_py.skills.runner import SkillRunner
from robomatrix_py.skills.session import LeaseAnswer, SkillSession

_HOLDER = "skills"


@dataclass(frozen=True, eq=False)
class Rates:
    """How the loops divide time.

    Args:
        gate_s: Period of gate and driver.
        physics_steps: Physics steps in one of them.
    """

    gate_s: float
    physics_steps: int


class SceneSource(Protocol):
    """A perception source on simulated time."""

    def update(self, now_s: float) -> Scene | None:
        """Return a scene if a new one has arrived."""


@runtime_checkable
class SightSource(SceneSource, Protocol):
    """A perception source that sees by cameras, which a policy can look through too."""

    @property
    def sight(self) -> Sight | None:
        """The newest sight."""


class LockstepRig:
    """A whole robot on simulated time.

    Args:
        robot: The robot.
        model_file: Its MuJoCo model.
        skills: Every skill by name.
        sim: World settings and seed.
        gate: Gate settings.
        skill: Skill settings.
        scenes: Makes the perception source.
        policy: Serves learned skills, where there are any.
        runner: Runs the skills, where it is not the ordinary one.
    """

    def __init__(
        self,
        robot: RobotDescription,
        model_file: Path,
        skills: Mapping[str, SkillSpec],
        sim: SimConfig,
        gate: GateConfig,
        skill: SkillConfig,
        scenes: Callable[[SimWorld], SceneSource] = SimTruth,
        policy: LockstepPolicy | None = None,
        runner: SkillRunner | None = None,
    ) -> None:
        self.robot = robot
        self.world = SimWorld(robot, model_file, sim)
        self.inputs = InputLog(self.world)
        self.driver = SimArmDriver(self.world)
        self.base_driver = SimBaseDriver(self.world) if robot.base is not None else None
        blaster = robot.base.blaster if robot.base is not None else None
        self.blaster = SimBlaster(self.world, blaster) if blaster is not None else None
        self.scenes = scenes(self.world)
        self.gate = Gate(robot, gate)
        self.runner = runner or SkillRunner(robot, model_file, skills, skill, policy)
        self._policy = policy
        self.session = SkillSession(self.runner, _DirectGate(self))
        self._chain = SerialChain(robot)
        self._rates = Rates(1.0 / gate.rate_hz, round(1.0 / gate.rate_hz / sim.timestep_s))
        self._steps_per_control = round(self.runner.dt_s / self._rates.gate_s)
        self._ticks = 0
        self._joints: JointState | None = None
        self._scene: Scene | None = None
        self._base: BaseState | None = None
        self._after_tick: list[Callable[[float], None]] = []
        self._on_command: list[Callable[[JointCommand, float], None]] = []
        self._warm_up()

    @property
    def now_s(self) -> float:
        """Simulated time."""
        return self._ticks * self._rates.gate_s

    def after_tick(self, call: Callable[[float], None]) -> None:
        """Have `call(now_s)` called after every tick, for cameras and recorders."""
        self._after_tick.append(call)

    def on_command(self, call: Callable[[JointCommand, float], None]) -> None:
        """Have `call(command, now_s)` called with every command the gate lets through."""
        self._on_command.append(call)

    @property
    def joints(self) -> JointState:
        """Newest joint state."""
        if self._joints is None:
            raise StaleDataError("no joint state has arrived", where="sim driver")
        return self._joints

    @property
    def scene(self) -> Scene:
        """Newest perceived scene."""
        if self._scene is None:
            raise StaleDataError("no scene has arrived", where="perception")
        return self._scene

    def evidence(self, scene: Scene) -> Evidence:
        """Return what judge and scheduler may look at, with `scene` as the known scene."""
        return make_evidence(self.robot, self._chain, self.joints, scene, self.base_pose)

    @property
    def base_pose(self) -> Pose | None:
        """Where the base is by its odometry; None for a robot that has none."""
        return self._base.pose_base_in_odom if self._base is not None else None

    def tool_pose(self) -> Pose:
        """Return the tool's pose in the base frame by forward kinematics of the newest joint state."""
        return self._chain.tool_pose(self.joints.arm_positions_rad(self.robot))

    def tick(self) -> None:
        """Advance everything by one gate period."""
        now_s = self.now_s
        self._perceive(now_s)
        self._have_policy_look(now_s)
        self._hear_gate()
        if self._ticks % self._steps_per_control == 0:
            self.session.tick(now_s, now_s)
        if self._policy is not None:
            # Only now does the servo say where the tool is commanded to be at this moment.
            self._policy.note(self.runner.tool_state, now_s)
        command = self.gate.tick(now_s)
        if command is not None:
            self.driver.command(command, now_s)
            for call in self._on_command:
                call(command, now_s)
        if self.base_driver is not None:
            base_command = self.gate.base_command(now_s)
            if base_command is not None:
                self.base_driver.command(base_command, now_s)
            if self.gate.shot() and self.blaster is not None:
                self.blaster.fire()
        timestep_s = self.world.config.timestep_s
        for i in range(self._rates.physics_steps):
            self.driver.update(now_s + i * timestep_s)
            if self.base_driver is not None:
                self.base_driver.update(now_s + i * timestep_s)
            self.inputs.note()
            self.world.step()
        self._ticks += 1
        for after in self._after_tick:
            after(self.now_s)

    def _perceive(self, now_s: float) -> None:
        joints = self.driver.read(now_s)
        if joints is not None:
            self._joints = joints
            self.gate.observe(joints, now_s)
        if self.base_driver is not None:
            self._perceive_base(self.base_driver, now_s)
        scene = self.scenes.update(now_s)
        if scene is not None:
            self._scene = scene
        if self._joints is not None and self._scene is not None and (joints is not None or scene is not None):
            self.runner.observe(self._joints, self._scene, now_s)

    def _perceive_base(self, driver: SimBaseDriver, now_s: float) -> None:
        base, scan = driver.read(now_s), driver.scan(now_s)
        if base is not None:
            self._base = base
            self.gate.observe_base(base, now_s)
            self.runner.observe_base(base)
        if scan is not None:
            self.runner.observe_ranges(scan)

    def _have_policy_look(self, now_s: float) -> None:
        if self._policy is None or self._scene is None:
            return
        if isinstance(self.scenes, SightSource):
            self._policy.update(self.scenes.sight, now_s)
        else:
            # Without cameras a policy has nothing to look at but what perception says.
            self._policy.update(Sight(self._scene, self._scene.received_s), now_s)

    def _hear_gate(self) -> None:
        """Tell the skill why the gate ended its lease, as the gate's state does over ROS."""
        status = self.gate.status
        if self.session.holding_lease and not status.holder and status.stop is not None:
            self.session.lost(status.stop.cause, status.stop.message)

    def _warm_up(self) -> None:
        """Run until the first joint state and the first scene have come through their sensors."""
        for _ in range(round(10.0 / self._rates.gate_s)):
            if self._joints is not None and self._scene is not None:
                return
            self.tick()
        raise StaleDataError(
            "no joint state or no scene within 10 s of simulated time",
            where="simulated world",
            remedy="see drop_out and delay_s of the sensors; "
            "pictures older than perception.camera_age_max_s are not used",
        )


class _DirectGate:
    """The way from a skill to the gate in the same process (a :class:`~robomatrix_py.skills.session.GatePort`)."""

    def __init__(self, rig: LockstepRig) -> None:
        self._rig = rig

    def ask_lease(self) -> None:
        """Nothing to send: the answer is fetched when it is wanted."""

    def lease_answer(self) -> LeaseAnswer:
        """Return the gate's answer."""
        rig = self._rig
        lease = rig.gate.acquire(_HOLDER, rig.robot.resources, rig.now_s)
        if isinstance(lease, Refusal):
            again = lease.code is RefusalCode.NOT_READY
            return LeaseAnswer("", np.empty(0), lease.cause, str(lease), again)
        return LeaseAnswer(lease.token, lease.rest)

    def send(self, chunk: ActionChunk, token: str) -> None:
        """Submit a chunk; a refusal ends the skill at once."""
        refusal = self._rig.gate.submit(chunk, token, self._rig.now_s)
        if refusal is not None:
            self._rig.session.lost(refusal.cause, str(refusal))

    def give_back(self, token: str) -> None:
        """Give the lease back."""
        self._rig.gate.release(token, self._rig.now_s)


class LockstepSkill:
    """One skill under way in a rig (a :class:`~robomatrix_py.contracts.execution.SkillHandle`)."""

    def __init__(self, rig: LockstepRig, call: SkillCall, deadline_s: float) -> None:
        self._session = rig.session
        self._session.start(call, deadline_s, rig.now_s)

    def poll(self, now_s: float) -> SkillProgress:
        """Return how far it is."""
        return self._session.progress

    def cancel(self, now_s: float) -> None:
        """End it and brake."""
        self._session.cancel()


class LockstepSkillClient:
    """Starts skills in a rig (a :class:`~robomatrix_py.contracts.execution.SkillClient`)."""

    def __init__(self, rig: LockstepRig) -> None:
        self._rig = rig

    def start(self, call: SkillCall, deadline_s: float, now_s: float) -> LockstepSkill:
        """Start a skill."""
        return LockstepSkill(self._rig, call, deadline_s)


class LockstepCorrections:
    """The way of corrections in a rig (a :class:`~robomatrix_py.scheduler.corrections.desk.CorrectionPort`)."""

    def __init__(self, rig: LockstepRig) -> None:
        self._rig = rig

    def nudge(self, nudge: Nudge) -> None:
        """Lay a correction over the motion under way."""
        self._rig.runner.correct(nudge)

    def hold(self, *, held: bool) -> None:
        """Have the skill under way stand still, or go on."""
        self._rig.runner.hold(held=held)

    def stop(self, source: str) -> None:
        """Latch the protective stop."""
        self._rig.gate.request_stop(source, self._rig.now_s)
