"""One goal of `run_task`: files opened, task carried out, files closed. Stepped by the scheduler's timer."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

from rclpy.node import Node
from rclpy.publisher import Publisher
from robomatrix_interfaces.msg import SafetyState, TaskEvent

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.records import EventKind, EventRecord
from robomatrix_py.data.run_folder import RunFolder
from robomatrix_py.nodes.run_files import RunFiles
from robomatrix_py.runtime.experience import note_run
from robomatrix_py.runtime.run_writer import RunWriter, write_report
from robomatrix_py.runtime.task_session import SessionStatus, TaskSession
from robomatrix_py.scheduler.corrections.desk import Answer
from robomatrix_py.scheduler.task import TaskEvent as CoreEvent
from robomatrix_py.settings.settings import Settings


class _Phase(Enum):
    OPENING = auto()
    RUNNING = auto()
    CLOSING = auto()
    ENDED = auto()


class TaskRun:
    """A task with its run folder.

    Args:
        node: The scheduler's node.
        events: Where events are published.
        settings: What the run is configured by.
        instruction: The person's words.
        folder: Run folder to write.
        files: Recorder and simulator, which write their part of it.
        now_s: Monotonic time.
        make_session: Makes the task's session, given where its events go.
    """

    def __init__(
        self,
        node: Node,
        events: Publisher,
        settings: Settings,
        instruction: str,
        folder: Path,
        files: RunFiles,
        now_s: float,
        make_session: Callable[[Callable[[CoreEvent], None]], TaskSession],
    ) -> None:
        self._node = node
        self._events = events
        self._folder = RunFolder(folder, self._on_fault)
        cameras = settings.filming_cameras
        camera = cameras[0].name if cameras else ""
        self._settings = settings
        self._writer = RunWriter(self._folder, instruction, settings, "ros", camera, now_s)
        self._session = make_session(self._emit)
        self._files = files
        self._files.begin(folder, now_s)
        self._phase = _Phase.OPENING
        self._safety: SafetyState | None = None
        self.verdict: Verdict | None = None

    @property
    def status(self) -> SessionStatus:
        """How far the task is."""
        return self._session.status

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._folder.path

    def tick(self, now_s: float, evidence: Evidence | None) -> bool:
        """Go on; return whether everything is done."""
        if self._phase is _Phase.OPENING and self._files.settled(now_s):
            self._phase = _Phase.RUNNING
        elif self._phase is _Phase.RUNNING:
            self.verdict = self._session.tick(now_s, evidence).verdict
            if self.verdict is not None:
                self._files.end(self._folder.path, now_s)
                self._phase = _Phase.CLOSING
        elif self._phase is _Phase.CLOSING and self._files.settled(now_s) and self.verdict is not None:
            self._writer.finish(now_s, self.verdict, evidence.scene.source if evidence else "")
            write_report(self._folder.path, self._settings)
            if fault := note_run(self._folder.path, self._settings, self._settings.load_skills()):
                self._node.get_logger().warning(fault)
            self._phase = _Phase.ENDED
        self._folder.sync_if_due()
        return self._phase is _Phase.ENDED

    def cancel(self, now_s: float) -> None:
        """Ask the task to end."""
        self._session.cancel(now_s)

    def correct(self, text: str, source: str, now_s: float) -> Answer | None:
        """Carry out a person's correction, or refuse it; return None where the run is over and its files are closed."""
        return None if self._phase is _Phase.ENDED else self._session.correct(text, source, now_s)

    def note_safety(self, state: SafetyState, now_s: float) -> None:
        """Record stops, resets and refusals of the gate."""
        before, self._safety = self._safety, state
        if before is None:
            return
        if state.latched and not before.latched:
            self._note(now_s, EventKind.GATE_STOP, "gate", state.message, {"code": state.cause})
        elif before.latched and not state.latched:
            self._note(now_s, EventKind.GATE_RESET, "gate", "the protective stop was reset", {})
        if state.refusal_code and state.refusal_code != before.refusal_code:
            fields = {"code": state.refusal_code}
            self._note(now_s, EventKind.GATE_REFUSAL, "gate", state.refusal_message, fields)

    def _emit(self, event: CoreEvent) -> None:
        self._publish(self._writer.take(event))

    def _note(self, now_s: float, kind: str, source: str, message: str, fields: dict[str, str]) -> None:
        self._publish(self._writer.note(now_s, kind, source, message, fields))

    def _publish(self, record: EventRecord) -> None:
        self._events.publish(
            TaskEvent(
                stamp=self._node.get_clock().now().to_msg(),
                time_s=record.time_s,
                kind=str(record.kind),
                source=record.source,
                message=record.message,
                fields_json=json.dumps(dict(record.fields), default=str),
            )
        )

    def _on_fault(self, fault: DataError) -> None:
        self._node.get_logger().error(f"run folder: {fault}")
