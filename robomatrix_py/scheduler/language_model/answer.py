"""Reads what a language model wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robomatrix_py.contracts.predicate import PREDICATES, Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import DIRECTIONS, ArgumentType, SkillCall, SkillSpec
from robomatrix_py.scheduler.config import PlannerConfig
from robomatrix_py.scheduler.grounding import complete
from robomatrix_py.scheduler.language_model.answer_schema import GOAL_FACTS
from robomatrix_py.scheduler.language_model.object_ids import ObjectIds
from robomatrix_py.scheduler.language_model.strict_json import read_object
from robomatrix_py.scheduler.quoting import plain, quote

_KEYS = ("goals", "forbidden", "steps", "question", "refusal")
_SENTENCE_CHARS = 300


class AnswerFault(ValueError):
    """An answer does not have the form asked for; the message is for the model."""


@dataclass(frozen=True)
class ModelAnswer:
    """What the model answers, by the names of the scene. Its calls are not verified yet.

    Args:
        goals: The facts it takes the person to want, in order.
        forbidden: Facts that the person does not want brought about.
        steps: Skill calls, of any skills with any values.
        question: What it asks the person, on one line, or empty.
        refusal: Why it will not plan, on one line, or empty.
    """

    goals: tuple[Atom, ...] = ()
    forbidden: tuple[Atom, ...] = ()
    steps: tuple[SkillCall, ...] = ()
    question: str = ""
    refusal: str = ""


def read_answer(
    text: str, skills: Mapping[str, SkillSpec], scene: Scene, ids: ObjectIds, config: PlannerConfig
) -> ModelAnswer:
    """Return the answer in a text, which may stand between other words or in a fenced block.

    Args:
        text: What the model wrote.
        skills: All skills by name.
        scene: What is where.
        ids: What the model calls the objects.
        config: How many goals and steps are read.

    Raises:
        AnswerFault: It is not of the form asked for.
    """
    begin, end = text.find("{"), text.rfind("}")
    if begin < 0 or end < begin:
        raise AnswerFault("the answer holds no JSON object")
    try:
        value = read_object(text[begin : end + 1])
    except ValueError as error:
        raise AnswerFault(f"the answer cannot be read as JSON: {plain(str(error), 100)}") from None
    unknown = [key for key in value if key not in _KEYS]
    if unknown:
        raise AnswerFault(f"the answer has an unknown key {quote(unknown[0])}; its keys are {', '.join(_KEYS)}")
    goals = _list(value, "goals", config.stages_max)
    forbidden = _list(value, "forbidden", config.stages_max)
    return ModelAnswer(
        tuple(_atom(entry, "goals", scene, ids) for entry in goals),
        tuple(_atom(entry, "forbidden", scene, ids) for entry in forbidden),
        tuple(_step(entry, skills, ids) for entry in _list(value, "steps", config.steps_max)),
        _sentence(value, "question"),
        _sentence(value, "refusal"),
    )


def _list(value: Mapping[str, Any], key: str, most: int) -> list[Any]:
    entries = value.get(key, [])
    if not isinstance(entries, list):
        raise AnswerFault(f"'{key}' is no list")
    if len(entries) > most:
        raise AnswerFault(f"'{key}' has {len(entries)} entries, at most {most} are permitted")
    return entries


def _sentence(value: Mapping[str, Any], key: str) -> str:
    said = value.get(key) or ""
    if not isinstance(said, str):
        raise AnswerFault(f"'{key}' is no text")
    return plain(" ".join(said.split()), _SENTENCE_CHARS)


def _atom(entry: Any, key: str, scene: Scene, ids: ObjectIds) -> Atom:
    if not isinstance(entry, dict) or set(entry) != {"fact", "arguments"}:
        raise AnswerFault(f"an entry of '{key}' is no object with the keys fact and arguments")
    name, arguments = entry["fact"], entry["arguments"]
    if name not in GOAL_FACTS or not isinstance(name, str):
        raise AnswerFault(f"{quote(name)} is no fact of a goal; these are {', '.join(GOAL_FACTS)}")
    wanted = PREDICATES[name]
    if not isinstance(arguments, list) or len(arguments) != len(wanted):
        raise AnswerFault(f"{name} has the arguments {', '.join(wanted)}")
    values = []
    for kind, argument in zip(wanted, arguments, strict=True):
        known = isinstance(argument, str) and (
            argument in DIRECTIONS if kind == "direction" else ids.name_of(argument) in scene.objects
        )
        if not known:
            raise AnswerFault(f"{name}: there is no {kind} {quote(argument)}")
        values.append(ids.name_of(argument))
    return Atom(name, tuple(values))


def _step(entry: Any, skills: Mapping[str, SkillSpec], ids: ObjectIds) -> SkillCall:
    if not isinstance(entry, dict) or not {"skill", "arguments"} <= set(entry) <= {"skill", "arguments", "why"}:
        raise AnswerFault("an entry of 'steps' is no object with the keys skill and arguments")
    skill, arguments = entry["skill"], entry["arguments"]
    if not isinstance(skill, str) or not isinstance(arguments, dict):
        raise AnswerFault("an entry of 'steps' has a skill that is no text or arguments that are no object")
    spec = skills.get(skill)
    if spec is None:
        return SkillCall(skill, arguments)
    objects = {a.name for a in spec.arguments if a.type is ArgumentType.OBJECT}
    named = {
        name: ids.name_of(value) if name in objects and isinstance(value, str) else value
        for name, value in arguments.items()
    }
    # An argument the skill does not have stays, so that the verifier can name it.
    return SkillCall(skill, {**complete(spec, SkillCall(skill, named)).arguments, **named})
