"""The scheduler as a node: the action `run_task` turns a sentence into a verified plan and carries it out."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.task import Future
from robomatrix_interfaces.action import RunTask
from robomatrix_interfaces.msg import SafetyState, SceneObjects, TaskEvent
from robomatrix_interfaces.srv import GetScene, PreviewPlan
from sensor_msgs.msg import JointState

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError, RobomatrixError
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.observation import BaseState
from robomatrix_py.contracts.observation import JointState as Joints
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.disk import predict_run_bytes
from robomatrix_py.data.run_folder import RunFolder
from robomatrix_py.nodes import names
from robomatrix_py.nodes.base_ear import BaseEar
from robomatrix_py.nodes.convert import joint_state_from_msg, scene_from_msg, verdict_to_msg
from robomatrix_py.nodes.correction_ear import CorrectionEar
from robomatrix_py.nodes.process import run_node
from robomatrix_py.nodes.run_files import RunFiles
from robomatrix_py.nodes.skill_client import RosSkillClient
from robomatrix_py.nodes.task_run import TaskRun
from robomatrix_py.runtime.corrections import remembered_corrections
from robomatrix_py.runtime.evidence import make_evidence
from robomatrix_py.runtime.experience import reality_of
from robomatrix_py.runtime.planning import MakePlan, PendingPlan, PlanInThread
from robomatrix_py.runtime.practice import load_practice
from robomatrix_py.runtime.rehearsed import load_rehearsed
from robomatrix_py.runtime.task_session import (
    SessionPhase,
    SessionStatus,
    TaskSession,
    make_plan,
)
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.scheduler.facts import derive_facts
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.scheduler.planner import make_planner
from robomatrix_py.scheduler.practice import Practice
from robomatrix_py.scheduler.scene_graph import scene_graph
from robomatrix_py.settings.settings import Settings

_RATE_HZ = 20.0
_TIMEOUT_MAX_S = 3600.0
_RUNS = Path("runs")
_PREVIEWS_MAX = 4
_PHASES = {
    SessionPhase.LOOKING: RunTask.Feedback.PHASE_PLANNING,
    SessionPhase.PLANNING: RunTask.Feedback.PHASE_PLANNING,
    SessionPhase.ASKING: RunTask.Feedback.PHASE_PLANNING,
    SessionPhase.EXECUTING: RunTask.Feedback.PHASE_EXECUTING,
    SessionPhase.RECOVERING: RunTask.Feedback.PHASE_RECOVERING,
    SessionPhase.ENDED: RunTask.Feedback.PHASE_JUDGING,
}


class SchedulerNode(Node):
    """Translates messages for the task session and steps it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("scheduler")
        self._settings = settings
        self._robot = settings.load_robot()
        self._skills = settings.load_skills()
        # What is wrong with the planner's settings is said before anybody asks.
        make_planner(settings.planner, self._skills, self._robot.resources, settings.planning)
        self._chain = SerialChain(self._robot)
        self._client = RosSkillClient(self)
        self._memory = SceneMemory(settings.memory, settings.facts)
        self._files = RunFiles(self, settings.graph.nodes, self.get_logger().error)
        self._joints: Joints | None = None
        self._base: BaseState | None = None
        self._evidence: Evidence | None = None
        self._goal: ServerGoalHandle | None = None
        self._run: TaskRun | None = None
        self._done: Future | None = None
        self._plan: Plan | None = None
        self._previews: list[tuple[PendingPlan, Future]] = []
        if self._robot.base is not None:
            self._base_ear = BaseEar(self, self._on_base)
        self.create_subscription(JointState, names.JOINT_STATES, self._on_joints, names.STATE_QOS)
        self.create_subscription(SceneObjects, names.SCENE_OBJECTS, self._on_scene, names.STATE_QOS)
        self.create_subscription(SafetyState, names.SAFETY_STATE, self._on_safety, names.LATCHED_QOS)
        self._ear = CorrectionEar(self, lambda: self._run)
        self._events = self.create_publisher(TaskEvent, names.TASK_EVENTS, names.STATE_QOS)
        # A preview that waits for its plan must not keep the timer waiting, which would bring the plan.
        aside = ReentrantCallbackGroup()
        self.create_service(PreviewPlan, names.PREVIEW_PLAN, self._on_preview, callback_group=aside)
        self.create_service(GetScene, names.GET_SCENE, self._on_get_scene)
        self._server = ActionServer(
            self,
            RunTask,
            names.RUN_TASK,
            execute_callback=self._execute,
            goal_callback=self._on_goal,
            cancel_callback=lambda _goal: CancelResponse.ACCEPT,
        )
        self.create_timer(1.0 / _RATE_HZ, self._tick)

    def finish(self) -> None:
        """End the task under way."""
        if self._run is not None:
            self._run.cancel(time.monotonic())

    def _on_goal(self, request: RunTask.Goal) -> GoalResponse:
        free = self._goal is None
        return GoalResponse.ACCEPT if free and 0.0 < request.timeout_s <= _TIMEOUT_MAX_S else GoalResponse.REJECT

    async def _execute(self, goal: ServerGoalHandle) -> RunTask.Result:
        self._goal, self._done, self._plan = goal, Future(), None
        self._ear.begin()
        try:
            self._run = self._begin(goal.request)
        except RobomatrixError as error:
            self._goal = None
            goal.abort()
            verdict = Verdict.failure(Cause.PLAN_INVALID, str(error), "start")
            return RunTask.Result(verdict=verdict_to_msg(verdict))
        verdict = await self._done
        run, self._goal, self._run = self._run, None, None
        self._ear.end(run.path)
        if verdict.cause is Cause.CANCELLED and goal.is_cancel_requested:
            goal.canceled()
        elif verdict.succeeded:
            goal.succeed()
        else:
            goal.abort()
        plan = run.status.plan
        return RunTask.Result(
            verdict=verdict_to_msg(verdict),
            plan_json=json.dumps(plan.to_json()) if plan else "",
            run_folder=str(run.path),
        )

    def _begin(self, request: RunTask.Goal) -> TaskRun:
        settings = replace(self._settings, planner=request.planner or self._settings.planner)
        if request.run_folder:
            folder = Path(request.run_folder)
            if not folder.is_dir():
                raise DataError("no such folder", where=request.run_folder)
        else:
            size = predict_run_bytes(request.timeout_s, 10)
            made = RunFolder.create(_RUNS, request.instruction, predicted_bytes=size, on_fault=_raise)
            folder = made.path
        practice = self._practice(settings)
        rehearsed = load_rehearsed(folder, request.instruction)
        return TaskRun(
            self,
            self._events,
            settings,
            request.instruction,
            folder,
            self._files,
            time.monotonic(),
            lambda emit: TaskSession(
                request.instruction,
                settings,
                self._robot,
                self._skills,
                self._client,
                self._memory,
                request.timeout_s,
                emit,
                self._plan_aside,
                practice,
                rehearsed,
                self._ear.port,
                remembered_corrections(folder.parent, settings.corrections.runs_max),
            ),
        )

    def _plan_aside(self, make: MakePlan) -> PendingPlan:
        """Have a plan made where it keeps no callback waiting."""
        return PlanInThread(make, self._settings.planning.limit_s)

    def _practice(self, settings: Settings) -> Practice:
        """Return what was learnt from earlier runs, read anew for every task: it may have changed meanwhile."""
        practice, warnings = load_practice(settings, self._skills, reality_of(settings, "ros"))
        for warning in warnings:
            self.get_logger().warning(warning)
        return practice

    def _tick(self) -> None:
        self._finish_previews()
        if self._goal is None or self._run is None or self._done is None or self._done.done():
            return
        now_s = time.monotonic()
        if self._goal.is_cancel_requested:
            self._run.cancel(now_s)
        ended = self._run.tick(now_s, self._evidence)
        self._feed_back(self._run.status)
        if ended:
            self._done.set_result(self._run.verdict)

    def _feed_back(self, status: SessionStatus) -> None:
        feedback = RunTask.Feedback(phase=_PHASES[status.phase])
        if status.task is not None:
            task = status.task
            feedback.step, feedback.steps = task.step + int(task.call is not None), task.steps
            feedback.stage, feedback.progress, feedback.message = task.stage, task.progress, task.message
            if task.call is not None:
                feedback.skill, feedback.arguments_json = task.call.skill, task.call.arguments_json()
            if task.plan is not self._plan:
                self._plan = task.plan
                feedback.plan_json = json.dumps(task.plan.to_json())
        if self._goal is not None:
            self._goal.publish_feedback(feedback)

    def _on_joints(self, message: JointState) -> None:
        self._joints = joint_state_from_msg(message, time.monotonic()) or self._joints

    def _on_base(self, state: BaseState) -> None:
        self._base = state

    def _on_scene(self, message: SceneObjects) -> None:
        try:
            scene = scene_from_msg(message, time.monotonic())
        except ValueError as error:
            self.get_logger().warning(f"refused scene objects: {error}", throttle_duration_sec=5.0)
            return
        if self._joints is not None and (self._base is not None or self._robot.base is None):
            base_pose = self._base.pose_base_in_odom if self._base is not None else None
            self._evidence = make_evidence(self._robot, self._chain, self._joints, scene, base_pose)
            self._memory.update(self._evidence)

    def _on_safety(self, message: SafetyState) -> None:
        if self._run is not None:
            self._run.note_safety(message, time.monotonic())

    def _finish_previews(self) -> None:
        """Answer the previews whose plans are made."""
        for preview in list(self._previews):
            pending, done = preview
            try:
                plan = pending.poll()
            except RobomatrixError as error:
                self._previews.remove(preview)
                done.set_exception(error)
                continue
            if plan is not None:
                self._previews.remove(preview)
                done.set_result(plan)

    async def _on_preview(
        self, request: PreviewPlan.Request, response: PreviewPlan.Response
    ) -> PreviewPlan.Response:
        settings = self._settings
        if self._evidence is None:
            response.message = "no joint states or no scene objects have arrived yet; is the driver running?"
            return response
        if len(self._previews) >= _PREVIEWS_MAX:
            response.message = f"{_PREVIEWS_MAX} previews are under way; ask again when they are done"
            return response
        try:
            name = request.planner or settings.planner
            practice = self._practice(settings)
            planner = make_planner(name, self._skills, self._robot.resources, settings.planning, practice)
            remembered = self._memory.update(self._evidence)
            done = Future()
            make = partial(make_plan, planner, request.instruction, remembered, settings)
            self._previews.append((self._plan_aside(make), done))
            plan = await done
        except RobomatrixError as error:
            response.message = str(error)
            return response
        response.accepted = bool(plan.steps or plan.already_done)
        response.plan_json = json.dumps(plan.to_json())
        response.message = plan.question or plan.refused
        return response

    def _on_get_scene(self, _request: GetScene.Request, response: GetScene.Response) -> GetScene.Response:
        if self._evidence is None:
            response.message = "no joint states or no scene objects have arrived yet; is the driver running?"
            return response
        remembered = self._memory.update(self._evidence)
        facts = derive_facts(remembered, self._settings.facts)
        doubtful_below = self._settings.planning.doubtful_below
        graph = scene_graph(remembered.scene, facts, time.monotonic(), doubtful_below)
        response.scene_json = json.dumps(graph.to_json())
        return response


def _raise(fault: DataError) -> None:
    raise fault


def main() -> int:
    """Run the scheduler's process."""
    return run_node("scheduler", SchedulerNode)


if __name__ == "__main__":
    raise SystemExit(main())
