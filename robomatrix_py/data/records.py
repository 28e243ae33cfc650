"""The records of a run folder: their fields, and how they are read back.

Times are seconds since the run's start. Reading is strict: a record that lacks a field or has it in a wrong
form raises :class:`RecordError`, and the reader of the folder decides what that means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.plan import Goal, Plan
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Outcome, Verdict


class RecordError(ValueError):
    """A record does not have the documented form."""


class EventKind(StrEnum):
    """What an event is about. A reader accepts other kinds too, and shows them as they are."""

    RUN_STARTED = "run_started"
    PLAN = "plan"
    MODEL_EXCHANGE = "model_exchange"
    STEP_STARTED = "step_started"
    STAGE = "stage"
    STEP_VERDICT = "step_verdict"
    RECOVERY = "recovery"
    RECOVERY_STARTED = "recovery_started"
    RECOVERY_VERDICT = "recovery_verdict"
    RETRY = "retry"
    REPLANNED = "replanned"
    GATE_REFUSAL = "gate_refusal"
    GATE_STOP = "gate_stop"
    GATE_RESET = "gate_reset"
    PROCESS_DIED = "process_died"
    TASK_VERDICT = "task_verdict"
    REHEARSAL = "rehearsal"
    RUN_ENDED = "run_ended"


@dataclass(frozen=True)
class StageSpan:
    """One stage of a skill, such as ``descend``.

    Args:
        name: Stage name.
        from_s: When it began.
        to_s: When it ended.
    """

    name: str
    from_s: float
    to_s: float

    def to_json(self) -> dict[str, Any]:
        """Return the form kept in `steps.jsonl`."""
        return {"name": self.name, "from_s": self.from_s, "to_s": self.to_s}

    @staticmethod
    def from_json(value: object) -> StageSpan:
        """Read what :meth:`to_json` returns.

        Raises:
            RecordError: A field is missing or wrong.
        """
        record = _mapping(value)
        return StageSpan(_text(record, "name"), _number(record, "from_s"), _number(record, "to_s"))


@dataclass(frozen=True)
class StepRecord:
    """One attempt at one step of the plan.

    Args:
        index: Place of the step in the plan, from 0.
        attempt: 1 for the first try.
        skill: Skill name.
        arguments: Value by argument name.
        why: Why the planner put it there.
        started_s: When it began.
        ended_s: When its verdict was known.
        stages: What the skill went through, in order.
        report: The skill's own account; no verdict.
        verdict: What the independent check found.
        pictures: File by moment (``before``, ``after``), relative to the run folder.
    """

    index: int
    attempt: int
    skill: str
    arguments: Mapping[str, str | float]
    why: str
    started_s: float
    ended_s: float
    stages: tuple[StageSpan, ...] = ()
    report: Verdict | None = None
    verdict: Verdict | None = None
    pictures: Mapping[str, str] = field(default_factory=dict)

    @property
    def call(self) -> SkillCall:
        """The skill with its arguments."""
        return SkillCall(self.skill, self.arguments, self.why)

    def to_json(self) -> dict[str, Any]:
        """Return the line kept in `steps.jsonl`."""
        return {
            "index": self.index,
            "attempt": self.attempt,
            "skill": self.skill,
            "arguments": dict(self.arguments),
            "why": self.why,
            "started_s": self.started_s,
            "ended_s": self.ended_s,
            "stages": [stage.to_json() for stage in self.stages],
            "report": self.report.to_json() if self.report else None,
            "verdict": self.verdict.to_json() if self.verdict else None,
            "pictures": dict(self.pictures),
        }

    @staticmethod
    def from_json(value: object) -> StepRecord:
        """Read what :meth:`to_json` returns.

        Raises:
            RecordError: A field is missing or wrong.
        """
        record = _mapping(value)
        pictures = _mapping(record.get("pictures") or {})
        return StepRecord(
            index=int(_number(record, "index")),
            attempt=int(_number(record, "attempt")),
            skill=_text(record, "skill"),
            arguments=_arguments(record),
            why=_text(record, "why"),
            started_s=_number(record, "started_s"),
            ended_s=_number(record, "ended_s"),
            stages=tuple(StageSpan.from_json(stage) for stage in _list(record, "stages")),
            report=_verdict_or_none(record.get("report")),
            verdict=_verdict_or_none(record.get("verdict")),
            pictures={moment: path for moment, path in pictures.items() if isinstance(path, str)},
        )


@dataclass(frozen=True)
class EventRecord:
    """Something that happened during a run.

    Args:
        time_s: When.
        kind: One of :class:`EventKind`, or a word of a later version.
        source: Which part says so, such as ``gate``.
        message: One line for a person.
        fields: Further readings, JSON-serialisable.
    """

    time_s: float
    kind: str
    source: str
    message: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the line kept in `events.jsonl`."""
        return {
            "time_s": self.time_s,
            "kind": str(self.kind),
            "source": self.source,
            "message": self.message,
            "fields": dict(self.fields),
        }

    @staticmethod
    def from_json(value: object) -> EventRecord:
        """Read what :meth:`to_json` returns.

        Raises:
            RecordError: A field is missing or wrong.
        """
        record = _mapping(value)
        return EventRecord(
            time_s=_number(record, "time_s"),
            kind=_text(record, "kind"),
            source=_text(record, "source"),
            message=_text(record, "message"),
            fields=_mapping(record.get("fields") or {}),
        )


@dataclass(frozen=True)
class RunSummary:
    """What a run was and how it ended.

    Args:
        instruction: The person's words.
        verdict: How the task ended.
        duration_s: From the run's start to its end.
        steps_done: Steps verified as done.
        steps_total: Steps of the plan.
        seed: Seed of the scene, or None outside simulation.
        robot: Robot name.
        scene: Scene name.
        planner: Which planner made the plan.
        perception: Perception source; ``sim_truth`` is the simulator's state with noise, not a camera.
        mode: ``ros`` or ``lockstep``.
        run_folder: Name of the run folder.
    """

    instruction: str
    verdict: Verdict
    duration_s: float
    steps_done: int
    steps_total: int
    seed: int | None
    robot: str
    scene: str
    planner: str
    perception: str
    mode: str
    run_folder: str

    def to_json(self) -> dict[str, Any]:
        """Return the form kept in `summary.json`."""
        return {**vars(self), "verdict": self.verdict.to_json()}

    @staticmethod
    def from_json(value: object) -> RunSummary:
        """Read what :meth:`to_json` returns.

        Raises:
            RecordError: A field is missing or wrong.
        """
        record = _mapping(value)
        texts = ("instruction", "robot", "scene", "planner", "perception", "mode", "run_folder")
        return RunSummary(
            verdict=verdict_from_json(record.get("verdict")),
            duration_s=_number(record, "duration_s"),
            steps_done=int(_number(record, "steps_done")),
            steps_total=int(_number(record, "steps_total")),
            seed=None if record.get("seed") is None else int(_number(record, "seed")),
            **{key: _text(record, key) for key in texts},
        )


def verdict_from_json(value: object) -> Verdict:
    """Read the form that `Verdict.to_json` returns.

    Raises:
        RecordError: A field is missing or wrong.
    """
    record = _mapping(value)
    try:
        return Verdict(
            outcome=Outcome(record["outcome"]),
            message=_text(record, "message"),
            cause=Cause(record["cause"]) if record.get("cause") else None,
            stage=_text(record, "stage"),
            evidence=_mapping(record.get("evidence") or {}),
        )
    except (KeyError, ValueError) as error:
        raise RecordError(f"verdict: {error}") from None


def plan_from_json(value: object) -> Plan:
    """Read the form that `Plan.to_json` returns.

    Raises:
        RecordError: A field is missing or wrong.
    """
    record = _mapping(value)
    steps = [_mapping(step) for step in _list(record, "steps")]
    reasons = [str(why) for why in _list(record, "why")]
    reasons += [""] * (len(steps) - len(reasons))
    return Plan(
        instruction=_text(record, "instruction"),
        steps=tuple(
            SkillCall(_text(step, "skill"), _arguments(step), why)
            for step, why in zip(steps, reasons, strict=False)
        ),
        goals=tuple(_goal(goal) for goal in _list(record, "goals")),
        question=_text(record, "question"),
        refused=_text(record, "refused"),
        already_done=_text(record, "already_done"),
        planner=_text(record, "planner"),
        notes=tuple(str(note) for note in _list(record, "notes")),
        cause=_text(record, "cause"),
        forbidden=tuple(_atom(atom) for atom in _list(record, "forbidden")),
    )


def _goal(value: object) -> Goal:
    record = _mapping(value)
    call = None
    if record.get("call") is not None:
        wanted = _mapping(record["call"])
        call = SkillCall(_text(wanted, "skill"), _arguments(wanted))
    return Goal(tuple(_atom(atom) for atom in _list(record, "atoms")), _text(record, "text"), call)


def _atom(value: object) -> Atom:
    try:
        return Atom.parse(str(value))
    except ConfigError as error:
        raise RecordError(f"goal: {error.what}") from None


def _verdict_or_none(value: object) -> Verdict | None:
    return None if value is None else verdict_from_json(value)


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordError(f"an object is needed, not {type(value).__name__}")
    return value


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    value = record.get(key) or []
    if not isinstance(value, list):
        raise RecordError(f"{key}: a list is needed, not {type(value).__name__}")
    return value


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RecordError(f"{key}: a text is needed, not {type(value).__name__}")
    return value


def _number(record: Mapping[str, Any], key: str) -> float:
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RecordError(f"{key}: a finite number is needed, not {value!r}")
    return value


def _arguments(record: Mapping[str, Any]) -> dict[str, str | float]:
    arguments = _mapping(record.get("arguments") or {})
    wrong = [key for key, value in arguments.items() if not isinstance(value, str | int | float)]
    if wrong:
        raise RecordError(f"arguments: {', '.join(wrong)} must be texts or numbers")
    return dict(arguments)
