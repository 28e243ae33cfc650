"""Runs one skill at a time, scripted or learned, control step by control step: perception in, chunk out."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.contracts.base import BLASTER
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.correction import Nudge
from robomatrix_py.contracts.errors import StaleDataError
from robomatrix_py.contracts.execution import SkillProgress
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import BaseState, JointState, RangeScan
from robomatrix_py.contracts.policy import SKILLS, WHOLE_TASKS, PolicyRequest, ToolState, goal_of
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall, SkillSpec
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.skills.chunks import ChunkFollower
from robomatrix_py.skills.config import SkillConfig
from robomatrix_py.skills.context import SkillContext, SkillFailure
from robomatrix_py.skills.learned import PolicyPort, learned
from robomatrix_py.skills.mobile.base_servo import BaseServo
from robomatrix_py.skills.mobile.base_view import BaseView
from robomatrix_py.skills.scripted import RECOVERIES, ScriptedSkill
from robomatrix_py.skills.scripts import scripts_of
from robomatrix_py.skills.servo import MotionError, Servo
from robomatrix_py.skills.tool_state import tool_state


class SkillRunner:
    """The closed loop of the skill layer. No ROS, no clock, no threads.

    Args:
        robot: The robot.
        model_file: Its MuJoCo model.
        skills: Every skill by name.
        config: How skills look and move, and what serves them.
        policy: The way to the policy that serves learned skills, where there is one.
        servo: Moves the tool, where it is not the ordinary one.
        scripts: The scripted skills by name, where they are not those of the robot.
    """

    def __init__(
        self,
        robot: RobotDescription,
        model_file: Path,
        skills: Mapping[str, SkillSpec],
        config: SkillConfig,
        policy: PolicyPort | None = None,
        servo: Servo | None = None,
        scripts: Mapping[str, ScriptedSkill] | None = None,
    ) -> None:
        self._robot = robot
        self._skills = skills
        self._config = config
        self._servo = servo or Servo(robot, model_file, config.servo, config.corrections)
        self._scripts = scripts_of(robot) if scripts is None else scripts
        self._base: BaseView | None = None
        if robot.base is not None:
            base_servo = BaseServo(robot.base, self._servo.dt_s, config.servo.lookahead_steps)
            self._base = BaseView(robot.base, base_servo)
        self._base_chunk: ActionChunk | None = None
        self._context = SkillContext(robot, self._servo, config, self._base)
        self._chain = SerialChain(robot)
        self._policy = policy
        self._served_by = config.policy
        self._follower: ChunkFollower | None = None
        self._number = 0
        self._script: Generator[None, None, str] | None = None
        self._report: Verdict | None = None
        self._name = ""
        self._started_s = 0.0
        self._deadline_s = 0.0
        self._steps = -1
        self._held = False
        self._held_before_s = 0.0

    def warm_up(self) -> None:
        """Plan a few steps at the ready pose, so that the first real ones are not late for the gate."""
        self._servo.start(self._robot.home, 1.0)
        for _ in range(3):
            self._servo.step(1, 0.0, 0.0)

    def serve_by(self, policy: str) -> None:
        """Have the next skills served by one of :data:`~robomatrix_py.skills.config.POLICIES`."""
        self._served_by = policy

    @property
    def dt_s(self) -> float:
        """Time between control steps."""
        return self._servo.dt_s

    @property
    def running(self) -> bool:
        """Whether a skill is under way."""
        return self._script is not None

    def check(self, call: SkillCall) -> Verdict | None:
        """Return why a call cannot be started, or None."""
        spec = self._skills.get(call.skill)
        if spec is None:
            known = ", ".join(sorted(self._skills))
            return Verdict.failure(Cause.PLAN_INVALID, f"unknown skill {call.skill}; permitted: {known}", "start")
        if spec.withheld:
            return Verdict.failure(Cause.PLAN_INVALID, spec.withheld, "start")
        if self._is_learned(call):
            if self._policy is None or call.skill not in (*SKILLS, *WHOLE_TASKS):
                return Verdict.failure(Cause.PLAN_INVALID, f"no learned policy serves {call.skill}", "start")
        elif spec.policy_kind != "scripted" or call.skill not in self._scripts:
            return Verdict.failure(Cause.PLAN_INVALID, f"no policy serves {call.skill}", "start")
        wanted = {argument.name for argument in spec.arguments if argument.default is None}
        permitted = {argument.name for argument in spec.arguments}
        if not wanted <= set(call.arguments) <= permitted:
            return Verdict.failure(
                Cause.PLAN_INVALID,
                f"{call.skill} was given {sorted(call.arguments)}; permitted: {sorted(permitted)}",
                "start",
            )
        return None

    def start(self, call: SkillCall, deadline_s: float, rest: Array, now_s: float) -> None:
        """Start a skill that was checked.

        Args:
            call: Skill and arguments.
            deadline_s: It is failed after this time.
            rest: Joint positions and gripper opening at which the lease begins, shape (dims,).
            now_s: Monotonic time.
        """
        self._servo.start(rest[:-1], float(rest[-1]))
        self._base_chunk = None
        if self._base is not None:
            self._base.start()
        self._context.stage("start", 0.0)
        self._context.variation = call.variation
        self._script = self._script_of(call, now_s)
        self._report = None
        self._name = call.skill
        self._started_s = now_s
        self._deadline_s = deadline_s
        self._held_before_s = self._context.held_s
        self._steps = -1

    def correct(self, nudge: Nudge) -> str:
        """Lay a person's correction over the running skill; return why it is refused, or an empty text.

        It lasts until the skill ends. The skill itself does not notice; the gate judges what comes of it.
        """
        return self._servo.correct(nudge) if self.running else "no skill is running"

    def hold(self, *, held: bool) -> None:
        """Have the running skill, and any that is started, stand still; or let it go on where it was.

        Time spent so counts for no deadline of the skill.
        """
        self._held = held
        self._servo.hold(held=held)

    def _is_learned(self, call: SkillCall) -> bool:
        return self._served_by == "learned" and call.skill not in (*RECOVERIES, *self._config.learned.scripted)

    def _script_of(self, call: SkillCall, now_s: float) -> Generator[None, None, str]:
        self._follower = None
        if not self._is_learned(call) or self._policy is None:
            return self._scripts[call.skill](self._context, **call.arguments)
        self._number += 1
        goal, names = goal_of(self._skills[call.skill], call)
        self._follower = ChunkFollower(self._config.learned.blend_s)
        return learned(self._context, self._policy, PolicyRequest(self._number, goal, names, now_s), self._follower)

    def observe(self, joints: JointState, scene: Scene, now_s: float) -> None:
        """Take in what was perceived; also between skills, so that a new one knows what was seen before."""
        self._context.update(joints, scene, now_s)

    def observe_base(self, state: BaseState) -> None:
        """Take odometry in."""
        if self._base is not None:
            self._base.observe(state)

    def observe_ranges(self, scan: RangeScan) -> None:
        """Take a turn of ranges in."""
        if self._base is not None:
            self._base.range(scan)

    @property
    def base_chunk(self) -> ActionChunk | None:
        """What the newest step has for the base, to be sent after its chunk for the arm; None without a base."""
        return self._base_chunk

    def take_shot(self, now_s: float, observed_s: float) -> ActionChunk | None:
        """Return the shot that the newest step asks for, to be sent after its other chunks, or None."""
        if self._base is None or not self._base.take_trigger():
            return None
        row = np.ones((1, 1))
        return ActionChunk(0, now_s, self.dt_s, ActionSpace.SHOT, (BLASTER,), row, observed_s)

    def forget(self) -> None:
        """Forget what was perceived, as when another perception source takes over."""
        self._context.forget()

    def step(self, now_s: float, observed_s: float) -> ActionChunk | None:
        """Run the script up to now and return the next chunk; None while none is due and once it has ended."""
        if self._script is None:
            return None
        if now_s - self._started_s - (self._context.held_s - self._held_before_s) > self._deadline_s:
            self._end(Verdict.failure(Cause.TIMEOUT, f"not done within {self._deadline_s:.0f} s", self._stage))
            return None
        passed = math.floor((now_s - self._started_s) / self.dt_s + 0.5) - self._steps
        if passed <= 0:
            return None
        try:
            if self._held:
                self._context.held_s += passed * self.dt_s
            else:
                for _ in range(passed):
                    next(self._script)
            self._steps += passed
            if self._base is not None:
                if self._held:
                    self._base.stand()
                self._base_chunk = self._base.servo.step(passed, now_s, observed_s)
            return self._servo.step(passed, now_s, observed_s)
        except StopIteration as end:
            self._end(Verdict.success(str(end.value), self._stage))
        except SkillFailure as failure:
            self._end(Verdict.failure(failure.cause, failure.message, self._stage, **failure.evidence))
        except MotionError as error:
            self._end(Verdict.failure(Cause.INFERENCE_ERROR, str(error), self._stage))
        except StaleDataError as error:
            self._end(Verdict.failure(Cause.STALE_OBSERVATION, str(error), self._stage))
        return None

    @property
    def tool_state(self) -> ToolState | None:
        """Tool and gripper as a policy looks at them; None while no skill runs."""
        if self._script is None:
            return None
        return tool_state(self._robot, self._chain, self._servo, self._context.joints)

    def end(self, cause: Cause, message: str) -> None:
        """End the running skill from outside, such as on a cancel or a refused chunk."""
        if self._script is not None:
            self._end(Verdict.failure(cause, message, self._stage))

    @property
    def progress(self) -> SkillProgress:
        """How far the skill is, with its own account once it has ended."""
        context = self._context
        return SkillProgress(context.stage_name, context.progress, report=self._report)

    @property
    def _stage(self) -> str:
        return f"{self._name}.{self._context.stage_name}"

    def _end(self, report: Verdict) -> None:
        if self._script is not None:
            self._script.close()
        self._script = None
        evidence: dict[str, Any] = dict(report.evidence)
        if self._follower is not None:
            evidence["chunks"] = self._follower.account()
        self._report = replace(report, evidence=evidence)
