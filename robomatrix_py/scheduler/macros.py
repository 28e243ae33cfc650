"""Macro-skills: named plans that succeeded once, said again with other things, and proven anew each time.

A macro-skill is data. It moves nothing by itself: its steps become stages of the goal, the search adds what they need
in the present scene, and the verifier judges the plan like any other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.experience import Condition
from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import MOMENTARY
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import MACRO_KIND, ArgumentSpec, ArgumentType, SkillCall, SkillSpec
from robomatrix_py.scheduler.grounding import bind, complete
from robomatrix_py.scheduler.language.problems import ask, not_seen, refuse
from robomatrix_py.scheduler.language.whereabouts import robot_distance_m
from robomatrix_py.scheduler.quoting import plain, quote

PHRASES_MAX = 20
PHRASE_WORDS_MAX = 12
STEPS_MAX = 24
PARAMETERS_MAX = 12

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORD = re.compile(r"[a-z]{1,20}")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# What people say to a robot that moves must keep its meaning.
_RESERVED = frozenset(
    ("stop", "halt", "abort", "cancel", "pause", "quit", "freeze", "wait", "reset", "no", "dont", "not", "undo")
)
_GOAL_FACTS = frozenset({"in", "on", "held", "open", "closed"}) | MOMENTARY


@dataclass(frozen=True)
class Parameter:
    """What may differ from one use of a macro-skill to the next.

    Args:
        spec: Name, type, and what values are permitted.
        shape: For an object: the shape word of what is looked for where none is named.
        color: For an object: its colour word, if that matters.
    """

    spec: ArgumentSpec
    shape: str = ""
    color: str = ""

    @property
    def description(self) -> str:
        """What is looked for, in words such as ``blue can``."""
        return " ".join(word for word in (self.color, self.shape.replace("_", " ")) if word)


@dataclass(frozen=True)
class MacroRecord:
    """The run in which the steps of a macro-skill were verified.

    Args:
        run: Name of its run folder.
        instruction: The person's words.
        condition: Robot, place and policy.
        planner: Which planner made the plan.
        perception: Where the scene objects came from.
        outcome: How the run ended; only ``succeeded`` makes a macro-skill.
        message: What the judge of the goal said.
        duration_s: How long it took.
        steps: What the judge said of each step.
        saved: When it was saved, UTC.
        robomatrix: Version that saved it.
        sha256: Hash of the steps and parameters that were verified.
    """

    run: str
    instruction: str
    condition: Condition
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
class Macro:
    """A macro-skill.

    Args:
        name: Its name, which no skill has.
        summary: One line for people and language models.
        phrases: How people ask for it, with ``{parameter}`` places.
        parameters: What may differ.
        steps: Skill calls; a value ``{parameter}`` stands for that parameter.
        record: The run in which they were verified, or None: written by hand.
    """

    name: str
    summary: str
    phrases: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    steps: tuple[SkillCall, ...]
    record: MacroRecord | None = None

    def sha256(self) -> str:
        """Return a hash of the steps and parameters: what a record speaks of."""
        parameters = [
            (p.spec.name, p.spec.type.value, sorted(p.spec.accepts), p.shape, p.color) for p in self.parameters
        ]
        steps = [(step.skill, sorted((key, value) for key, value in step.arguments.items())) for step in self.steps]
        return hashlib.sha256(json.dumps([parameters, steps]).encode()).hexdigest()

    @property
    def is_verified(self) -> bool:
        """Whether these very steps went through a run that was judged a success."""
        return self.record is not None and self.record.outcome == "succeeded" and self.record.sha256 == self.sha256()

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that name, or None."""
        return next((p for p in self.parameters if p.spec.name == name), None)


@dataclass
class Expansion:
    """What macro-skills in a list of goals came to.

    Args:
        goals: The goals, every macro-skill replaced by its steps.
        notes: What the person should know.
        choices: Names of the things that would have done, wherever one of several was taken.
    """

    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    choices: list[tuple[str, ...]] = field(default_factory=list)


# ---------------------------------------------------------------------- reading


def as_skills(macros: Mapping[str, Macro]) -> dict[str, SkillSpec]:
    """Return what the reader of instructions needs to understand the phrases: one pseudo-skill a phrase.

    Each has the parameters that its phrase names; the others are filled in by :func:`expand`.
    """
    found = {}
    for macro in macros.values():
        own_name = macro.name.replace("_", " ")
        wordings = dict.fromkeys((*macro.phrases, own_name, f"do {own_name}", f"run {own_name}"))
        for index, phrase in enumerate(wordings):
            said = set(_PLACE.findall(phrase))
            found[f"{macro.name}/{index}"] = SkillSpec(
                name=macro.name,
                summary=macro.summary,
                arguments=tuple(p.spec for p in macro.parameters if p.spec.name in said),
                phrases=(_with_optional_articles(phrase),),
                resources=frozenset(),
                preconditions=(),
                add_effects=(),
                remove_effects=(),
                deadline_s=1.0,
                checker="",
                policy_kind=MACRO_KIND,
            )
    return found


def _with_optional_articles(phrase: str) -> str:
    return " ".join(f"[{word}]" if word in ("the", "a", "an") else word for word in phrase.split())


def expand(
    goals: Sequence[Goal],
    macros: Mapping[str, Macro],
    skills: Mapping[str, SkillSpec],
    scene: Scene,
    prefer: frozenset[str] = frozenset(),
) -> Expansion:
    """Return goals in which every call of a macro-skill has become its steps, one stage each.

    Args:
        goals: The goals.
        macros: Macro-skills by name.
        skills: All skills by name.
        scene: What is where.
        prefer: Names of things to take where several would do.

    Raises:
        Problem: A thing that a macro-skill needs is not seen, or one of its skills is missing.
    """
    expansion = Expansion()
    for goal in goals:
        macro = macros.get(goal.call.skill) if goal.call else None
        if macro is None or goal.call is None or macro.name in skills:
            expansion.goals.append(goal)
        else:
            _expand_one(goal, goal.call, macro, skills, scene, prefer, expansion)
    return expansion


def _expand_one(
    goal: Goal,
    call: SkillCall,
    macro: Macro,
    skills: Mapping[str, SkillSpec],
    scene: Scene,
    prefer: frozenset[str],
    expansion: Expansion,
) -> None:
    missing = sorted({step.skill for step in macro.steps} - set(skills))
    if missing:
        raise refuse(
            f"macro-skill {quote(macro.name)} needs {', '.join(map(quote, missing))}, which is not among the skills"
        )
    values: dict[str, str | float] = dict(call.arguments)
    _note_other_class(macro, values, scene, expansion)
    for parameter in macro.parameters:
        if parameter.spec.name not in values:
            values[parameter.spec.name] = _fill_in(macro, parameter, values, scene, prefer, expansion)
    for step in macro.steps:
        bound = {key: _bound(value, values) for key, value in step.arguments.items()}
        spec = skills[step.skill]
        _require_seen(macro, spec, bound, scene)
        made = complete(spec, SkillCall(step.skill, bound))
        adds = bind(spec, made, scene).adds
        atoms = tuple(sorted(atom for atom in adds if atom.predicate in _GOAL_FACTS))
        expansion.goals.append(Goal(atoms, goal.text or macro.name, made))
    expansion.notes.append(provenance(macro))


def provenance(macro: Macro) -> str:
    """Return in one sentence why a macro-skill deserves trust, or why not."""
    record = macro.record
    if record is None:
        return f"macro-skill {quote(macro.name)} was written by hand; no run has verified it"
    if not macro.is_verified:
        return f"macro-skill {quote(macro.name)} was changed after it was verified in run {plain(record.run)}"
    verified = f"{len(macro.steps)} steps verified in run {plain(record.run)}"
    return f"macro-skill {quote(macro.name)}: {verified} ({record.condition})"


def _note_other_class(macro: Macro, values: Mapping[str, str | float], scene: Scene, expansion: Expansion) -> None:
    for name, value in values.items():
        parameter, item = macro.parameter(name), scene.objects.get(str(value))
        if parameter and item and parameter.shape and item.shape != parameter.shape and macro.is_verified:
            expansion.notes.append(
                f"{quote(macro.name)} was verified with a {plain(parameter.shape)}, not with a {plain(item.shape)}"
            )


def _fill_in(
    macro: Macro,
    parameter: Parameter,
    values: Mapping[str, str | float],
    scene: Scene,
    prefer: frozenset[str],
    expansion: Expansion,
) -> str | float:
    """Return the value of a parameter that was not said."""
    spec = parameter.spec
    if spec.type is not ArgumentType.OBJECT:
        if spec.default is None:
            raise ask(f"{plain(spec.name)} of macro-skill {quote(macro.name)} is not said: which one?")
        return spec.default
    taken = {str(value) for value in values.values()}
    kind = [
        item
        for item in scene
        if item.affordances & spec.accepts and item.shape == (parameter.shape or item.shape) and item.name not in taken
    ]
    fitting = [item for item in kind if item.color.lower() == (parameter.color or item.color.lower())]
    wanted = parameter.description or spec.name
    if not fitting:
        others = ", ".join(plain(item.name) for item in kind)
        if others:
            raise ask(f"no {quote(wanted)} is seen for macro-skill {quote(macro.name)}; which one instead: {others}?")
        raise not_seen(f"no {quote(wanted)} is seen, which macro-skill {quote(macro.name)} needs")
    fitting.sort(key=lambda item: (item.name not in prefer, robot_distance_m(item), item.name))
    if len(fitting) > 1:
        expansion.choices.append(tuple(item.name for item in fitting))
        why = "the likeliest to succeed" if fitting[0].name in prefer else "the nearest to the robot"
        expansion.notes.append(f"chose {plain(fitting[0].name)}, {why}, for {quote(wanted)}")
    return fitting[0].name


def _bound(value: str | float, values: Mapping[str, str | float]) -> str | float:
    match = _PLACE.fullmatch(value) if isinstance(value, str) else None
    return values[match[1]] if match else value


def _require_seen(macro: Macro, spec: SkillSpec, bound: Mapping[str, str | float], scene: Scene) -> None:
    for argument in spec.arguments:
        name = str(bound.get(argument.name, ""))
        if argument.type is ArgumentType.OBJECT and name not in scene.objects:
            raise not_seen(f"no {quote(name)} is seen, which macro-skill {quote(macro.name)} needs")


# ---------------------------------------------------------------------- checking


def check_macro(macro: Macro, skills: Mapping[str, SkillSpec], where: str) -> None:
    """Refuse a macro-skill that cannot be used.

    Args:
        macro: The macro-skill.
        skills: All skills by name.
        where: Its file, for messages.

    Raises:
        ConfigError: What is wrong, and in which key.
    """
    if not _NAME.fullmatch(macro.name):
        raise ConfigError(
            f"'{macro.name[:60]}' is no name",
            where=f"{where}.name",
            permitted="a-z, 0-9 and _, at most 40",
            code="NAME",
        )
    if macro.name.split("_")[0] in _RESERVED:
        raise ConfigError(
            f"'{macro.name}' begins with a word that has its own meaning", where=f"{where}.name", code="NAME"
        )
    if macro.name in skills:
        raise ConfigError(
            f"'{macro.name}' is the name of a skill",
            where=f"{where}.name",
            remedy="take another name",
            code="NAME_CLASH",
        )
    if not 1 <= len(macro.steps) <= STEPS_MAX:
        raise ConfigError(f"{len(macro.steps)} steps", where=f"{where}.steps", permitted=f"1 to {STEPS_MAX}")
    if len(macro.parameters) > PARAMETERS_MAX:
        count = len(macro.parameters)
        raise ConfigError(f"{count} parameters", where=f"{where}.parameters", permitted=f"at most {PARAMETERS_MAX}")
    for index, step in enumerate(macro.steps):
        _check_step(macro, step, skills, f"{where}.steps[{index}]")
    _check_parameters(macro, where)
    _check_phrases(macro, skills, where)
    if macro.record is not None and macro.record.outcome != "succeeded":
        raise ConfigError(
            f"the run it comes from ended as {quote(macro.record.outcome)}",
            where=f"{where}.record.outcome",
            permitted="succeeded",
            remedy="save a run that succeeded",
            code="NOT_VERIFIED",
        )


def _check_step(macro: Macro, step: SkillCall, skills: Mapping[str, SkillSpec], where: str) -> None:
    spec = skills.get(step.skill)
    if spec is None:
        raise ConfigError(
            f"unknown skill '{plain(step.skill)}'",
            where=f"{where}.skill",
            permitted=sorted(skills),
            code="UNKNOWN_SKILL",
        )
    for name, value in step.arguments.items():
        argument = spec.argument(name)
        if argument is None:
            permitted = [a.name for a in spec.arguments]
            raise ConfigError(
                f"{spec.name} has no argument '{plain(name)}'", where=f"{where}.arguments", permitted=permitted
            )
        _check_value(macro, argument, value, f"{where}.arguments.{name}")
    lacking = [a.name for a in spec.arguments if a.default is None and a.name not in step.arguments]
    if lacking:
        raise ConfigError(f"{spec.name} needs {', '.join(lacking)}", where=f"{where}.arguments")


def _check_value(macro: Macro, argument: ArgumentSpec, value: str | float, where: str) -> None:
    match = _PLACE.fullmatch(value) if isinstance(value, str) else None
    if match:
        parameter = macro.parameter(match[1])
        if parameter is None:
            permitted = [p.spec.name for p in macro.parameters]
            raise ConfigError(f"'{{{match[1]}}}' is no parameter", where=where, permitted=permitted or "none")
        _check_fits(parameter.spec, argument, where)
    elif argument.type is ArgumentType.NUMBER:
        if isinstance(value, str) or not argument.minimum <= value <= argument.maximum:
            bounds = f"{argument.minimum:g} to {argument.maximum:g} {argument.unit}".strip()
            raise ConfigError(f"{quote(value)} is out of range", where=where, permitted=bounds)
    elif argument.type is ArgumentType.CHOICE and value not in argument.choices:
        raise ConfigError(f"{quote(value)} is not permitted", where=where, permitted=argument.choices)
    elif not isinstance(value, str):
        raise ConfigError(f"{quote(value)} is no name", where=where, permitted="a name, or {parameter}")


def _check_fits(given: ArgumentSpec, argument: ArgumentSpec, where: str) -> None:
    """Refuse a parameter some of whose values its place does not take."""
    fits = given.type is argument.type and (
        (given.type is ArgumentType.OBJECT and bool(given.accepts) and bool(given.accepts & argument.accepts))
        or (given.type is ArgumentType.CHOICE and set(given.choices) <= set(argument.choices))
        or (
            given.type is ArgumentType.NUMBER and argument.minimum <= given.minimum <= given.maximum <= argument.maximum
        )
    )
    if not fits:
        raise ConfigError(f"parameter '{given.name}' does not fit {argument.name} ({argument.type})", where=where)


def _check_parameters(macro: Macro, where: str) -> None:
    used = {name for step in macro.steps for value in step.arguments.values() for name in _PLACE.findall(str(value))}
    for parameter in macro.parameters:
        name = parameter.spec.name
        if not _NAME.fullmatch(name):
            raise ConfigError(f"'{plain(name)}' is no name", where=f"{where}.parameters", permitted="a-z, 0-9 and _")
        if name not in used:
            raise ConfigError(f"parameter '{name}' is used in no step", where=f"{where}.parameters.{name}")


def _check_phrases(macro: Macro, skills: Mapping[str, SkillSpec], where: str) -> None:
    if len(macro.phrases) > PHRASES_MAX:
        raise ConfigError(f"{len(macro.phrases)} phrases", where=f"{where}.phrases", permitted=f"at most {PHRASES_MAX}")
    taken = {_skeleton(phrase): skill.name for skill in skills.values() for phrase in skill.phrases}
    for index, phrase in enumerate(macro.phrases):
        place = f"{where}.phrases[{index}]"
        check_phrase(phrase, [p.spec.name for p in macro.parameters], place)
        if _skeleton(phrase) in taken:
            raise ConfigError(
                f"{quote(phrase)} asks for the skill {taken[_skeleton(phrase)]}",
                where=place,
                remedy="take other words",
                code="PHRASE_CLASH",
            )


def check_phrase(phrase: str, parameters: Sequence[str], where: str) -> None:
    """Refuse a phrase that nobody can say, or that must keep another meaning.

    Raises:
        ConfigError: It is no words and ``{parameter}`` places, or begins with a word such as `stop`.
    """
    words = phrase.split()
    fits = 1 <= len(words) <= PHRASE_WORDS_MAX and all(_WORD.fullmatch(w) or _PLACE.fullmatch(w) for w in words)
    if not fits or not _WORD.fullmatch(words[0]):
        raise ConfigError(
            f"{quote(phrase)} is no phrase",
            where=where,
            permitted=f"up to {PHRASE_WORDS_MAX} words of small letters, {{parameter}} places after the first",
            code="PHRASE",
        )
    if words[0] in _RESERVED:
        raise ConfigError(
            f"{quote(phrase)} begins with '{words[0]}', which has its own meaning", where=where, code="PHRASE"
        )
    places = _PLACE.findall(phrase)
    unknown = [name for name in places if name not in parameters]
    if unknown or len(set(places)) < len(places):
        what = f"'{{{unknown[0]}}}' is no parameter" if unknown else "a parameter stands twice"
        raise ConfigError(what, where=where, permitted=parameters or "none")


def clashes(macros: Sequence[Macro]) -> Iterator[tuple[Macro, str]]:
    """Yield each macro-skill that says the same as an earlier one, and what they share."""
    owners: dict[str, Macro] = {}
    for macro in macros:
        for said in (f"name {macro.name}", *(f"phrase '{_skeleton(phrase)}'" for phrase in macro.phrases)):
            if said in owners and (owners[said] is not macro):
                yield macro, said
                break
            owners[said] = macro


def _skeleton(phrase: str) -> str:
    """Return a phrase without its articles, all its places alike."""
    words = (word for word in phrase.split() if word not in ("the", "a", "an"))
    return " ".join("{}" if word.startswith("{") else word for word in words)
