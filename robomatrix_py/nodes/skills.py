"""The skill layer as a node: the action `execute_skill`, which moves the robot through the gate."""

from __future__ import annotations

import time

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.task import Future
from robomatrix_interfaces.action import ExecuteSkill
from robomatrix_interfaces.msg import MotionCorrection, SafetyState, SceneObjects
from robomatrix_interfaces.srv import ListSkills
from sensor_msgs.msg import JointState

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import RobomatrixError
from robomatrix_py.contracts.observation import JointState as Joints
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.nodes import names
from robomatrix_py.nodes.base_ear import BaseEar
from robomatrix_py.nodes.convert import (
    call_from_request,
    joint_state_from_msg,
    scene_from_msg,
    skill_to_msg,
    verdict_to_msg,
)
from robomatrix_py.nodes.correction_port import apply_correction
from robomatrix_py.nodes.gate_port import RosGatePort
from robomatrix_py.nodes.policy_port import RosPolicyPort
from robomatrix_py.nodes.process import run_node
from robomatrix_py.settings.settings import Settings
from robomatrix_py.skills.runner import SkillRunner
from robomatrix_py.skills.session import SkillSession

_FEEDBACK_PERIOD_S = 0.1
_DEADLINE_MAX_S = 600.0
_READINGS_S = 3.0


class SkillsNode(Node):
    """Translates messages for the skill session and steps it at the control rate."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("skills")
        self._skills = settings.load_skills()
        robot = settings.load_robot()
        self._policy = RosPolicyPort(self) if settings.skills.policy == "learned" else None
        self._runner = SkillRunner(robot, settings.model_file, self._skills, settings.skills, self._policy)
        self._runner.warm_up()
        self._gate = RosGatePort(self, robot.resources)
        self._session = SkillSession(self._runner, self._gate)
        self._joints: Joints | None = None
        self._scene: Scene | None = None
        self._goal: ServerGoalHandle | None = None
        self._done: Future | None = None
        self._waiting: tuple[SkillCall, float, float] | None = None
        self._fed_back_s = 0.0
        if robot.base is not None:
            self._ear = BaseEar(self, self._runner.observe_base, self._runner.observe_ranges)
        self.create_subscription(JointState, names.JOINT_STATES, self._on_joints, names.STATE_QOS)
        self.create_subscription(SceneObjects, names.SCENE_OBJECTS, self._on_scene, names.STATE_QOS)
        self.create_subscription(SafetyState, names.SAFETY_STATE, self._on_safety, names.LATCHED_QOS)
        self.create_subscription(
            MotionCorrection, names.MOTION_CORRECTIONS, self._on_correction, names.CORRECTION_QOS
        )
        self.create_service(ListSkills, names.LIST_SKILLS, self._on_list)
        self._server = ActionServer(
            self,
            ExecuteSkill,
            names.EXECUTE_SKILL,
            execute_callback=self._execute,
            goal_callback=self._on_goal,
            cancel_callback=lambda _goal: CancelResponse.ACCEPT,
        )
        self.create_timer(self._runner.dt_s, self._tick)

    def finish(self) -> None:
        """End the running skill; the gate brakes."""
        self._session.lost(Cause.CANCELLED, "the skill process is shutting down")

    def _on_goal(self, request: ExecuteSkill.Goal) -> GoalResponse:
        free = self._done is None and not self._session.busy
        return GoalResponse.ACCEPT if free and 0.0 < request.deadline_s <= _DEADLINE_MAX_S else GoalResponse.REJECT

    async def _execute(self, goal: ServerGoalHandle) -> ExecuteSkill.Result:
        self._goal = goal
        self._done = Future()
        try:
            request = goal.request
            call = call_from_request(request.skill, request.arguments_json, request.variation)
        except RobomatrixError as error:
            self._done.set_result(Verdict.failure(Cause.PLAN_INVALID, str(error), "start"))
        else:
            self._waiting = (call, goal.request.deadline_s, time.monotonic())
        report: Verdict = await self._done
        self._goal = self._done = None
        if report.cause is Cause.CANCELLED and goal.is_cancel_requested:
            goal.canceled()
        elif report.succeeded:
            goal.succeed()
        else:
            goal.abort()
        return ExecuteSkill.Result(report=verdict_to_msg(report))

    def _tick(self) -> None:
        now_s = time.monotonic()
        if self._goal is None or self._done is None or self._done.done():
            return
        if self._waiting is not None and not self._begin(*self._waiting, now_s):
            return
        if self._goal.is_cancel_requested:
            self._session.cancel()
        elif self._scene is not None:
            self._session.tick(now_s, self._scene.received_s)
            if self._policy is not None:
                self._policy.show(self._runner.tool_state)
        progress = self._session.progress
        if progress.report is not None:
            self._done.set_result(progress.report)
        elif now_s - self._fed_back_s > _FEEDBACK_PERIOD_S:
            self._fed_back_s = now_s
            self._goal.publish_feedback(
                ExecuteSkill.Feedback(stage=progress.stage, progress=progress.progress, message=progress.message)
            )

    def _begin(self, call: SkillCall, deadline_s: float, asked_s: float, now_s: float) -> bool:
        """Start the skill once the first readings are there, or after some patience without them."""
        seen = self._joints is not None and self._scene is not None
        if not seen and now_s - asked_s < _READINGS_S:
            return False
        self._waiting = None
        if seen:
            self._session.start(call, deadline_s, now_s)
        elif self._done is not None:
            message = f"no joint states or no scene objects within {_READINGS_S:.0f} s"
            self._done.set_result(Verdict.failure(Cause.STALE_OBSERVATION, message, "start"))
        return seen

    def _on_joints(self, message: JointState) -> None:
        now_s = time.monotonic()
        joints = joint_state_from_msg(message, now_s)
        if joints is not None:
            self._joints = joints
            if self._scene is not None:
                self._runner.observe(joints, self._scene, now_s)

    def _on_scene(self, message: SceneObjects) -> None:
        try:
            self._scene = scene_from_msg(message, time.monotonic())
        except ValueError as error:
            self.get_logger().warning(f"refused scene objects: {error}", throttle_duration_sec=5.0)

    def _on_safety(self, message: SafetyState) -> None:
        if self._session.holding_lease and self._gate.lost(message):
            cause = Cause(message.cause) if message.cause else Cause.LEASE_LOST
            self._session.lost(cause, message.message or "the gate ended the lease")

    def _on_correction(self, message: MotionCorrection) -> None:
        refusal = apply_correction(message, self._runner)
        if refusal:
            self.get_logger().warning(f"refused a correction: {refusal}", throttle_duration_sec=1.0)

    def _on_list(self, _request: ListSkills.Request, response: ListSkills.Response) -> ListSkills.Response:
        response.skills = [skill_to_msg(skill) for _, skill in sorted(self._skills.items())]
        return response


def main() -> int:
    """Run the skill process."""
    return run_node("skills", SkillsNode, real_time=True)


if __name__ == "__main__":
    raise SystemExit(main())
