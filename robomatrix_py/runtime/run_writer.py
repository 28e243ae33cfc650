"""Writes what happens in a task into its run folder as it happens, and the summary and report at its end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from robomatrix_py.contracts.errors import DataError, RobomatrixError
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.corrections import CORRECTIONS_FILE
from robomatrix_py.data.pictures import PictureName
from robomatrix_py.data.records import EventKind, EventRecord, RunSummary, StageSpan, StepRecord, verdict_from_json
from robomatrix_py.data.report import build_report
from robomatrix_py.data.run_folder import (
    CONFIG_FILE,
    EVENTS_FILE,
    EXCHANGES_FILE,
    PLAN_FILE,
    REHEARSAL_FOLDER,
    SCENE_FILE,
    STEPS_FILE,
    SUMMARY_FILE,
    VERSIONS_FILE,
    RunFolder,
)
from robomatrix_py.data.run_reader import RunRecord, read_run
from robomatrix_py.data.versions import collect_versions
from robomatrix_py.runtime.experience import REALITY_FIELD, reality_of
from robomatrix_py.runtime.heat_maps import draw_heat_maps
from robomatrix_py.scheduler.task import TaskEvent
from robomatrix_py.settings.settings import Settings
from robomatrix_py.settings.structure import destructure

# Field of the first event: the run's start by the monotonic clock of this machine.
_BEGAN = "began_monotonic_s"


@dataclass
class _Attempt:
    """One attempt at a step while it goes on."""

    started_s: float
    arguments: Mapping[str, Any]
    why: str
    stages: list[tuple[str, float]] = field(default_factory=list)
    report: Verdict | None = None


class RunWriter:
    """The record of one task.

    Args:
        folder: Where it goes.
        instruction: The person's words.
        settings: What the run is configured by.
        mode: ``ros``, ``lockstep`` or ``rehearsal``.
        camera: Whose pictures illustrate the steps.
        began_s: The run's start, by the clock of the events.
    """

    def __init__(
        self,
        folder: RunFolder,
        instruction: str,
        settings: Settings,
        mode: str,
        camera: str,
        began_s: float,
    ) -> None:
        self.folder = folder
        self._instruction = instruction
        self._settings = settings
        self._mode = mode
        self._camera = camera
        self._began_s = began_s
        self._attempts: dict[tuple[int, int], _Attempt] = {}
        self._whys: tuple[str, ...] = ()
        self._steps_total = 0
        self._steps_done = 0
        config = yaml.safe_dump(destructure(settings), sort_keys=False)
        folder.write_bytes(CONFIG_FILE, config.encode())
        folder.write_json(VERSIONS_FILE, collect_versions())
        reality = reality_of(settings, mode)
        self.note(began_s, EventKind.RUN_STARTED, "runtime", instruction, {_BEGAN: began_s, REALITY_FIELD: reality})
        self._note_rehearsal(began_s)

    def take(self, event: TaskEvent) -> EventRecord:
        """Write an event of the task and return it as recorded."""
        fields = dict(event.fields)
        match event.kind:
            case "scene":
                self.folder.write_json(SCENE_FILE, fields)
                fields = {"objects": len(fields["objects"])}
            case "plan" | "replanned":
                self._take_plan(event.kind, fields["plan"])
            case "model_exchange":
                # The whole of it has a file of its own: the event travels over ROS and stays short.
                self.folder.append_jsonl(EXCHANGES_FILE, fields)
                fields = {key: value for key, value in fields.items() if key not in ("messages", "answer")}
            case "correction":
                # What was seen then is long, and only wanted by whoever learns from corrections.
                self.folder.append_jsonl(CORRECTIONS_FILE, {"time_s": event.time_s - self._began_s, **fields})
                fields = {key: value for key, value in fields.items() if key not in ("seen", "situation")}
            case "step_started":
                self._attempts[_key(fields)] = _Attempt(
                    event.time_s - self._began_s, fields.get("arguments", {}), fields.get("why", "")
                )
            case "stage":
                self._attempts[_key(fields)].stages.append((fields["stage"], event.time_s - self._began_s))
            case "step_report":
                self._attempts[_key(fields)].report = verdict_from_json(fields["report"])
            case "step_verdict":
                self._take_verdict(event.time_s - self._began_s, fields)
        return self.note(event.time_s, event.kind, "scheduler", _message(event), fields)

    def note(
        self, now_s: float, kind: str, source: str, message: str, fields: Mapping[str, Any] | None = None
    ) -> EventRecord:
        """Write something that happened outside the task, such as a stop of the gate."""
        record = EventRecord(now_s - self._began_s, kind, source, message, fields or {})
        self.folder.append_jsonl(EVENTS_FILE, record.to_json())
        return record

    def finish(self, now_s: float, verdict: Verdict, perception: str) -> RunSummary:
        """Write the summary.

        Args:
            now_s: The run's end, by the clock of the events.
            verdict: How it ended.
            perception: Where the scene objects came from.
        """
        self.note(now_s, EventKind.RUN_ENDED, "runtime", verdict.message)
        summary = RunSummary(
            instruction=self._instruction,
            verdict=verdict,
            duration_s=round(now_s - self._began_s, 3),
            steps_done=self._steps_done,
            steps_total=self._steps_total,
            seed=self._settings.seed,
            robot=self._settings.robot,
            scene=self._settings.scene.name,
            planner=self._settings.planner,
            perception=perception,
            mode=self._mode,
            run_folder=str(self.folder.path),
        )
        self.folder.write_json(SUMMARY_FILE, summary.to_json())
        self.folder.close()
        return summary

    def _note_rehearsal(self, now_s: float) -> None:
        """Write down that the run was rehearsed, and how that ended."""
        folder = self.folder.path / REHEARSAL_FOLDER
        if not folder.is_dir():
            return
        try:
            summary = read_run(folder).summary
        except DataError:
            summary = None
        message = summary.verdict.message if summary else "the rehearsal could not be held"
        fields = {"folder": REHEARSAL_FOLDER, "outcome": summary.verdict.outcome if summary else None}
        self.note(now_s, EventKind.REHEARSAL, "runtime", message, fields)

    def _take_plan(self, kind: str, plan: Mapping[str, Any]) -> None:
        if kind == "plan":
            self._steps_total = len(plan["steps"])
        else:
            self._steps_total = self._steps_done + len(plan["steps"])
        self.folder.write_json(PLAN_FILE, plan)

    def _take_verdict(self, time_s: float, fields: Mapping[str, Any]) -> None:
        attempt = self._attempts.pop(_key(fields), _Attempt(time_s, {}, ""))
        verdict = verdict_from_json(fields["verdict"])
        self._steps_done += int(verdict.succeeded)
        ends = [begin for _, begin in attempt.stages[1:]] + [time_s]
        stages = tuple(StageSpan(name, begin, end) for (name, begin), end in zip(attempt.stages, ends, strict=False))
        index, number = _key(fields)
        pictures = {
            moment: PictureName(index, number, fields["skill"], moment, self._camera).path
            for moment in ("before", "after")
        }
        record = StepRecord(
            index=index,
            attempt=number,
            skill=fields["skill"],
            arguments=attempt.arguments,
            why=attempt.why,
            started_s=attempt.started_s,
            ended_s=time_s,
            stages=stages,
            report=attempt.report,
            verdict=verdict,
            pictures=pictures,
        )
        self.folder.append_jsonl(STEPS_FILE, record.to_json())


def write_report(folder: Path, settings: Settings) -> Path | None:
    """Build the report of a finished run; return None where that fails, which costs the run nothing else.

    Args:
        folder: The run folder.
        settings: What the run was configured by.
    """
    with suppress(RobomatrixError, OSError):
        draw_heat_maps(folder, settings)
    try:
        return build_report(folder)
    except (RobomatrixError, OSError):
        return None


def close_cut_off_run(
    folder: RunFolder, instruction: str, settings: Settings, mode: str, verdict: Verdict, deaths: Sequence[str]
) -> None:
    """Finish the folder of a run whose scheduler can no longer do so: events, summary, report.

    Args:
        folder: The run folder, with what was written before the end.
        instruction: The person's words.
        settings: What the run was configured by.
        mode: ``ros`` or ``lockstep``.
        verdict: How it ended.
        deaths: One line for every process that died.
    """
    folder = RunFolder(folder.path, folder.report_fault, resume=True)
    try:
        record = read_run(folder.path)
    except DataError:
        # It ended before anything was written.
        record = RunRecord(folder.path)
    ended_s = _elapsed_s(record)
    if record.summary is None:
        for death in deaths:
            event = EventRecord(ended_s, EventKind.PROCESS_DIED, "supervisor", death)
            folder.append_jsonl(EVENTS_FILE, event.to_json())
        event = EventRecord(ended_s, EventKind.RUN_ENDED, "runtime", verdict.message)
        folder.append_jsonl(EVENTS_FILE, event.to_json())
        summary = RunSummary(
            instruction=instruction,
            verdict=verdict,
            duration_s=ended_s,
            steps_done=sum(1 for step in record.steps if step.verdict and step.verdict.succeeded),
            steps_total=len(record.plan.steps) if record.plan else 0,
            seed=settings.seed,
            robot=settings.robot,
            scene=settings.scene.name,
            planner=settings.planner,
            perception=settings.perception_source,
            mode=mode,
            run_folder=str(folder.path),
        )
        folder.write_json(SUMMARY_FILE, summary.to_json())
    folder.close()
    write_report(folder.path, settings)


def _elapsed_s(record: RunRecord) -> float:
    """Return the time since the run's start, or up to its last record where the start is not known."""
    for event in record.events:
        if event.kind == EventKind.RUN_STARTED and _BEGAN in event.fields:
            return max(record.last_time_s, time.monotonic() - float(event.fields[_BEGAN]))
    return record.last_time_s


def remove_run(folder: RunFolder) -> None:
    """Remove the folder of a run that never began."""
    folder.close()
    shutil.rmtree(folder.path, ignore_errors=True)


def _key(fields: Mapping[str, Any]) -> tuple[int, int]:
    return int(fields["index"]), int(fields["attempt"])


def told_text(event: TaskEvent) -> str:
    """Return a line for a person about a ``correction``, a ``correction_offered``, a ``question`` or an ``answer``."""
    fields = event.fields
    if event.kind == "question":
        return f"{fields['question']} (answer within {fields['wait_s']:g} s; nothing moves meanwhile)"
    if event.kind == "answer":
        return f"answered: {fields['text']!r}"
    if event.kind == "correction_offered":
        how = "it is done again" if fields["applied"] else "say `yes` to have it again"
        return f"here somebody once said {fields['text']!r}: {how}"
    outcome = "" if fields["accepted"] else f"; refused: {fields['reason']}"
    return f"{fields['text']!r}, understood as: {fields['understood_as']}{outcome}"


def _message(event: TaskEvent) -> str:
    fields = event.fields
    match event.kind:
        case "plan":
            steps = [step["skill"] for step in fields["plan"]["steps"]]
            return " -> ".join(steps) or str(
                fields["plan"]["question"] or fields["plan"]["refused"] or fields["plan"]["already_done"] or ""
            )
        case "step_verdict" | "task_verdict" | "recovery_verdict":
            return str(fields["verdict"]["message"])
        case "step_report":
            return str(fields["report"]["message"])
        case "model_exchange":
            said = fields["fault"] or "; ".join(fields["rejections"]) or "answered"
            return f"{fields['model']}: {said}"
        case "replanned":
            return str(fields["because"])
        case "recovery":
            return f"{fields['why']}, because {fields['because']}"
        case "correction" | "correction_offered" | "question" | "answer":
            return told_text(event)
        case _:
            return " ".join(str(fields[key]) for key in ("skill", "stage") if key in fields)
