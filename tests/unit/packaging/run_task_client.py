"""A process that sends a good goal, one without a timeout and one to cancel, and prints what came back."""

from __future__ import annotations

import json
import time
from typing import Any

import rclpy
from rclpy.action import ActionClient
from rclpy.node import Node
from robomatrix_interfaces.action import RunTask

DEADLINE_S = 20.0


def wait(node: Node, future: Any) -> Any:
    """Return what a future brings."""
    rclpy.spin_until_future_complete(node, future, timeout_sec=DEADLINE_S)
    if not future.done():
        raise TimeoutError(f"nothing within {DEADLINE_S} s")
    return future.result()


def main() -> None:
    """Talk to the server."""
    rclpy.init()
    node = Node("run_task_client")
    client = ActionClient(node, RunTask, "run_task")
    if not client.wait_for_server(timeout_sec=DEADLINE_S):
        raise TimeoutError("no server")
    steps: list[int] = []

    def note(message: Any) -> None:
        steps.append(message.feedback.step)

    goal = wait(node, client.send_goal_async(RunTask.Goal(instruction="count", timeout_s=5.0), note))
    counted = wait(node, goal.get_result_async()).result
    counted_steps = list(steps)
    rejected = wait(node, client.send_goal_async(RunTask.Goal(instruction="count", timeout_s=0.0)))
    steps.clear()
    goal = wait(node, client.send_goal_async(RunTask.Goal(instruction="for ever", timeout_s=5.0), note))
    deadline_s = time.monotonic() + DEADLINE_S
    while not steps and time.monotonic() < deadline_s:
        rclpy.spin_once(node, timeout_sec=0.1)
    wait(node, goal.cancel_goal_async())
    cancelled = wait(node, goal.get_result_async())
    print(
        json.dumps(
            {
                "steps": counted_steps,
                "outcome": counted.verdict.outcome,
                "evidence": json.loads(counted.verdict.evidence_json),
                "run_folder": counted.run_folder,
                "rejected": not rejected.accepted,
                "cancelled_status": cancelled.status,
                "cancelled_cause": cancelled.result.verdict.cause,
            }
        )
    )
    node.destroy_node()
    rclpy.try_shutdown()


main()
