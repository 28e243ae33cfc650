"""Hears corrections over ROS, by topic and by service, whether or not a task is under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from rclpy.node import Node
from robomatrix_interfaces.srv import Correct
from std_msgs.msg import String

from robomatrix_py.data.corrections import CORRECTIONS_FILE
from robomatrix_py.data.run_folder import RunFolder
from robomatrix_py.nodes import names
from robomatrix_py.nodes.correction_port import RosCorrectionPort
from robomatrix_py.nodes.task_run import TaskRun
from robomatrix_py.scheduler.corrections.desk import Answer, take_without_task


class CorrectionEar:
    """Passes corrections to the task under way; those that come without one are answered and kept all the same.

    Args:
        node: The scheduler's node.
        run: Returns the task under way.
    """

    def __init__(self, node: Node, run: Callable[[], TaskRun | None]) -> None:
        self._node = node
        self._run = run
        self._late: RunFolder | None = None
        self.port = RosCorrectionPort(node)
        node.create_subscription(String, names.CORRECTIONS, self._on_topic, names.CORRECTION_QOS)
        node.create_service(Correct, names.CORRECT, self._on_service)

    def begin(self) -> None:
        """A task begins: what was said after the one before is on disk."""
        if self._late is not None:
            self._late.close()
        self._late = None

    def end(self, folder: Path) -> None:
        """A task has ended; what is said from now on is kept in its run folder."""
        self._late = RunFolder(folder, self._on_fault, resume=True)

    def hear(self, text: str, source: str) -> Answer:
        """Carry out a correction or refuse it."""
        run = self._run()
        answer = run.correct(text, source, time.monotonic()) if run is not None else None
        if answer is None:
            answer, record = take_without_task(text, source, self.port)
            if self._late is not None:
                self._late.append_jsonl(CORRECTIONS_FILE, record | {"after_end": True, "unix_s": time.time()})
                self._late.sync_if_due()
        outcome = "" if answer.accepted else f"; refused: {answer.reason}"
        self._node.get_logger().info(f"correction by {source}: {text[:80]!r}: {answer.understood_as}{outcome}")
        return answer

    def _on_topic(self, message: String) -> None:
        self.hear(message.data, "topic")

    def _on_service(self, request: Correct.Request, response: Correct.Response) -> Correct.Response:
        answer = self.hear(request.text, request.source or "an unnamed caller")
        response.accepted, response.understood_as, response.reason = (
            answer.accepted,
            answer.understood_as,
            answer.reason,
        )
        return response

    def _on_fault(self, fault: Exception) -> None:
        self._node.get_logger().error(f"corrections after the run: {fault}")
