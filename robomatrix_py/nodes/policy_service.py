"""Serves a learned policy over ROS: goals and tool states in, chunks out. Part of the process that sees."""

from __future__ import annotations

from rclpy.node import Node
from robomatrix_interfaces.msg import PolicyChunk, PolicyGoal, ToolState

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.policy import PolicyAnswer, SkillPolicy
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert_policy import answer_to_msg, goal_from_msg, seconds, tool_from_msg
from robomatrix_py.runtime.eyes import Sight
from robomatrix_py.runtime.policy_server import PolicyServer


class PolicyService:
    """Translates messages for a policy server. Its times are those of the pictures' stamps.

    Args:
        node: Whose publisher and subscriptions these are.
        policy: The policy.
        rate_hz: Chunks a second, at most.
    """

    def __init__(self, node: Node, policy: SkillPolicy, rate_hz: float) -> None:
        self._node = node
        self._server = PolicyServer(policy, rate_hz)
        self._chunks = node.create_publisher(PolicyChunk, names.POLICY_CHUNK, names.CHUNK_QOS)
        node.create_subscription(PolicyGoal, names.POLICY_GOAL, self._on_goal, names.LATCHED_QOS)
        node.create_subscription(ToolState, names.TOOL_STATE, self._on_tool, names.TOOL_QOS)

    def see(self, sight: Sight) -> None:
        """Have the policy look, and send what it answers.

        Args:
            sight: What is seen; `taken_s` by the clock of stamps.
        """
        now_s = self._now_s()
        answer = self._server.see(sight, now_s)
        if answer is not None:
            self._send(answer, self._now_s() - sight.taken_s)

    def _on_goal(self, message: PolicyGoal) -> None:
        if not message.skill:
            self._server.stop()
            return
        try:
            refusal = self._server.start(goal_from_msg(message), self._now_s())
        except DataError as error:
            refusal = PolicyAnswer(message.number, self._now_s(), None, Cause.INFERENCE_ERROR, str(error))
        if refusal is not None:
            self._send(refusal, 0.0)

    def _on_tool(self, message: ToolState) -> None:
        self._server.tools.add(seconds(message.stamp), tool_from_msg(message))

    def _send(self, answer: PolicyAnswer, age_s: float) -> None:
        self._chunks.publish(answer_to_msg(answer, age_s))

    def _now_s(self) -> float:
        return float(self._node.get_clock().now().nanoseconds) * 1e-9
