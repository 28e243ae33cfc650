"""Loads and writes macro-skills: folders with a `macro.yaml`, saved from runs or written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.experience import Condition, Reality
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.contracts.skill import ArgumentSpec, ArgumentType, SkillCall, SkillSpec
from robomatrix_py.data.durable import write_atomic
from robomatrix_py.scheduler.macros import Macro, MacroRecord, Parameter, check_macro, clashes
from robomatrix_py.settings.share import macros_folder
from robomatrix_py.settings.skills import skill_roots
from robomatrix_py.settings.yaml_file import at_line, load_yaml

MACRO_FILE = "macro.yaml"
"""A folder with such a file is a macro-skill."""

_TEXT_MAX = 300


@dataclass(frozen=True)
class _ParameterFile:
    """One entry of ``parameters``."""

    type: ArgumentType = ArgumentType.OBJECT
    accepts: frozenset[Affordance] = frozenset()
    shape: str = ""
    color: str = ""
    choices: tuple[str, ...] = ()
    minimum: float = 0.0
    maximum: float = 0.0
    unit: str = ""
    default: str | float | None = None


@dataclass(frozen=True)
class _StepFile:
    """One entry of ``steps``."""

    skill: str
    arguments: dict[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True)
class _RecordFile:
    """The schema of ``record``."""

    run: str
    instruction: str
    robot: str
    reality: Reality
    policy: str
    planner: str
    perception: str
    outcome: str
    message: str
    duration_s: float
    steps: tuple[str, ...]
    saved: str
    robomatrix: str
    sha256: str


@dataclass(frozen=True)
class _MacroFile:
    """The schema of macro.yaml."""

    name: str
    summary: str
    steps: tuple[_StepFile, ...]
    phrases: tuple[str, ...] = ()
    parameters: dict[str, _ParameterFile] = field(default_factory=dict)
    record: _RecordFile | None = None


def macro_files(own: str) -> Iterator[Path]:
    """Yield every macro.yaml: those that ship, those in the folders of ROBOMATRIX_SKILLS_PATH, the user's own.

    Args:
        own: Setting ``macros``.

    Raises:
        ConfigError: A folder of ROBOMATRIX_SKILLS_PATH does not exist.
    """
    folder = macros_folder(own)
    for root in [*skill_roots(), *([folder] if folder and folder.is_dir() else [])]:
        yield from sorted(root.glob(f"*/{MACRO_FILE}"))


def load_macros(own: str, skills: Mapping[str, SkillSpec]) -> tuple[dict[str, Macro], list[ConfigError]]:
    """Return every sound macro-skill by name, and what is wrong with the others.

    One that is damaged, hostile or clashes with another is left out: it must not keep the robot from its other tasks.

    Args:
        own: Setting ``macros``.
        skills: All skills by name.
    """
    found: list[Macro] = []
    faults: list[ConfigError] = []
    where: dict[int, Path] = {}
    for path in macro_files(own):
        try:
            macro = read_macro(path, skills)
        except ConfigError as error:
            faults.append(error)
        else:
            found.append(macro)
            where[id(macro)] = path
    for macro, shared in list(clashes(found)):
        path = where[id(macro)]
        faults.append(ConfigError(f"another macro-skill has the {shared} too", where=str(path), code="NAME_CLASH"))
        found = [other for other in found if other is not macro]
    return {macro.name: macro for macro in found}, faults


def read_macro(path: Path, skills: Mapping[str, SkillSpec]) -> Macro:
    """Return the macro-skill in one file.

    Args:
        path: The file.
        skills: All skills by name.

    Raises:
        ConfigError: The file is wrong; the message names file and line.
    """
    try:
        status = path.stat()
        macro = _parse(path, status.st_ino, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    try:
        check_macro(macro, skills, str(path))
    except ConfigError as error:
        raise at_line(error, path) from error
    return macro


@lru_cache(maxsize=256)
def _parse(path: Path, *_version: int) -> Macro:
    """Return what a version of a file says: planners ask before every task, and YAML is slow to read."""
    file = load_yaml(_MacroFile, path)
    try:
        return _describe(file, str(path))
    except ConfigError as error:
        raise at_line(error, path) from error


def write_macro(macro: Macro, own: str, *, replace_old: bool) -> Path:
    """Write a macro-skill into the user's folder, whole or not at all, and return its file.

    Args:
        macro: The macro-skill, already checked.
        own: Setting ``macros``.
        replace_old: Whether one of the same name may be overwritten.

    Raises:
        ConfigError: There is no such folder, or the name is taken.
        DataError: It cannot be written.
    """
    folder = macros_folder(own)
    if folder is None:
        raise ConfigError("no folder for macro-skills", where="macros", permitted="user, or a path with a '/'")
    path = folder / macro.name / MACRO_FILE
    if path.exists() and not replace_old:
        raise ConfigError(
            f"a macro-skill '{macro.name}' exists already", where=str(path), remedy="add --replace", code="NAME_CLASH"
        )
    text = yaml.safe_dump(_as_file(macro), sort_keys=False, allow_unicode=False, width=110)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text.encode())
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror or error}", where=str(path), code="UNWRITABLE") from error
    return path


def _describe(file: _MacroFile, where: str) -> Macro:
    if len(file.summary) > _TEXT_MAX:
        raise ConfigError(f"{len(file.summary)} characters", where=f"{where}.summary", permitted=f"at most {_TEXT_MAX}")
    return Macro(
        name=file.name,
        summary=file.summary,
        phrases=file.phrases,
        parameters=tuple(
            _parameter(name, values, f"{where}.parameters.{name}") for name, values in file.parameters.items()
        ),
        steps=tuple(SkillCall(step.skill, step.arguments) for step in file.steps),
        record=_record(file.record) if file.record else None,
    )


def _parameter(name: str, values: _ParameterFile, where: str) -> Parameter:
    if values.type is ArgumentType.OBJECT and not values.accepts:
        raise ConfigError("an object needs 'accepts'", where=where, permitted=(a.value for a in Affordance))
    spec = ArgumentSpec(
        name,
        values.type,
        values.accepts,
        values.choices,
        values.minimum,
        values.maximum,
        values.unit,
        values.default,
    )
    return Parameter(spec, values.shape, values.color)


def _record(file: _RecordFile) -> MacroRecord:
    return MacroRecord(
        run=file.run,
        instruction=file.instruction,
        condition=Condition(file.robot, file.reality, file.policy),
        planner=file.planner,
        perception=file.perception,
        outcome=file.outcome,
        message=file.message,
        duration_s=file.duration_s,
        steps=file.steps,
        saved=file.saved,
        robomatrix=file.robomatrix,
        sha256=file.sha256,
    )


def _as_file(macro: Macro) -> dict[str, Any]:
    """Return the content of the file; only what differs from the defaults of a parameter is written."""
    values: dict[str, Any] = {"name": macro.name, "summary": macro.summary, "phrases": list(macro.phrases)}
    values["parameters"] = {p.spec.name: _parameter_as_file(p) for p in macro.parameters}
    values["steps"] = [{"skill": step.skill, "arguments": dict(step.arguments)} for step in macro.steps]
    if macro.record is not None:
        record = {**vars(macro.record), "steps": list(macro.record.steps)}
        condition = record.pop("condition")
        values["record"] = record | {
            "robot": condition.robot,
            "reality": condition.reality.value,
            "policy": condition.policy,
        }
    return values


def _parameter_as_file(parameter: Parameter) -> dict[str, Any]:
    spec = parameter.spec
    values = {
        "type": spec.type.value,
        "accepts": sorted(item.value for item in spec.accepts),
        "shape": parameter.shape,
        "color": parameter.color,
        "choices": list(spec.choices),
        "unit": spec.unit,
        "default": spec.default,
    }
    if spec.type is ArgumentType.NUMBER:
        values |= {"minimum": spec.minimum, "maximum": spec.maximum}
    return {key: value for key, value in values.items() if value not in ("", [], None)}
