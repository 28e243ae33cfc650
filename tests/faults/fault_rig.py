"""A robot on simulated time with real cameras, the encoder that ships and a real policy with random weights.

Nobody knows what such a policy will want: whatever it is, no command may leave the limits, and the arm must stand once
the skill has ended.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.policy import SKILLS, Glance, Goal, PolicyChunk
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.perception.config import PerceptionConfig
from robomatrix_py.policies.action.config import ActionSize
from robomatrix_py.policies.action.inference import LearnedPolicy
from robomatrix_py.policies.action.normaliser import Normaliser
from robomatrix_py.policies.action.observation import CAMERAS, NAMES
from robomatrix_py.runtime.lockstep import LockstepRig
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.runtime.perception import encoder_folder, encoder_sha256
from robomatrix_py.runtime.policy import make_policy
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.settings import Settings, resolve

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
from robomatrix_py.policies.action.export import export_action_model  # noqa: E402
from robomatrix_py.policies.action.model import ActionModel  # noqa: E402

GRASP = SkillCall("grasp", {"object": "red_cube"})
STAND_S = 0.6
"""Within this time of a skill's end the arm stands."""
_STANDING_RAD_S = 0.01
_WATCHED_S = 1.0
# A random policy's aims: some centimetres about where the tool is, and some turn, at any speed.
_MEAN = np.array([0.0, 0.0, 0.0, 0.8, 0.0, 0.5, 0.6], dtype=np.float32)
_SPREAD = np.array([0.8, 0.8, 0.8, 0.5, 0.8, 0.5, 0.3], dtype=np.float32)
_NEVER_DONE = -8.0


@cache
def policy_folder() -> Path:
    """Return an exported policy with random weights for the encoder that ships."""
    settings = resolve(["perception=camera"])
    assert isinstance(settings.perception, PerceptionConfig)
    torch.manual_seed(5)
    aims = Normaliser(_MEAN, _SPREAD)
    seen = Normaliser(np.zeros(len(NAMES), np.float32), np.ones(len(NAMES), np.float32))
    model = ActionModel(ActionSize(width=32, condition=16, blocks=2), seen, aims)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape))
        model.heads[-1].bias[1] = _NEVER_DONE
    about = {
        "cameras": {camera: [64, 48] for camera in CAMERAS},
        "skills": list(SKILLS),
        "encoder_sha256": encoder_sha256(encoder_folder(settings.perception)),
        "data_sha256": "d" * 64,
        "data": "none: the weights are random",
        "training": {},
        "held_out": {},
        "measured": {},
        "robomatrix": "test",
        "commit": None,
    }
    folder = Path(tempfile.mkdtemp(prefix="random_policy_"))
    export_action_model(model, (seen, aims), 2, settings.load_robot(), about, folder)
    return folder


class Changed:
    """A policy whose answers are changed on the way (a :class:`~robomatrix_py.contracts.policy.SkillPolicy`).

    Args:
        policy: The policy.
        change: From a chunk and the time since the skill began to what is answered in its place.
    """

    def __init__(self, policy: LearnedPolicy, change: Callable[[PolicyChunk, float], PolicyChunk]) -> None:
        self._policy = policy
        self._change = change

    def start(self, goal: Goal) -> None:
        """Begin a skill."""
        self._policy.start(goal)

    def act(self, glance: Glance) -> PolicyChunk:
        """Return the changed chunk."""
        return self._change(self._policy.act(glance), glance.since_start_s)


class CommandLedger:
    """Every command that the gate let through to the joints.

    Args:
        rig: The robot.
    """

    def __init__(self, rig: LockstepRig) -> None:
        self._robot = rig.robot
        self._rows: list[tuple[float, np.ndarray, float]] = []
        rig.on_command(self._note)

    def _note(self, command: JointCommand, now_s: float) -> None:
        self._rows.append((now_s, command.positions_rad.copy(), command.gripper_opening))

    def moved_rad(self) -> float:
        """Return the longest way that a joint was commanded."""
        joints = np.array([row[1] for row in self._rows])
        return float(np.abs(np.diff(joints, axis=0)).sum(0).max())

    def require_within_limits(self) -> None:
        """Hold positions, speeds, accelerations and the tool's place of all commands against the robot's limits."""
        assert self._rows, "nothing was commanded"
        robot, chain = self._robot, SerialChain(self._robot)
        times = np.array([row[0] for row in self._rows])
        joints = np.array([row[1] for row in self._rows])
        assert np.isfinite(joints).all()
        assert all(0.0 <= row[2] <= 1.0 for row in self._rows)
        box = robot.workspace.tool_box_in_base
        for angles in joints[::5]:
            place = chain.tool_pose(angles).position_m
            assert box.contains(place, 1e-3), place
            assert not any(kept_out.contains(place, -1e-3) for kept_out in robot.workspace.keep_out_in_base), place
        dt_s = np.diff(times)[:, None]
        speeds = np.diff(joints, axis=0) / dt_s
        changes = np.diff(speeds, axis=0) / dt_s[1:]
        for index, joint in enumerate(robot.joints):
            assert joints[:, index].min() >= joint.position_min_rad
            assert joints[:, index].max() <= joint.position_max_rad
            assert np.abs(speeds[:, index]).max() <= joint.velocity_max_rad_s * 1.001
            most = max(joint.acceleration_max_rad_s2, joint.stop_deceleration_rad_s2)
            assert np.abs(changes[:, index]).max() <= most * 1.05, joint.name


@dataclass(frozen=True, eq=False)
class Trial:
    """How one skill went.

    Args:
        report: The skill's own account.
        took_s: Simulated time from its start to its end.
        stood_after_s: Simulated time from its end until the arm stood for good.
        ledger: What was commanded.
        rig: The robot.
    """

    report: Verdict
    took_s: float
    stood_after_s: float
    ledger: CommandLedger
    rig: LockstepRig

    def require_safe(self) -> None:
        """Check what holds whatever went wrong."""
        self.ledger.require_within_limits()
        assert self.stood_after_s <= STAND_S, self.stood_after_s
        stop = self.rig.gate.status.stop
        assert stop is None or not stop.latched, stop
        # What the gate refused it says, and the arm has braked all the same.
        refused = self.rig.gate.status.chunks_refused
        assert bool(refused) == (self.report.cause is Cause.LIMIT), (refused, self.report)


def settings_with(*overrides: str) -> list[str]:
    """Return overrides for cameras, a learned policy with random weights and some more."""
    model = f"skills.learned.model={policy_folder()}"
    return ["perception=camera", "seed=2", "skills.policy=learned", model, *overrides]


@cache
def _resolved(*overrides: str) -> Settings:
    return resolve(list(overrides))


def run_skill(
    overrides: list[str],
    call: SkillCall = GRASP,
    deadline_s: float = 6.0,
    on_tick: Callable[[LockstepRig, float], None] = lambda _rig, _since_s: None,
    change: Callable[[PolicyChunk, float], PolicyChunk] | None = None,
    look_s: float = 0.0,
) -> Trial:
    """Run one skill to its end and see whether the arm comes to rest.

    Args:
        overrides: Settings.
        call: The skill.
        deadline_s: It is failed after this simulated time.
        on_tick: Called after every tick with the time since the start.
        change: Changes what the policy answers.
        look_s: The scene is looked at for so long before.
    """
    settings = _resolved(*overrides)
    rig = make_rig(settings, Changed(make_policy(settings), change) if change is not None else None)
    ledger = CommandLedger(rig)
    while rig.now_s < look_s:
        rig.tick()
    began_s = rig.now_s
    rig.session.start(call, deadline_s, began_s)
    while rig.session.busy:
        rig.tick()
        on_tick(rig, rig.now_s - began_s)
    ended_s = rig.now_s
    report = rig.session.progress.report
    assert report is not None
    stood_s = ended_s
    while rig.now_s - ended_s < _WATCHED_S:
        rig.tick()
        if np.abs(rig.joints.arm_velocities_rad_s(rig.robot)).max() > _STANDING_RAD_S:
            stood_s = rig.now_s
    return Trial(report, ended_s - began_s, stood_s - ended_s, ledger, rig)
