"""Where corrections arrive: each is understood, carried out or refused with a reason, and kept with what was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from robomatrix_py.contracts.correction import CorrectionLimits, Nudge
from robomatrix_py.scheduler.corrections.config import CorrectionsConfig
from robomatrix_py.scheduler.corrections.correction import Correction, Kind, describe
from robomatrix_py.scheduler.corrections.edits import EDITS, NoEdit, Pursuit, edit_of
from robomatrix_py.scheduler.corrections.memory import CorrectionMemory, Remembered, situation_of
from robomatrix_py.scheduler.corrections.parser import TEXT_MAX_CHARS, parse
from robomatrix_py.scheduler.language.reader import Reader
from robomatrix_py.scheduler.quoting import quote
from robomatrix_py.scheduler.task import TaskEvent, TaskRunner, TaskStatus

CORRECTION, OFFERED = "correction", "correction_offered"
"""Kinds of events."""

# What came before these was wrong: training leaves it out.
_BLAMING = EDITS - {Kind.ALSO} | {Kind.STOP, Kind.CANCEL, Kind.MOTION, Kind.LESS, Kind.UNDO}
# What can be had again in the same situation.
_OFFERABLE = frozenset({Kind.MOTION, Kind.OTHER_OBJECT, Kind.INSTEAD})
_NO_TASK = "no task is being carried out; give it as a new task"
# Stages of a step in which no skill moves the arm.
_AT_REST = frozenset({"", "precondition", "lease", "start", "verdict"})


class CorrectionPort(Protocol):
    """The way from the scheduler to whoever moves and stops the robot. Nothing here blocks."""

    def nudge(self, nudge: Nudge) -> None:
        """Lay a correction over the motion under way."""

    def hold(self, *, held: bool) -> None:
        """Have the skill under way stand still, or go on."""

    def stop(self, source: str) -> None:
        """Latch the protective stop."""


@dataclass(frozen=True)
class Answer:
    """What became of a correction.

    Args:
        accepted: Whether it is being carried out.
        understood_as: What was understood.
        reason: Why it is not carried out, or empty.
    """

    accepted: bool
    understood_as: str
    reason: str = ""


def take_without_task(text: str, source: str, port: CorrectionPort) -> tuple[Answer, dict[str, Any]]:
    """Answer a correction that comes while no task is under way; a stop is carried out all the same.

    Returns:
        What became of it, and what is kept of it.
    """
    correction = parse(text)
    reason = correction.reason or _NO_TASK
    if correction.kind is Kind.STOP:
        port.stop(_source_of_stop(text))
        reason = ""
    answer = Answer(not reason, str(correction), reason)
    return answer, _kept(text, source, correction, answer)


def _kept(text: str, source: str, correction: Correction, answer: Answer) -> dict[str, Any]:
    return {
        "text": text[:TEXT_MAX_CHARS],
        "source": source,
        "kind": correction.kind.value,
        "accepted": answer.accepted,
        "understood_as": answer.understood_as,
        "reason": answer.reason,
    }


def _source_of_stop(text: str) -> str:
    return f"the correction {quote(text)}"


@dataclass
class _Step:
    """The step under way, as corrections see it."""

    index: int = -1
    attempt: int = 0
    began_s: float = 0.0
    total: Nudge = field(default_factory=Nudge)
    is_due_again: bool = False


class CorrectionDesk:
    """Takes the corrections of one task. Not a thread: the caller passes the time.

    Args:
        port: The way to the robot.
        reader: Settles what words mean in a scene.
        limits: How far motions may be corrected.
        config: What is remembered and offered.
        memory: What was corrected before.
        emit: Takes the events.
    """

    def __init__(
        self,
        port: CorrectionPort,
        reader: Reader,
        limits: CorrectionLimits,
        config: CorrectionsConfig,
        memory: CorrectionMemory,
        emit: Callable[[TaskEvent], None],
    ) -> None:
        self._port = port
        self._reader = reader
        self._limits = limits
        self._config = config
        self._memory = memory
        self._send = emit
        self._step = _Step()
        self._last: Nudge | None = None
        self._held = False
        self._offered: Remembered | None = None
        self._made_offers: set[tuple[int, int, str]] = set()
        self._blamed_s = float("-inf")
        self._edited_s = float("-inf")
        port.hold(held=False)

    def hear(self, event: TaskEvent) -> None:
        """Take in what happens in the task."""
        if event.kind == "step_started":
            index, attempt = int(event.fields["index"]), int(event.fields["attempt"])
            # What was corrected about a step holds for its second try; the next step begins without.
            total = self._step.total if index == self._step.index and attempt > 1 else Nudge()
            self._step = _Step(index, attempt, event.time_s, total, not total.is_nothing)
        elif event.kind in ("step_verdict", "replanned"):
            self._offered = None
            if event.kind == "replanned":
                self._step = _Step()

    def watch(self, now_s: float, task: TaskRunner, status: TaskStatus) -> None:
        """Look whether something that was corrected before comes up again; call it after every tick of the task."""
        if status.verdict is not None:
            self._release()
            return
        if status.call is None or status.stage in _AT_REST:
            return
        if self._step.is_due_again:
            self._step.is_due_again = False
            self._port.nudge(self._step.total)
        key = (self._step.index, self._step.attempt, status.stage)
        if self._config.offer == "off" or key in self._made_offers or task.present is None:
            return
        self._made_offers.add(key)
        situation = situation_of(status.call, status.stage, task.present.evidence.scene)
        found = self._memory.nearest(situation, self._config.near_max)
        if found is None:
            return
        self._offered, distance = found
        said = {"text": self._offered.text, "distance": round(distance, 3), "run": self._offered.run}
        self._send(TaskEvent(now_s, OFFERED, said | {"applied": self._config.offer == "apply"}))
        if self._config.offer == "apply":
            self.take(self._offered.text, "memory", now_s, task, status)
            self._offered = None

    def take(self, text: str, source: str, now_s: float, task: TaskRunner | None, status: TaskStatus | None) -> Answer:
        """Carry out a correction or refuse it; either way it is kept.

        Args:
            text: The person's words.
            source: Where they come from, such as ``topic`` or ``service``.
            now_s: Monotonic time.
            task: The task under way, or None before there is a plan.
            status: How far it is.
        """
        correction = parse(text)
        seen = self._seen(task, status, correction)
        reason = self._carry_out(correction, text, now_s, task, status)
        answer = Answer(not reason, str(correction), reason)
        blames = answer.accepted and correction.kind in _BLAMING
        span_s = 0.0
        if blames:
            span_s = max(0.0, min(self._config.span_s, now_s - max(self._step.began_s, self._blamed_s)))
            self._blamed_s = now_s
        fields = _kept(text, source, correction, answer) | {
            # So long before it, the robot did what was corrected.
            "span_before_s": round(span_s, 3),
            "offerable": answer.accepted and correction.kind in _OFFERABLE and source != "memory",
        }
        self._send(TaskEvent(now_s, CORRECTION, fields | seen))
        return answer

    # ------------------------------------------------------------------ carrying out

    def _carry_out(
        self,
        correction: Correction,
        text: str,
        now_s: float,
        task: TaskRunner | None,
        status: TaskStatus | None,
    ) -> str:
        """Carry a correction out; return why not, or an empty text."""
        match correction.kind:
            case Kind.UNCLEAR:
                return correction.reason
            case Kind.STOP:
                self._port.stop(_source_of_stop(text))
                return ""
        if task is None or status is None or status.verdict is not None:
            return _NO_TASK
        match correction.kind:
            case Kind.WAIT | Kind.GO_ON:
                return self._hold(task, held=correction.kind is Kind.WAIT)
            case Kind.CANCEL:
                task.cancel(now_s)
                return ""
            case Kind.MOTION | Kind.MORE | Kind.LESS | Kind.UNDO:
                return self._move(correction, status)
            case Kind.AGREE | Kind.DISAGREE:
                return self._answer_offer(correction.kind, now_s, task, status)
        return self._edit(correction, text, now_s, task, status)

    def _hold(self, task: TaskRunner, *, held: bool) -> str:
        if not held and not self._held:
            return "the robot is not waiting"
        self._held = held
        self._port.hold(held=held)
        task.hold(held=held)
        return ""

    def _release(self) -> None:
        if self._held:
            self._held = False
            self._port.hold(held=False)

    def _move(self, correction: Correction, status: TaskStatus) -> str:
        if status.call is None or status.stage in _AT_REST:
            return "nothing is moving just now"
        nudge = correction.nudge
        if correction.kind is Kind.UNDO:
            nudge = self._step.total.times(-1.0)
        elif correction.kind in (Kind.MORE, Kind.LESS):
            if self._last is None:
                return "no motion was corrected before; say which way"
            nudge = self._last if correction.kind is Kind.MORE else self._last.times(-0.5)
        if nudge.is_nothing:
            return "nothing was corrected in this step"
        total = self._step.total.plus(nudge)
        if reason := self._limits.why_not(total):
            return reason
        if correction.kind is Kind.MOTION:
            self._last = nudge
        self._step.total = Nudge() if correction.kind is Kind.UNDO else total
        self._port.nudge(nudge)
        return ""

    def _answer_offer(self, kind: Kind, now_s: float, task: TaskRunner, status: TaskStatus) -> str:
        offered, self._offered = self._offered, None
        if offered is None:
            return "nothing was offered"
        if kind is Kind.AGREE:
            return self._carry_out(parse(offered.text), offered.text, now_s, task, status)
        return ""

    def _edit(self, correction: Correction, text: str, now_s: float, task: TaskRunner, status: TaskStatus) -> str:
        present, plan = task.present, status.plan
        if present is None or not plan.goals:
            return "no plan with a goal is being carried out"
        if now_s - self._edited_s < 1.0 / self._config.edits_max_per_s:
            return "changes of the plan come too fast; say it again in a moment"
        self._edited_s = now_s
        pursuit = Pursuit(plan.goals, task.stage, status.call, present.evidence.scene, present.facts)
        try:
            edit = edit_of(correction, pursuit, self._reader)
        except NoEdit as problem:
            return str(problem)
        return task.revise(edit, text[:TEXT_MAX_CHARS])

    # ------------------------------------------------------------------ keeping

    def _seen(self, task: TaskRunner | None, status: TaskStatus | None, correction: Correction) -> dict[str, Any]:
        """Return what is kept of the moment."""
        fields: dict[str, Any] = {"motion": describe(correction.nudge) if correction.kind is Kind.MOTION else ""}
        present = task.present if task is not None else None
        if status is None or present is None:
            return fields
        evidence, call = present.evidence, status.call
        fields |= {"index": status.step, "stage": status.stage, "progress": round(status.progress, 3)}
        if call is not None:
            fields |= {"skill": call.skill, "arguments": dict(call.arguments)}
            fields["situation"] = situation_of(call, status.stage, evidence.scene).to_json()
        fields["seen"] = {
            "tool_position_m": [round(value, 4) for value in evidence.tool_position_m],
            "gripper_opening": round(evidence.gripper_opening, 3),
            "gripper_force_n": round(evidence.gripper_force_n, 2),
            "objects": {
                item.name: {
                    "position_m": [round(value, 4) for value in item.position_m.tolist()],
                    "yaw_rad": round(item.pose_object_in_base.yaw_rad, 4),
                    "visible": item.visible,
                }
                for item in evidence.scene
            },
        }
        return fields
