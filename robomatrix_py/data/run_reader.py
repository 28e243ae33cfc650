"""Reads a run folder back, also one whose run was killed or is still going on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.data.records import (
    EventKind,
    EventRecord,
    RecordError,
    RunSummary,
    StepRecord,
    plan_from_json,
)
from robomatrix_py.data.run_folder import (
    CONFIG_FILE,
    EVENTS_FILE,
    PLAN_FILE,
    SCENE_FILE,
    SIM_FINAL_FILE,
    SIM_INITIAL_FILE,
    STEPS_FILE,
    SUMMARY_FILE,
    VERSIONS_FILE,
)

Record = TypeVar("Record")

_MARKS = (PLAN_FILE, EVENTS_FILE, STEPS_FILE, SUMMARY_FILE, CONFIG_FILE)


@dataclass(frozen=True)
class RunRecord:
    """Everything that the small files of a run folder say.

    Args:
        folder: The folder.
        plan: The plan, or None.
        steps: Step attempts in order.
        events: Events in order.
        summary: How it ended; None where the run was cut off before it could say.
        config_text: The resolved configuration, YAML, or empty.
        versions: What ran.
        sim_initial: True state of the simulated world at the start, or empty.
        sim_final: The same at the end.
        scene: The scene that was planned for, as perceived, or empty.
        problems: What could not be read, one line each.
    """

    folder: Path
    plan: Plan | None = None
    steps: tuple[StepRecord, ...] = ()
    events: tuple[EventRecord, ...] = ()
    summary: RunSummary | None = None
    config_text: str = ""
    versions: Mapping[str, Any] = field(default_factory=dict)
    sim_initial: Mapping[str, Any] = field(default_factory=dict)
    sim_final: Mapping[str, Any] = field(default_factory=dict)
    scene: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def cut_off(self) -> bool:
        """Whether the run did not come to its end: killed, power lost, or still going on."""
        return self.summary is None

    @property
    def unfinished_steps(self) -> Mapping[int, float]:
        """Start of each step attempt that began but has no record, by the step's index: it was cut off."""
        begun: dict[int, list[float]] = {}
        for event in self.events:
            index = event.fields.get("index")
            if event.kind == EventKind.STEP_STARTED and isinstance(index, int):
                begun.setdefault(index, []).append(event.time_s)
        ended = Counter(step.index for step in self.steps)
        return {index: starts[-1] for index, starts in begun.items() if len(starts) > ended[index]}

    @property
    def last_time_s(self) -> float:
        """Latest time that anything in the run is known of, seconds since its start."""
        times = [event.time_s for event in self.events] + [step.ended_s for step in self.steps]
        return max([*times, self.summary.duration_s if self.summary else 0.0, 0.0])


def read_run(path: Path) -> RunRecord:
    """Read a run folder, as much of it as there is.

    A last line torn by kill -9 is left out, as is anything else that cannot be read; `problems` says what.

    Args:
        path: The run folder.

    Raises:
        DataError: ``DATA.NO_RUN``: it is no folder, or holds nothing of a run.
    """
    path = Path(path)
    if not any((path / name).is_file() for name in _MARKS):
        raise DataError(
            "is not a run folder" if path.is_dir() else "does not exist or is not a folder",
            where=str(path),
            permitted=f"a folder with {', '.join(_MARKS)}",
            remedy="give the folder that `robomatrix run` printed",
            code="NO_RUN",
        )
    problems: list[str] = []
    return RunRecord(
        folder=path,
        plan=_read_json(path / PLAN_FILE, plan_from_json, problems),
        steps=_read_lines(path / STEPS_FILE, StepRecord.from_json, problems),
        events=_read_lines(path / EVENTS_FILE, EventRecord.from_json, problems),
        summary=_read_json(path / SUMMARY_FILE, RunSummary.from_json, problems),
        config_text=_read_text(path / CONFIG_FILE, problems) or "",
        versions=_read_json(path / VERSIONS_FILE, _as_mapping, problems) or {},
        sim_initial=_read_json(path / SIM_INITIAL_FILE, _as_mapping, problems) or {},
        sim_final=_read_json(path / SIM_FINAL_FILE, _as_mapping, problems) or {},
        scene=_read_json(path / SCENE_FILE, _as_mapping, problems) or {},
        problems=tuple(problems),
    )


def _read_text(path: Path, problems: list[str]) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(f"{path.name}: {error.strerror or error}")
        return None


def _read_json(path: Path, parse: Callable[[object], Record], problems: list[str]) -> Record | None:
    text = _read_text(path, problems)
    if text is None:
        return None
    try:
        return parse(json.loads(text))
    except (ValueError, RecursionError) as error:
        problems.append(f"{path.name}: {error}")
        return None


def _read_lines(path: Path, parse: Callable[[object], Record], problems: list[str]) -> tuple[Record, ...]:
    text = _read_text(path, problems) or ""
    *lines, torn = text.split("\n")
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(parse(json.loads(line)))
        except (ValueError, RecursionError) as error:
            problems.append(f"{path.name} line {number}: {error}")
    if torn:
        problems.append(f"{path.name}: the last line is torn and left out")
    return tuple(records)


def _as_mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordError(f"an object is needed, not {type(value).__name__}")
    return value
