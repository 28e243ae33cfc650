"""From a correction to other goals: what to skip, repeat, exchange or add, with its words settled in the scene."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.corrections.correction import Correction, Kind
from robomatrix_py.scheduler.language.problems import Problem
from robomatrix_py.scheduler.language.reader import Reader
from robomatrix_py.scheduler.revision import Edit

EDITS = frozenset({Kind.SKIP, Kind.AGAIN, Kind.OTHER_OBJECT, Kind.INSTEAD, Kind.ALSO})
"""The corrections that change the plan."""

_PRONOUN = re.compile(r"\b(?:it|this|that|them|that one|this one)\b")
_KEPT = "keep what was reached"


class NoEdit(Exception):
    """A correction that cannot become an edit; says why."""


@dataclass(frozen=True, eq=False)
class Pursuit:
    """What the robot is after.

    Args:
        goals: The stages of its plan.
        stage: The one being pursued.
        call: The step under way, or None.
        scene: What is where.
        facts: What is the case.
    """

    goals: tuple[Goal, ...]
    stage: int
    call: SkillCall | None
    scene: Scene
    facts: Collection[Atom]

    @property
    def goal(self) -> Goal:
        """The goal of the present stage."""
        return self.goals[self.stage]

    def with_stage(self, *goals: Goal) -> Edit:
        """Return the plan's goals with others in place of the present one."""
        return Edit((*self.goals[: self.stage], *goals, *self.goals[self.stage + 1 :]), self.stage)


def edit_of(correction: Correction, pursuit: Pursuit, reader: Reader) -> Edit:
    """Return what a correction makes of the goals.

    Args:
        correction: Of one of the kinds of :data:`EDITS`.
        pursuit: What the robot is after.
        reader: Settles what words mean in the scene.

    Raises:
        NoEdit: It makes no sense here.
    """
    match correction.kind:
        case Kind.SKIP:
            return pursuit.with_stage()
        case Kind.AGAIN:
            return _again(pursuit)
        case Kind.OTHER_OBJECT:
            return _other_object(correction.words, pursuit, reader)
        case Kind.INSTEAD:
            return pursuit.with_stage(*_goals(correction.words, pursuit, reader))
        case Kind.ALSO:
            more = _goals(correction.words, pursuit, reader)
            return Edit((*pursuit.goals, *more), pursuit.stage)
        case _:
            raise ValueError(f"{correction.kind} changes no goals")


def _again(pursuit: Pursuit) -> Edit:
    """Repeat the skill that was asked for last and is done; where there is none, begin the present stage anew."""
    done = pursuit.goals[: pursuit.stage] if pursuit.call is not None else pursuit.goals
    last = done[-1] if done else None
    if last is not None and last.call is not None:
        position = len(done)
        return Edit((*pursuit.goals[:position], last, *pursuit.goals[position:]), position)
    if pursuit.call is None:
        raise NoEdit("what was asked for is so already; say what to do")
    return Edit(pursuit.goals, pursuit.stage)


def _other_object(words: str, pursuit: Pursuit, reader: Reader) -> Edit:
    reasons = []
    for old in _things(pursuit):
        try:
            new = _resolve(words, old, pursuit, reader)
        except NoEdit as error:
            reasons.append(str(error))
            continue
        if new == old:
            reasons.append(f"{new} is what the robot is after already")
        elif _serves(new, old, pursuit.scene):
            later = pursuit.goals[pursuit.stage :]
            return Edit((*pursuit.goals[: pursuit.stage], *(_exchanged(g, old, new) for g in later)), pursuit.stage)
        else:
            reasons.append(f"{new} cannot take the place of {old}")
    raise NoEdit(reasons[0] if reasons else "no thing is being handled")


def _things(pursuit: Pursuit) -> list[str]:
    """Return the things that `that one` may mean, the likeliest first."""
    objects = pursuit.scene.objects
    named = [str(value) for value in pursuit.call.arguments.values()] if pursuit.call else []
    named += [argument for atom in pursuit.goal.atoms for argument in atom.arguments]
    in_goal = {argument for atom in pursuit.goal.atoms for argument in atom.arguments}
    if pursuit.goal.call is not None:
        in_goal |= {str(value) for value in pursuit.goal.call.arguments.values()}
    # What a step handles on the way to its goal, such as a drawer to be opened first, comes last.
    ordered = sorted(dict.fromkeys(named), key=lambda name: name not in in_goal)
    return [name for name in ordered if name in objects]


def _resolve(words: str, old: str, pursuit: Pursuit, reader: Reader) -> str:
    """Return the name of the thing that words mean, where `one` is a thing like the old one."""
    shape = pursuit.scene.objects[old].shape
    if re.fullmatch(r"(?:the|an)? ?other(?: one)?", words):
        return _only_other(old, pursuit.scene)
    wordings = [re.sub(r"\bone\b", shape, words), words] if re.search(r"\bone\b", words) else [words]
    reason = ""
    for wording in wordings:
        try:
            goals = reader.read(f"move to {wording}", pursuit.scene, pursuit.facts).goals
        except Problem as problem:
            reason = reason or problem.message
            continue
        if len(goals) == 1 and goals[0].call is not None:
            return str(goals[0].call.arguments["target"])
        reason = reason or "that names more than one thing"
    raise NoEdit(reason)


def _only_other(old: str, scene: Scene) -> str:
    like = scene.objects[old]
    others = [item.name for item in scene if item.name != old and item.shape == like.shape]
    if len(others) != 1:
        found = ", ".join(sorted(others)) or f"no other {like.shape}"
        raise NoEdit(f"which one instead of {old}? Seen: {found}")
    return others[0]


def _serves(new: str, old: str, scene: Scene) -> bool:
    return bool(scene.objects[new].affordances & scene.objects[old].affordances)


def _exchanged(goal: Goal, old: str, new: str) -> Goal:
    atoms = tuple(
        replace(atom, arguments=tuple(new if argument == old else argument for argument in atom.arguments))
        for atom in goal.atoms
    )
    call = goal.call
    if call is not None:
        call = replace(call, arguments={k: new if v == old else v for k, v in call.arguments.items()})
    return goal if atoms == goal.atoms and call == goal.call else Goal(atoms, f"{goal.text} ({new}, not {old})", call)


def _goals(words: str, pursuit: Pursuit, reader: Reader) -> tuple[Goal, ...]:
    """Return the goals of an instruction in which `it` is what the robot is handling."""
    things = _things(pursuit)
    instruction = _PRONOUN.sub(f"the {things[0]}", words) if things else words
    try:
        reading = reader.read(instruction, pursuit.scene, pursuit.facts)
    except Problem as problem:
        raise NoEdit(problem.message) from None
    if not reading.goals:
        raise NoEdit(reading.nothing or "that leaves nothing to do")
    return reading.goals
