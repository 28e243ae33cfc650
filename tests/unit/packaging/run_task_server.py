"""A process that serves RunTask once: feedback, then a result, or a cancellation."""

from __future__ import annotations

import time
from typing import Any

import rclpy
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from robomatrix_interfaces.action import RunTask
from robomatrix_interfaces.msg import Verdict


def run(goal_handle: Any) -> Any:
    """Count steps until the goal is done or withdrawn."""
    steps = 3 if goal_handle.request.instruction == "count" else 100_000
    for step in range(1, steps + 1):
        goal_handle.publish_feedback(RunTask.Feedback(phase=RunTask.Feedback.PHASE_EXECUTING, step=step, steps=steps))
        time.sleep(0.02)
        if goal_handle.is_cancel_requested:
            goal_handle.canceled()
            verdict = Verdict(outcome=Verdict.OUTCOME_FAILED, cause=Verdict.CAUSE_CANCELLED)
            return RunTask.Result(verdict=verdict)
    goal_handle.succeed()
    verdict = Verdict(outcome=Verdict.OUTCOME_SUCCEEDED, evidence_json='{"counted": 3}')
    return RunTask.Result(verdict=verdict, run_folder="/somewhere")


def main() -> None:
    """Serve until the process is told to end."""
    rclpy.init()
    node = Node("run_task_server")
    ActionServer(
        node,
        RunTask,
        "run_task",
        run,
        goal_callback=lambda goal: GoalResponse.ACCEPT if goal.timeout_s > 0.0 else GoalResponse.REJECT,
        cancel_callback=lambda _: CancelResponse.ACCEPT,
    )
    executor = MultiThreadedExecutor(num_threads=4)
    executor.add_node(node)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


main()
