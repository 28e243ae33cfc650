"""The form of the answer that a language model is asked for, as a JSON schema of what is granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from robomatrix_py.contracts.predicate import PREDICATES
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import DIRECTIONS, ArgumentSpec, ArgumentType, SkillSpec
from robomatrix_py.scheduler.grants import Grants
from robomatrix_py.scheduler.language_model.object_ids import ObjectIds

GOAL_FACTS = tuple(name for name in PREDICATES if name not in ("gripper_empty", "clear", "accessible"))
"""Predicates a goal may use: those that people ask for."""


def answer_schema(skills: Mapping[str, SkillSpec], scene: Scene, grants: Grants, ids: ObjectIds) -> dict[str, Any]:
    """Return the schema. Every object is closed and every key required, as strict modes of servers want it.

    Args:
        skills: All skills by name.
        scene: What is where.
        grants: What plans may use; nothing else can be written in this form.
        ids: What the objects are called.
    """
    granted = sorted(item.name for item in scene if grants.permits_object(item.name))
    steps = []
    for name in sorted(skills):
        if grants.permits_skill(name):
            values = {a.name: _argument(a, scene, granted, ids) for a in skills[name].arguments}
            if all(value.get("enum", True) for value in values.values()):
                steps.append(_closed({"skill": {"type": "string", "enum": [name]}, "arguments": _closed(values)}))
    words = [*(ids.id_of(name) for name in granted), *DIRECTIONS]
    fact = _closed(
        {
            "fact": {"type": "string", "enum": list(GOAL_FACTS)},
            "arguments": {"type": "array", "items": {"type": "string", "enum": words}},
        }
    )
    return _closed(
        {
            "goals": {"type": "array", "items": fact},
            "forbidden": {"type": "array", "items": fact},
            "steps": {"type": "array", "items": {"anyOf": steps} if steps else _closed({})},
            "question": {"type": "string"},
            "refusal": {"type": "string"},
        }
    )


def _argument(argument: ArgumentSpec, scene: Scene, granted: Iterable[str], ids: ObjectIds) -> dict[str, Any]:
    match argument.type:
        case ArgumentType.NUMBER:
            return {"type": "number"}
        case ArgumentType.CHOICE:
            return {"type": "string", "enum": list(argument.choices)}
        case ArgumentType.OBJECT:
            fitting = [n for n in granted if scene.objects[n].affordances & argument.accepts]
            return {"type": "string", "enum": [ids.id_of(name) for name in fitting]}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
