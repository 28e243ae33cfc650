"""Starts skills over ROS: the scheduler's way to the skill processes."""

from __future__ import annotations

from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.node import Node
from rclpy.task import Future
from robomatrix_interfaces.action import ExecuteSkill

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.execution import SkillProgress
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import verdict_from_msg

# A skill process that has not taken a goal after this time is gone or busy with somebody else's.
_ACCEPT_S = 2.0


class RosSkillClient:
    """An action client (a :class:`~robomatrix_py.contracts.execution.SkillClient`). Nothing here blocks.

    Args:
        node: The node whose client it is.
    """

    def __init__(self, node: Node) -> None:
        self._client = ActionClient(node, ExecuteSkill, names.EXECUTE_SKILL)

    def start(self, call: SkillCall, deadline_s: float, now_s: float) -> _RosSkill:
        """Send a goal."""
        return _RosSkill(self._client, call, deadline_s, now_s)


class _RosSkill:
    """One skill under way (a :class:`~robomatrix_py.contracts.execution.SkillHandle`)."""

    def __init__(self, client: ActionClient, call: SkillCall, deadline_s: float, now_s: float) -> None:
        self._sent_s = now_s
        self._goal: ClientGoalHandle | None = None
        self._cancelled = False
        self._progress = SkillProgress("start", 0.0)
        self._client = client
        self._sent = False
        self._request = ExecuteSkill.Goal(
            skill=call.skill,
            arguments_json=call.arguments_json(),
            deadline_s=deadline_s,
            variation=call.variation,
        )
        self._send()

    def poll(self, now_s: float) -> SkillProgress:
        """Return how far it is."""
        self._send()
        if self._goal is None and self._progress.report is None and now_s - self._sent_s > _ACCEPT_S:
            self._end(Verdict.failure(Cause.DRIVER_FAULT, "the skill process does not answer", "start"))
        return self._progress

    def cancel(self, now_s: float) -> None:
        """Ask it to end."""
        del now_s
        self._cancelled = True
        if self._goal is not None:
            self._goal.cancel_goal_async()

    def _send(self) -> None:
        # A goal sent before the skill process is discovered would be lost without a word.
        if not self._sent and not self._cancelled and self._client.server_is_ready():
            self._sent = True
            future = self._client.send_goal_async(self._request, feedback_callback=self._on_feedback)
            future.add_done_callback(self._on_accepted)

    def _on_accepted(self, future: Future) -> None:
        goal: ClientGoalHandle = future.result()
        if not goal.accepted:
            self._end(Verdict.failure(Cause.LEASE_LOST, "the skill process is busy with another goal", "start"))
            return
        self._goal = goal
        if self._cancelled:
            goal.cancel_goal_async()
        goal.get_result_async().add_done_callback(self._on_result)

    def _on_feedback(self, message: ExecuteSkill.Impl.FeedbackMessage) -> None:
        if self._progress.report is None:
            feedback = message.feedback
            self._progress = SkillProgress(feedback.stage, feedback.progress, feedback.message)

    def _on_result(self, future: Future) -> None:
        message = future.result().result.report
        try:
            report = verdict_from_msg(message)
        except ValueError as error:
            report = Verdict.failure(Cause.INFERENCE_ERROR, f"the skill's report makes no sense: {error}", "result")
        self._end(report)

    def _end(self, report: Verdict) -> None:
        self._progress = SkillProgress(self._progress.stage, self._progress.progress, report=report)
