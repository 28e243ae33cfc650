"""Asks a running graph for tasks: the terminal's way to the scheduler."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future
from robomatrix_interfaces.action import RunTask
from robomatrix_interfaces.msg import SafetyState, SceneObjects, TaskEvent
from robomatrix_interfaces.srv import AcquireLease, Correct, GetScene, ListSkills, PreviewPlan, RequestStop
from sensor_msgs.msg import JointState

from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.contracts.errors import DataError, DeviceError, StaleDataError
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.observation import JointState as Joints
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.stop_words import asks_to_stop
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.records import RecordError, plan_from_json
from robomatrix_py.data.scene_record import object_from_node
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import joint_state_from_msg, scene_from_msg, verdict_from_msg
from robomatrix_py.nodes.names import ARM_DRIVER
from robomatrix_py.runtime.dialogue import TOLD
from robomatrix_py.runtime.evidence import make_evidence
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.scheduler.memory import SceneMemory
from robomatrix_py.settings.settings import Settings

_SLICE_S = 0.05
_ANSWER_S = 5.0
_AGAIN_S = 0.2
_TYPED = "robomatrix run, at its terminal"


class TypedLines(Protocol):
    """Somebody who types."""

    def line(self) -> str:
        """Return a line that was typed, or an empty text; never waits."""


@dataclass(frozen=True)
class TaskResult:
    """How a task ended.

    Args:
        verdict: The verdict.
        plan: The plan as carried out (form of `Plan.to_json`), or None.
        run_folder: Folder that holds the run.
    """

    verdict: Verdict
    plan: dict[str, Any] | None
    run_folder: Path


@dataclass(frozen=True)
class TaskProgress:
    """How far a task is.

    Args:
        phase: planning, executing, judging.
        plan: The plan (form of `Plan.to_json`) when it is new, else None.
        step: Number of the present step, from 1.
        steps: Number of steps.
        skill: Name of the present skill.
        arguments: Its arguments.
        stage: Its stage.
        progress: 0 to 1.
    """

    phase: str
    plan: dict[str, Any] | None
    step: int
    steps: int
    skill: str
    arguments: dict[str, Any]
    stage: str
    progress: float


class TaskClient:
    """A node of the terminal's own. Every wait has a deadline, and calls `watch` several times a second.

    Args:
        watch: Called while waiting; may raise to give up, for instance when a process has died.
    """

    def __init__(self, watch: Callable[[], None]) -> None:
        self._watch = watch
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        self._node = Node("robomatrix_task_client")
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        self._safety: SafetyState | None = None
        self._scenes = 0
        self._node.create_subscription(SafetyState, names.SAFETY_STATE, self._on_safety, names.LATCHED_QOS)
        self._node.create_subscription(SceneObjects, names.SCENE_OBJECTS, self._on_scene, names.STATE_QOS)
        self._tasks = ActionClient(self._node, RunTask, names.RUN_TASK)
        self._previews = self._node.create_client(PreviewPlan, names.PREVIEW_PLAN)
        self._scene_graphs = self._node.create_client(GetScene, names.GET_SCENE)
        self._leases = self._node.create_client(AcquireLease, names.ACQUIRE_LEASE)
        self._skills = self._node.create_client(ListSkills, names.LIST_SKILLS)
        self._stops = self._node.create_client(RequestStop, names.REQUEST_STOP)
        self._corrections = self._node.create_client(Correct, names.CORRECT)
        self._driver_status = ""
        self._node.create_subscription(
            DiagnosticArray, names.DIAGNOSTICS, self._on_diagnostics, names.DIAGNOSTICS_QOS
        )
        self._goal: Any = None

    def close(self) -> None:
        """Leave the graph."""
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown()

    def wait_ready(self, deadline_s: float) -> None:
        """Wait until gate, skills, scheduler and perception are there.

        Raises:
            DeviceError: They are not after `deadline_s`; the message says which are missing.
        """
        if not self._spin_until(lambda: not self._missing(), deadline_s):
            raise DeviceError(
                f"the graph is not ready after {deadline_s:.0f} s; missing: {', '.join(self._missing())}",
                remedy="see the log files, and 'robomatrix doctor'",
            )

    def preview(self, instruction: str, planner: str, deadline_s: float) -> dict[str, Any]:
        """Return a plan in the form of `Plan.to_json`. Nothing moves.

        Raises:
            StaleDataError: The scheduler has no readings or does not answer in time.
        """
        request = PreviewPlan.Request(instruction=instruction, planner=planner)
        return self._ask_until_seen(lambda: self._previews.call_async(request), "plan_json", deadline_s)

    def scene(self, deadline_s: float) -> dict[str, Any]:
        """Return what the scheduler knows of the scene, in the form of `SceneGraph.to_json`.

        Raises:
            StaleDataError: The scheduler has no readings yet.
            DeviceError: It does not answer in time.
        """
        if not self._spin_until(self._scene_graphs.service_is_ready, deadline_s):
            raise DeviceError("the scheduler does not tell the scene", remedy="see 'robomatrix doctor'")
        request = GetScene.Request()
        return self._ask_until_seen(lambda: self._scene_graphs.call_async(request), "scene_json", deadline_s)

    def plan(self, instruction: str, planner: str, deadline_s: float) -> Plan:
        """Return a plan. Nothing moves.

        Raises:
            StaleDataError: The scheduler has no readings or does not answer in time.
            DataError: Its answer is no plan.
        """
        try:
            return plan_from_json(self.preview(instruction, planner, deadline_s))
        except RecordError as error:
            raise DataError(f"the scheduler's answer is no plan: {error}", where="scheduler") from error

    def look(self, settings: Settings, duration_s: float, deadline_s: float) -> Evidence:
        """Watch the graph for a moment and return its readings with the scene, what is out of sight included.

        Args:
            settings: Robot, and how long what is out of sight is believed.
            duration_s: How long to watch.
            deadline_s: Longest wait for a joint state and a scene.

        Raises:
            StaleDataError: Neither came in time.
        """
        robot = settings.load_robot()
        chain = SerialChain(robot)
        memory = SceneMemory(settings.memory, settings.facts)
        joints: list[Joints] = []
        seen: list[Evidence] = []

        def on_joints(message: JointState) -> None:
            joints[:] = [state] if (state := joint_state_from_msg(message, time.monotonic())) else joints

        def on_scene(message: SceneObjects) -> None:
            try:
                scene = scene_from_msg(message, time.monotonic())
            except ValueError:
                return  # the scheduler, which refuses it too, says so in its log
            if joints:
                seen[:] = [memory.update(make_evidence(robot, chain, joints[0], scene))]

        subscriptions = [
            self._node.create_subscription(JointState, names.JOINT_STATES, on_joints, names.STATE_QOS),
            self._node.create_subscription(SceneObjects, names.SCENE_OBJECTS, on_scene, names.STATE_QOS),
        ]
        try:
            if not self._spin_until(lambda: bool(seen), deadline_s):
                raise StaleDataError(
                    f"no joint state and scene within {deadline_s:.0f} s",
                    where="graph",
                    remedy="see 'robomatrix doctor'",
                )
            end_s = time.monotonic() + duration_s
            self._spin_until(lambda: time.monotonic() > end_s, duration_s + _SLICE_S)
        finally:
            for subscription in subscriptions:
                self._node.destroy_subscription(subscription)
        remembered = {item["name"]: object_from_node(item) for item in self.scene(deadline_s)["objects"]}
        scene = seen[0].scene
        objects = {**{name: item for name, item in remembered.items() if name not in scene.objects}, **scene.objects}
        return replace(seen[0], scene=replace(scene, objects=objects))

    def run(
        self,
        instruction: str,
        planner: str,
        run_folder: Path,
        timeout_s: float,
        on_progress: Callable[[TaskProgress], None],
        on_told: Callable[[str], None],
        typist: TypedLines | None = None,
    ) -> TaskResult:
        """Carry out a task.

        Args:
            instruction: The person's words.
            planner: Name of the planner; empty for the configured one.
            run_folder: Where the run is written.
            timeout_s: The task is ended after this time.
            on_progress: Hears how far it is.
            on_told: Hears a line about everything that is corrected or asked on the way.
            typist: What a person types meanwhile answers questions and corrects the robot.

        Raises:
            DeviceError: The scheduler refuses the goal or does not answer in time.
        """
        self._node.create_subscription(
            TaskEvent, names.TASK_EVENTS, lambda event: _tell(event, on_told), names.STATE_QOS
        )
        request = RunTask.Goal(
            instruction=instruction, planner=planner, run_folder=str(run_folder), timeout_s=timeout_s
        )
        sent = self._tasks.send_goal_async(
            request, feedback_callback=lambda message: on_progress(_progress(message.feedback))
        )
        self._goal = self._await(sent, _ANSWER_S)
        if not self._goal.accepted:
            raise DeviceError("the scheduler is busy with another task", remedy="wait, or stop that task first")
        ended = self._goal.get_result_async()
        answer = self._await(ended, timeout_s + 60.0, lambda: self._pass_on(typist.line()) if typist else None).result
        self._goal = None
        plan = json.loads(answer.plan_json) if answer.plan_json else None
        return TaskResult(verdict_from_msg(answer.verdict), plan, Path(answer.run_folder or run_folder))

    def cancel(self, deadline_s: float) -> None:
        """Ask the present task to end, and wait a moment for it."""
        if self._goal is None:
            return
        self._goal.cancel_goal_async()
        result = self._goal.get_result_async()
        self._spin_until(result.done, deadline_s)

    def halt(self, source: str, deadline_s: float) -> str:
        """Ask for the protective stop and wait until the arm is known to stand; return what is known in words."""
        # What died already is known; from here on only the robot matters.
        self._watch = lambda: None
        asked = self._stops.service_is_ready()
        if asked:
            self._stops.call_async(RequestStop.Request(source=source))
        self._driver_status = ""
        if self._spin_until(lambda: self._stopped() or self._driver_holds(), deadline_s):
            if self._stopped():
                return f"the gate stopped the arm: {self.stop_message}"
            return f"the driver holds the arm ({self._driver_status})"
        return "whether the arm stands could not be seen: look at the robot"

    def _driver_holds(self) -> bool:
        return self._driver_status.startswith((DriverMode.WATCHDOG.value, DriverMode.READY.value))

    def _stopped(self) -> bool:
        return self._safety is not None and self._safety.mode == SafetyState.MODE_STOPPED

    def _missing(self) -> list[str]:
        checks = {
            "gate": self._leases.service_is_ready(),
            "skills": self._skills.service_is_ready(),
            "scheduler": self._tasks.server_is_ready() and self._previews.service_is_ready(),
            "joint states": self._safety is not None and self._safety.mode != SafetyState.MODE_STARTING,
            "scene objects": self._scenes > 0,
        }
        return [name for name, there in checks.items() if not there]

    def _ask_until_seen(self, ask: Callable[[], Future], field: str, deadline_s: float) -> dict[str, Any]:
        """Return the JSON that an answer has in a field, asking again while the scheduler has not seen anything."""
        end = time.monotonic() + deadline_s
        response = self._await(ask(), deadline_s)
        while not getattr(response, field) and time.monotonic() < end:
            self._spin_until(lambda: False, _AGAIN_S)
            response = self._await(ask(), deadline_s)
        if not getattr(response, field):
            raise StaleDataError(response.message, where="scheduler")
        answer: dict[str, Any] = json.loads(getattr(response, field))
        return answer

    def _pass_on(self, text: str) -> None:
        """Correct the robot; a stop goes to the gate itself, before the scheduler hears of it."""
        if not text:
            return
        if asks_to_stop(text) and self._stops.service_is_ready():
            self._stops.call_async(RequestStop.Request(source=_TYPED))
        if self._corrections.service_is_ready():
            self._corrections.call_async(Correct.Request(text=text, source=_TYPED))

    def _await(self, future: Future, deadline_s: float, meanwhile: Callable[[], None] = lambda: None) -> Any:
        def done() -> bool:
            meanwhile()
            return bool(future.done())

        if not self._spin_until(done, deadline_s):
            raise DeviceError(f"the scheduler did not answer within {deadline_s:.0f} s")
        return future.result()

    def _spin_until(self, condition: Callable[[], bool], deadline_s: float) -> bool:
        end = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > end:
                return False
            self._executor.spin_once(timeout_sec=_SLICE_S)
            self._watch()
        return True

    def _on_safety(self, message: SafetyState) -> None:
        self._safety = message

    def _on_scene(self, _message: SceneObjects) -> None:
        self._scenes += 1

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.endswith(ARM_DRIVER):
                self._driver_status = status.message

    @property
    def stop_message(self) -> str:
        """Why a protective stop is latched, or empty."""
        return self._safety.message if self._safety is not None and self._safety.latched else ""


def _tell(event: TaskEvent, tell: Callable[[str], None]) -> None:
    if event.kind in TOLD:
        tell(event.message)


def _progress(feedback: RunTask.Feedback) -> TaskProgress:
    return TaskProgress(
        feedback.phase,
        json.loads(feedback.plan_json) if feedback.plan_json else None,
        feedback.step,
        feedback.steps,
        feedback.skill,
        json.loads(feedback.arguments_json) if feedback.arguments_json else {},
        feedback.stage,
        feedback.progress,
    )
