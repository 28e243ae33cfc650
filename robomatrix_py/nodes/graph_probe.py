"""Measures a running graph from the outside: what the driver is told, when, and how evenly."""

from __future__ import annotations

import gc
import json
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from robomatrix_interfaces.action import ExecuteSkill, RunTask
from robomatrix_interfaces.msg import ActionChunk, SafetyState
from robomatrix_interfaces.srv import RequestStop, ResetStop
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.nodes import names

_SLICE_S = 0.02
_STANDING_RAD = 1e-7
_ANSWER_S = 5.0
_GATE_HZ = 100.0
_ARM = 6
_STILL_RAD_S = 0.01


class GraphProbe:
    """A node that listens and asks. Every wait has a deadline.

    Args:
        cameras: Cameras whose images are counted.
    """

    def __init__(self, cameras: tuple[str, ...] = ()) -> None:
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        self.node = Node("robomatrix_probe")
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        self.commands: list[tuple[float, Array]] = []
        self.states: list[tuple[float, JointState]] = []
        self.chunks: list[float] = []
        self.safety: SafetyState | None = None
        self.safety_changes: list[tuple[float, str]] = []
        self.driver_changes: list[tuple[float, str]] = []
        self.diagnostics: dict[str, dict[str, str]] = {}
        self.images: dict[str, list[float]] = {camera: [] for camera in cameras}
        node = self.node
        node.create_subscription(JointTrajectory, names.ARM_TRAJECTORY, self._on_command, 10)
        node.create_subscription(JointState, names.JOINT_STATES, self._on_state, names.STATE_QOS)
        node.create_subscription(SafetyState, names.SAFETY_STATE, self._on_safety, names.LATCHED_QOS)
        node.create_subscription(DiagnosticArray, names.DIAGNOSTICS, self._on_diagnostics, names.DIAGNOSTICS_QOS)
        node.create_subscription(ActionChunk, names.ACTION_CHUNK, _appender(self.chunks), names.CHUNK_QOS, raw=True)
        for camera, stamps in self.images.items():
            node.create_subscription(
                Image, names.color_image(camera), _appender(stamps), names.IMAGE_QOS, raw=True
            )
        # Made when something is first said: the graph by itself has nobody who corrects.
        self._corrections: Any = None
        self._skills = ActionClient(node, ExecuteSkill, names.EXECUTE_SKILL)
        self._tasks = ActionClient(node, RunTask, names.RUN_TASK)
        self._stop = node.create_client(RequestStop, names.REQUEST_STOP)
        self._reset = node.create_client(ResetStop, names.RESET_STOP)

    def close(self) -> None:
        """Leave the graph. What was heard stays; nothing can be asked any more."""
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown()
        # Shared memory goes with the last reference, and whoever used the probe may keep it longer than the graph.
        del self.node, self._executor, self._corrections, self._skills, self._tasks, self._stop, self._reset
        gc.collect()

    def spin(self, duration_s: float) -> None:
        """Listen for a while."""
        self.spin_until(lambda: False, duration_s)

    def spin_until(self, condition: Callable[[], bool], deadline_s: float) -> bool:
        """Listen until a condition holds; return whether it did within the deadline."""
        end = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > end:
                return False
            self._executor.spin_once(timeout_sec=_SLICE_S)
        return True

    def require(self, condition: Callable[[], bool], deadline_s: float, what: str) -> None:
        """Listen until a condition holds.

        Raises:
            DeviceError: It does not within the deadline.
        """
        if not self.spin_until(condition, deadline_s):
            raise DeviceError(f"{what} did not happen within {deadline_s:g} s")

    def wait_ready(self, deadline_s: float) -> None:
        """Wait until gate and skills are there.

        Raises:
            DeviceError: They are not within the deadline.
        """
        self.require(
            lambda: self._skills.server_is_ready()
            and self._stop.service_is_ready()
            and self.safety is not None
            and self.safety.mode != SafetyState.MODE_STARTING,
            deadline_s,
            "a ready graph",
        )

    def wait_for_tasks(self, deadline_s: float) -> None:
        """Wait until the scheduler takes tasks.

        Raises:
            DeviceError: It does not within the deadline.
        """
        self.require(self._tasks.server_is_ready, deadline_s, "a scheduler")

    def start_skill(self, skill: str, deadline_s: float, **arguments: Any) -> Any:
        """Start a skill and return its goal.

        Raises:
            DeviceError: It is not accepted.
        """
        goal = ExecuteSkill.Goal(skill=skill, arguments_json=json.dumps(arguments), deadline_s=deadline_s)
        sent = self._skills.send_goal_async(goal)
        self.require(sent.done, _ANSWER_S, f"an answer to the goal {skill}")
        if not sent.result().accepted:
            raise DeviceError(f"the goal {skill} was not accepted")
        return sent.result()

    def start_task(self, instruction: str, timeout_s: float) -> Any:
        """Start a task and return its goal.

        Raises:
            DeviceError: It is not accepted.
        """
        self.require(self._tasks.server_is_ready, _ANSWER_S, "a scheduler")
        folder = tempfile.mkdtemp(prefix="robomatrix-probe-")
        sent = self._tasks.send_goal_async(
            RunTask.Goal(instruction=instruction, run_folder=folder, timeout_s=timeout_s)
        )
        self.require(sent.done, _ANSWER_S, "an answer to the task")
        if not sent.result().accepted:
            raise DeviceError("the task was not accepted")
        return sent.result()

    def stop(self, source: str) -> tuple[float, float]:
        """Ask for the protective stop; return when it was asked for and when the gate answered."""
        asked_s = time.monotonic()
        future = self._stop.call_async(RequestStop.Request(source=source))
        self.require(future.done, _ANSWER_S, "an answer to the stop")
        return asked_s, time.monotonic()

    def say(self, text: str) -> None:
        """Publish a correction."""
        if self._corrections is None:
            self._corrections = self.node.create_publisher(String, names.CORRECTIONS, names.CORRECTION_QOS)
            self.require(lambda: self._corrections.get_subscription_count() >= 2, _ANSWER_S, "listeners to corrections")
        self._corrections.publish(String(data=text))

    def reset(self) -> None:
        """Leave the latched stop.

        Raises:
            DeviceError: The gate refuses or does not answer.
        """
        future = self._reset.call_async(ResetStop.Request(source="probe"))
        self.require(future.done, _ANSWER_S, "an answer to the reset")
        if not future.result().accepted:
            raise DeviceError(f"the gate refuses the reset: {future.result().message}")

    def commanded_speed_rad_s(self) -> float:
        """Return the largest joint speed of the newest two commands."""
        if len(self.commands) < 2:
            return 0.0
        (_, q0), (_, q1) = self.commands[-2:]
        # By the gate's period: the times of receipt jitter.
        return float(np.abs(q1 - q0).max()) * _GATE_HZ

    def last_motion_after(self, since_s: float) -> float:
        """Return when the last command that changed a joint came after a time; that time itself if none did."""
        moving = [
            t1
            for (_, q0), (t1, q1) in zip(self.commands, self.commands[1:], strict=False)
            if t1 > since_s and np.abs(q1 - q0).max() > _STANDING_RAD
        ]
        return moving[-1] if moving else since_s

    def stillness_after(self, since_s: float) -> float | None:
        """Return when the measured arm stood still for good after a time, or None while it still moves."""
        after = [(t, np.abs(np.array(m.velocity[:_ARM])).max()) for t, m in self.states if t >= since_s]
        moving = [t for t, speed in after if speed > _STILL_RAD_S]
        if not moving:
            return since_s
        later = [t for t, _ in after if t > moving[-1]]
        return later[0] if later else None

    def travel_after(self, since_s: float) -> float:
        """Return how far any joint got from where it was measured at a time, rad."""
        positions = [np.array(m.position[:_ARM]) for t, m in self.states if t >= since_s]
        return float(np.abs(np.array(positions) - positions[0]).max()) if positions else 0.0

    def _on_command(self, message: JointTrajectory) -> None:
        self.commands.append((time.monotonic(), np.array(message.points[-1].positions)))

    def _on_state(self, message: JointState) -> None:
        self.states.append((time.monotonic(), message))

    def _on_safety(self, message: SafetyState) -> None:
        self.safety = message
        if not self.safety_changes or self.safety_changes[-1][1] != message.mode:
            self.safety_changes.append((time.monotonic(), message.mode))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            readings = {value.key: value.value for value in status.values}
            self.diagnostics[status.name] = readings | {"message": status.message}
            if status.name.endswith(names.ARM_DRIVER):
                self.driver_changes.append((time.monotonic(), status.message))


def _appender(stamps: list[float]) -> Callable[[bytes], None]:
    return lambda _data: stamps.append(time.monotonic())
