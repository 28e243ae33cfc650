"""The way from a skill process to the policy over ROS."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rclpy.node import Node
from robomatrix_interfaces.msg import PolicyChunk, PolicyGoal, ToolState

from robomatrix_py.contracts.policy import PolicyAnswer, PolicyRequest
from robomatrix_py.contracts.policy import ToolState as Tool
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert_policy import answer_from_msg, goal_to_msg, tool_to_msg


class RosPolicyPort:
    """Asks for chunks and hears them (a :class:`~robomatrix_py.skills.learned.PolicyPort`). Nothing here blocks.

    Args:
        node: Whose publishers and subscription these are.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._goals = node.create_publisher(PolicyGoal, names.POLICY_GOAL, names.LATCHED_QOS)
        self._tools = node.create_publisher(ToolState, names.TOOL_STATE, names.TOOL_QOS)
        node.create_subscription(PolicyChunk, names.POLICY_CHUNK, self._on_chunk, names.CHUNK_QOS)
        self._arrived: list[PolicyAnswer] = []

    def ask(self, request: PolicyRequest) -> None:
        """Ask for chunks; they come until `finish`."""
        self._arrived.clear()
        self._goals.publish(goal_to_msg(request, self._node.get_clock().now().to_msg()))

    def answers(self) -> Sequence[PolicyAnswer]:
        """Return what has arrived since the last call, in the order of arrival."""
        arrived, self._arrived = self._arrived, []
        return arrived

    def finish(self) -> None:
        """No more chunks are wanted."""
        self._goals.publish(PolicyGoal())

    def show(self, tool: Tool | None) -> None:
        """Publish the state of tool and gripper; nothing while no skill runs."""
        if tool is not None:
            self._tools.publish(tool_to_msg(tool, self._node.get_clock().now().to_msg()))

    def _on_chunk(self, message: PolicyChunk) -> None:
        self._arrived.append(answer_from_msg(message, time.monotonic()))
