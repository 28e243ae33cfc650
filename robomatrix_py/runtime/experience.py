"""Counts how skills went, run by run, and hands planners what was counted."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.experience import Condition, Kind, Reality, RunTrials, total
from robomatrix_py.contracts.skill import ArgumentType, MeasuredSuccess, SkillCall, SkillSpec
from robomatrix_py.contracts.statistics import wilson
from robomatrix_py.contracts.verdict import Outcome
from robomatrix_py.data.experience import append_experience, read_experience, replace_experience
from robomatrix_py.data.run_folder import EVENTS_FILE, REHEARSAL_FOLDER, STEPS_FILE
from robomatrix_py.data.run_reader import RunRecord, read_run
from robomatrix_py.policies.action.manifest import read_manifest
from robomatrix_py.scheduler.feasibility import Feasibility, class_of_name
from robomatrix_py.settings.settings import Settings
from robomatrix_py.settings.share import experience_file, find_model

COUNTED = frozenset({Cause.NO_PROGRESS, Cause.TIMEOUT, Cause.VERDICT_FAILED, Cause.LIMIT, Cause.INFERENCE_ERROR})
"""Causes that speak against a skill. The others speak of the person, the machine, or of what was not even tried."""

REHEARSAL_MODE = "rehearsal"
"""Mode of a run that is a rehearsal."""

REALITY_FIELD = "reality"
"""Field of a run's first event: where it takes place."""

_CUT_OFF_AFTER_S = 600.0
_CONFIG_MAX_CHARS = 1_000_000


@dataclass(frozen=True)
class Rebuilt:
    """What became of a rebuild.

    Args:
        counted: Runs that were counted from their folders.
        kept: Runs whose folders are gone, counted from the old record.
        skipped: Folders that tell nothing, and why.
    """

    counted: int
    kept: int
    skipped: tuple[str, ...]


def reality_of(settings: Settings, mode: str) -> Reality:
    """Return where a run takes place.

    Args:
        settings: What it is configured by.
        mode: ``ros``, ``lockstep`` or ``rehearsal``.
    """
    if mode == REHEARSAL_MODE:
        return Reality.REHEARSED
    if mode == "lockstep":
        return Reality.SIMULATED
    return {"sim": Reality.SIMULATED, "mock": Reality.MOCKED}.get(settings.mode, Reality.REAL)


def load_feasibility(
    settings: Settings, skills: Mapping[str, SkillSpec], reality: Reality
) -> tuple[Feasibility | None, str]:
    """Return how likely plans are to succeed by all that was counted, and one line about damage to the record.

    Without a record there is no feasibility: plans then depend on the instruction, the scene and the skills alone.

    Args:
        settings: Robot, policy, and where the record is.
        skills: All skills by name.
        reality: Where the plans will run.
    """
    path = experience_file(settings.feasibility.record)
    if path is None:
        return None, ""
    condition = Condition(settings.robot, reality, settings.skills.policy)
    measured = _measured_of_policy(settings) if settings.skills.policy == "learned" else None
    try:
        experience = read_experience(path)
    except DataError as error:
        return Feasibility(skills, condition, config=settings.feasibility, measured=measured), str(error)
    counts = total(experience.trials, condition)
    return Feasibility(skills, condition, counts, settings.feasibility, measured), experience.warning(path)


def _measured_of_policy(settings: Settings) -> dict[str, MeasuredSuccess]:
    """Return what the manifest of the learned policy says of each skill, all splits together."""
    try:
        values, _ = read_manifest(find_model(settings.skills.learned.model))
        found: dict[str, MeasuredSuccess] = {}
        for skill, entry in [item for skills in values["measured"].values() for item in skills.items()]:
            trials, rate = int(entry["n"]), float(entry["success_rate"])
            before = found.get(skill, MeasuredSuccess(0, 0, (0.0, 1.0), "the policy's manifest"))
            won, of = before.successes + round(rate * trials), before.trials + trials
            found[skill] = replace(before, successes=won, trials=of, interval=wilson(won, of))
    except (ConfigError, KeyError, TypeError, ValueError, AttributeError):
        # Whoever runs the policy is told what is wrong with its manifest; here it just says nothing.
        return {}
    return found


def note_run(folder: Path, settings: Settings, skills: Mapping[str, SkillSpec]) -> str:
    """Count a finished run; return why it could not be counted, or an empty text. It never fails a run.

    Args:
        folder: Its run folder.
        settings: Where the record is.
        skills: All skills by name.
    """
    path = experience_file(settings.feasibility.record)
    if path is None:
        return ""
    try:
        trials = trials_of(read_run(folder), skills)
        if trials.counts:
            append_experience(path, trials)
    except DataError as error:
        # A folder that lacks files lacks them because of a fault that was told when it happened.
        return "" if error.code in ("DATA.NO_CONDITION", "DATA.NO_RUN") else str(error)
    return ""


def rebuild(settings: Settings, skills: Mapping[str, SkillSpec], parents: Iterable[Path]) -> Rebuilt:
    """Count all run folders anew. What the old record says of runs whose folders are gone is kept.

    Args:
        settings: Where the record is.
        skills: All skills by name.
        parents: Folders of run folders.

    Raises:
        ConfigError: The settings name no record.
        DataError: A folder of run folders does not exist, or the record cannot be written.
    """
    path = experience_file(settings.feasibility.record)
    if path is None:
        raise ConfigError("no record of earlier runs is kept", where="feasibility.record", permitted="user, or a path")
    found: dict[str, RunTrials] = {}
    skipped = []
    for folder in _run_folders(parents):
        try:
            trials = trials_of(_settled(read_run(folder)), skills)
        except DataError as error:
            skipped.append(str(error))
            continue
        if trials.counts:
            found[trials.run] = trials
    try:
        old = read_experience(path).trials
    except DataError as error:
        old = ()
        skipped.append(str(error))
    gone = [item for item in old if item.run not in found]
    replace_experience(path, [*gone, *found.values()])
    return Rebuilt(len(found), len(gone), tuple(skipped))


def trials_of(record: RunRecord, skills: Mapping[str, SkillSpec]) -> RunTrials:
    """Return what a run tells of the skills: every attempt that an independent check decided.

    Args:
        record: The run.
        skills: All skills by name.

    Raises:
        DataError: It does not say which robot and policy it was of, or where.
    """
    counts: dict[Kind, tuple[int, int]] = {}
    for step in record.steps:
        verdict = step.verdict
        if verdict is None or verdict.outcome is Outcome.UNDECIDED:
            continue
        if not verdict.succeeded and (verdict.cause not in COUNTED or verdict.stage.endswith(".precondition")):
            continue
        kind = (step.skill, _classes(step.call, skills.get(step.skill), record.scene))
        won, lost = counts.get(kind, (0, 0))
        counts[kind] = (won + verdict.succeeded, lost + (not verdict.succeeded))
    return RunTrials(_identity(record), condition_of(record), counts)


def condition_of(record: RunRecord) -> Condition:
    """Return robot, place and policy of a run.

    Raises:
        DataError: It does not say.
    """
    config = _config(record)
    robot, policy = config.get("robot"), config.get("skills", {}).get("policy")
    said = next((e.fields[REALITY_FIELD] for e in record.events if REALITY_FIELD in e.fields), None)
    if said is None and (record.sim_initial or (record.summary and record.summary.mode == "lockstep")):
        # Runs of versions before this field.
        said = Reality.SIMULATED.value
    if not isinstance(robot, str) or not isinstance(policy, str) or said not in list(Reality):
        raise DataError(
            "does not say of which robot, place and policy it is", where=str(record.folder), code="NO_CONDITION"
        )
    return Condition(robot, Reality(said), policy)


def _config(record: RunRecord) -> dict[str, Any]:
    if len(record.config_text) > _CONFIG_MAX_CHARS:
        return {}
    try:
        config = yaml.safe_load(record.config_text)
    except (yaml.YAMLError, RecursionError):
        return {}
    if not isinstance(config, dict) or not isinstance(config.get("skills"), dict):
        return {}
    return config


def _classes(call: SkillCall, spec: SkillSpec | None, scene: Mapping[str, Any]) -> tuple[str, ...]:
    if spec is None:
        return ()
    objects = scene.get("objects")
    names = [str(call.arguments.get(a.name, "")) for a in spec.arguments if a.type is ArgumentType.OBJECT]
    found = []
    for name in names:
        item = objects.get(name) if isinstance(objects, Mapping) else None
        shape = item.get("shape") if isinstance(item, Mapping) else None
        found.append(shape if isinstance(shape, str) and shape else class_of_name(name))
    return tuple(found)


def _identity(record: RunRecord) -> str:
    """Return a name that no other run has: two folders of runs may hold the same name."""
    try:
        content = (record.folder / STEPS_FILE).read_bytes()
    except OSError:
        content = b""
    folder = record.folder.resolve()
    name = f"{folder.parent.name}/{folder.name}" if folder.name == REHEARSAL_FOLDER else folder.name
    return f"{name}#{zlib.crc32(content):08x}"


def _settled(record: RunRecord) -> RunRecord:
    """Return a run that has ended.

    Raises:
        DataError: It may still be going on.
    """
    if record.summary is None:
        try:
            age_s = time.time() - (record.folder / EVENTS_FILE).stat().st_mtime
        except OSError:
            age_s = 0.0
        if age_s < _CUT_OFF_AFTER_S:
            raise DataError("the run may still be going on", where=str(record.folder), code="UNFINISHED")
    return record


def _run_folders(parents: Iterable[Path]) -> Iterator[Path]:
    for parent in parents:
        if not parent.is_dir():
            raise DataError("no such folder", where=str(parent), permitted="a folder of run folders", code="NO_RUNS")
        for folder in sorted(path for path in parent.iterdir() if path.is_dir()):
            if (folder / STEPS_FILE).is_file() or (folder / EVENTS_FILE).is_file():
                yield folder
            rehearsal = folder / REHEARSAL_FOLDER
            if (rehearsal / STEPS_FILE).is_file():
                yield rehearsal
