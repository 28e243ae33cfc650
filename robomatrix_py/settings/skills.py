"""Loads `policies/<skill>/skill.yaml`."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from robomatrix_py.contracts.base import BASE
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.contracts.skill import (
    ArgumentSpec,
    ArgumentType,
    Effect,
    MeasuredSuccess,
    SkillSpec,
)
from robomatrix_py.settings.share import share_folder
from robomatrix_py.settings.yaml_file import at_line, load_yaml

_EFFECT = re.compile(r"^(?P<atom>.+?)(\s+if\s+\{(?P<argument>\w+)\}\s+is\s+(?P<affordance>\w+))?$")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_PLACE = re.compile(r"\{(\w+)\}")

SKILL_FILE = "skill.yaml"
"""A folder under policies/ with such a file is a skill."""


@dataclass(frozen=True)
class _Argument:
    type: ArgumentType
    accepts: frozenset[Affordance] = frozenset()
    choices: tuple[str, ...] = ()
    minimum: float = 0.0
    maximum: float = 0.0
    unit: str = ""
    default: str | float | None = None


@dataclass(frozen=True)
class _Effects:
    add: tuple[str, ...]
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Policy:
    kind: str


@dataclass(frozen=True)
class _SkillFile:
    """The schema of skill.yaml."""

    name: str
    summary: str
    arguments: dict[str, _Argument]
    phrases: tuple[str, ...]
    resources: tuple[str, ...]
    preconditions: tuple[str, ...]
    effects: _Effects
    deadline_s: float
    checker: str
    policy: _Policy
    measured: MeasuredSuccess | None = None
    trained_on: str = field(default="nothing: scripted")


def skill_files() -> Iterator[Path]:
    """Yield every skill.yaml: those that ship, then those in the folders of ROBOMATRIX_SKILLS_PATH."""
    for root in skill_roots():
        yield from sorted(root.glob(f"*/{SKILL_FILE}"))


def skill_roots() -> list[Path]:
    """Return the folders whose folders are skills: the one that ships, then those of ROBOMATRIX_SKILLS_PATH.

    Raises:
        ConfigError: One of them does not exist.
    """
    roots = [share_folder() / "policies"]
    roots += [Path(p) for p in os.environ.get("ROBOMATRIX_SKILLS_PATH", "").split(os.pathsep) if p]
    for root in roots:
        if not root.is_dir():
            raise ConfigError(f"no folder '{root}'", where="ROBOMATRIX_SKILLS_PATH")
    return roots


def load_skills(resources: Collection[str] = ("arm", "gripper")) -> dict[str, SkillSpec]:
    """Return the skills of a robot by name: those that need no more than it has.

    What several skills answer to belongs to the one that moves the base, where there is one: for an arm, to go to a
    thing is to hover over it; for a mobile robot it is not.

    Args:
        resources: What the robot has; an arm with a gripper unless told otherwise.

    Raises:
        ConfigError: A file is wrong or two skills have one name; the message names file and line.
    """
    skills: dict[str, SkillSpec] = {}
    for path in skill_files():
        skill = read_skill(path)
        if skill.name in skills:
            raise ConfigError(f"a second skill is named '{skill.name}'", where=str(path))
        skills[skill.name] = skill
    fitting = {name: skill for name, skill in skills.items() if skill.resources <= set(resources)}
    of_base = {phrase for skill in fitting.values() if BASE in skill.resources for phrase in skill.phrases}
    return {
        name: skill
        if BASE in skill.resources
        else replace(skill, phrases=tuple(phrase for phrase in skill.phrases if phrase not in of_base))
        for name, skill in fitting.items()
    }


def read_skill(path: Path) -> SkillSpec:
    """Return the skill in one file.

    Raises:
        ConfigError: The file is wrong; the message names file and line.
    """
    file = load_yaml(_SkillFile, path)
    try:
        return _describe(file, str(path))
    except ConfigError as error:
        raise at_line(error, path) from error


def _describe(file: _SkillFile, where: str) -> SkillSpec:
    if not _NAME.match(file.name):
        raise ConfigError(f"'{file.name}' is no skill name", where=f"{where}.name", permitted="a-z, 0-9 and _")
    if not 0.0 < file.deadline_s <= 600.0:
        raise ConfigError(f"{file.deadline_s} s", where=f"{where}.deadline_s", permitted="above 0, at most 600")
    if not file.resources:
        raise ConfigError("no resources: a skill that moves holds a lease", where=f"{where}.resources")
    if file.policy.kind != "scripted":
        raise ConfigError(
            f"unknown policy kind '{file.policy.kind}'", where=f"{where}.policy.kind", permitted="scripted"
        )
    arguments = tuple(_argument(name, values, f"{where}.arguments.{name}") for name, values in file.arguments.items())
    names = frozenset(file.arguments)
    for i, phrase in enumerate(file.phrases):
        _check_places(_PLACE.findall(phrase), names, f"{where}.phrases[{i}]")
    return SkillSpec(
        name=file.name,
        summary=file.summary,
        arguments=arguments,
        phrases=file.phrases,
        resources=frozenset(file.resources),
        preconditions=tuple(
            _atom(text, names, f"{where}.preconditions[{i}]") for i, text in enumerate(file.preconditions)
        ),
        add_effects=tuple(_effect(text, names, f"{where}.effects.add[{i}]") for i, text in enumerate(file.effects.add)),
        remove_effects=tuple(
            _atom(text, names, f"{where}.effects.remove[{i}]") for i, text in enumerate(file.effects.remove)
        ),
        deadline_s=file.deadline_s,
        checker=file.checker,
        policy_kind=file.policy.kind,
        measured=file.measured,
        trained_on=file.trained_on,
    )


def _argument(name: str, values: _Argument, where: str) -> ArgumentSpec:
    if values.type is ArgumentType.OBJECT and not values.accepts:
        raise ConfigError("an object argument needs 'accepts'", where=where, permitted=(a.value for a in Affordance))
    if values.type is ArgumentType.CHOICE and not values.choices:
        raise ConfigError("a choice argument needs 'choices'", where=where)
    if values.type is ArgumentType.NUMBER and not values.minimum < values.maximum:
        raise ConfigError("a number argument needs 'minimum' below 'maximum'", where=where)
    return ArgumentSpec(
        name,
        values.type,
        values.accepts,
        values.choices,
        values.minimum,
        values.maximum,
        values.unit,
        values.default,
    )


def _atom(text: str, names: frozenset[str], where: str) -> Atom:
    atom = Atom.parse(text, where)
    _check_places([part[1:-1] for part in atom.arguments if part.startswith("{")], names, where)
    return atom


def _effect(text: str, names: frozenset[str], where: str) -> Effect:
    match = _EFFECT.match(text.strip())
    if match is None:
        raise ConfigError(f"'{text}' is no effect", where=where)
    atom = _atom(match["atom"], names, where)
    if match["argument"] is None:
        return Effect(atom)
    _check_places([match["argument"]], names, where)
    try:
        return Effect(atom, match["argument"], Affordance(match["affordance"]))
    except ValueError:
        raise ConfigError(
            f"unknown affordance '{match['affordance']}'", where=where, permitted=(a.value for a in Affordance)
        ) from None


def _check_places(places: list[str], names: frozenset[str], where: str) -> None:
    for place in places:
        if place not in names:
            raise ConfigError(f"'{{{place}}}' is no argument of this skill", where=where, permitted=sorted(names))
