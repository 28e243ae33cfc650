"""Scripted meta-skills. Each is a generator: every `yield` waits for the next control step and fresh perception."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

from robomatrix_py.skills.scripted.carry import position_over, put_down, release
from robomatrix_py.skills.scripted.contact import press, push
from robomatrix_py.skills.scripted.drawer import close_drawer, open_drawer
from robomatrix_py.skills.scripted.grasp import grasp
from robomatrix_py.skills.scripted.motion import move_to
from robomatrix_py.skills.scripted.search import search

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
    "search": search,
    "put_down": put_down,
}
"""The scripted skills by name."""

RECOVERIES = frozenset({"search", "put_down"})
"""Skills by which a task recovers: scripted whatever serves the others."""
