"""Scripted meta-skills. Each is a generator: every `yield` waits for the next control step and fresh perception."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from robomatrix_py.skills.context import SkillContext
from robomatrix_py.skills.scripted.carry import position_over, release
from robomatrix_py.skills.scripted.contact import press, push
from robomatrix_py.skills.scripted.drawer import close_drawer, open_drawer
from robomatrix_py.skills.scripted.grasp import grasp
from robomatrix_py.skills.scripted.motion import move_to

ScriptedSkill = Callable[..., Generator[None, None, str]]
"""Takes the context and the skill's arguments by name; returns its closing words; raises SkillFailure."""

SCRIPTED: Mapping[str, ScriptedSkill] = {
    "move_to": move_to,
    "grasp": grasp,
    "position_over": position_over,
    "release": release,
    "open_drawer": open_drawer,
    "close_drawer": close_drawer,
    "push": push,
    "press": press,
}
"""The scripted skills by name."""


def start_scripted(name: str, context: SkillContext, arguments: Mapping[str, Any]) -> Generator[None, None, str]:
    """Return the running script of a skill.

    Raises:
        KeyError: There is no script of that name.
    """
    return SCRIPTED[name](context, **arguments)
