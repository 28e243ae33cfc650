"""Clauses that ask for a skill by one of its own phrases."""

from __future__ import annotations

from collections.abc import Mapping

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.contracts.skill import ArgumentSpec, ArgumentType, SkillCall, SkillSpec
from robomatrix_py.scheduler.grounding import bind
from robomatrix_py.scheduler.language.noun_phrase import MISSING
from robomatrix_py.scheduler.language.problems import ask, refuse
from robomatrix_py.scheduler.language.wish import Context, Wish
from robomatrix_py.scheduler.quoting import plain, quote

# What may be wanted for its own sake; the rest keeps the books of the search.
_GOAL_FACTS = frozenset({"in", "on", "held", "open", "closed"}) | MOMENTARY


class SkillWishes:
    """Interprets clauses that ask for a skill.

    Args:
        context: The clauses.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def wish(self) -> Wish:
        """Return what the present clause asks for.

        Raises:
            Problem: It is unclear or cannot be done.
        """
        context = self._context
        skill = context.clause.frame.skill
        if skill is None:
            raise refuse(f"{quote(context.clause.words)} is not understood")
        first = next((a for a in skill.arguments if a.type is ArgumentType.OBJECT), None)
        if first is None:
            return Wish((self._goal(skill, {}),))
        phrases = context.phrases(first.name)
        if phrases == [MISSING] and _needs_held(skill, first) and not context.where.held:
            return Wish((), "the gripper holds nothing")
        things = [item for phrase in phrases for item in context.referents.resolve(phrase, first.accepts)]
        context.referents.remember_together(things)
        goals = []
        for item in things:
            values = {first.name: item.name, **self._further_objects(skill, first, item)}
            place_unsaid = any(name not in context.clause.values for name in values if name != first.name)
            if place_unsaid and _needs_held(skill, first) and context.where.held != item.name:
                return Wish((), f"{plain(item.name)} is not held")
            goals.append(self._goal(skill, values))
        if len(goals) > 1 and context.is_placed_next():
            # They are brought to a place one by one; holding them all at once is no stage.
            return Wish(())
        return Wish(tuple(goals))

    def _further_objects(self, skill: SkillSpec, first: ArgumentSpec, item: SceneObject) -> dict[str, str]:
        context = self._context
        values: dict[str, str] = {}
        for argument in skill.arguments:
            if argument.type is not ArgumentType.OBJECT or argument is first:
                continue
            if argument.name in context.clause.values:
                (phrase,) = context.phrases(argument.name)
                found = context.referents.resolve(phrase, argument.accepts, "place", (item.name,))
                values[argument.name] = context.single(phrase, found).name
                context.refuse_same(item.name, values[argument.name])
            elif Affordance.SURFACE in argument.accepts and "table" in context.where.scene.objects:
                # Where no place is said, a thing is put down on the table.
                values[argument.name] = "table"
            else:
                raise ask(f"{argument.name} is not said in {quote(context.clause.words)}: which one?")
        return values

    def _goal(self, skill: SkillSpec, objects: Mapping[str, str]) -> Goal:
        context = self._context
        values: dict[str, str | float] = {}
        for argument in skill.arguments:
            if argument.type is ArgumentType.OBJECT:
                values[argument.name] = objects[argument.name]
            elif argument.name in context.clause.values:
                values[argument.name] = self._checked(argument)
            elif argument.default is not None:
                values[argument.name] = argument.default
            else:
                options = ", ".join(argument.choices) or _bounds(argument)
                words = quote(context.clause.words)
                raise ask(f"{argument.name} is not said in {words}: {options.replace('_', ' ')}?")
        call = SkillCall(skill.name, values)
        added = bind(skill, call, context.where.scene).adds
        atoms = tuple(sorted(atom for atom in added if atom.predicate in _GOAL_FACTS))
        for atom in atoms:
            if atom.predicate == "in":
                context.refuse_misfit(*atom.arguments)
        return Goal(atoms, context.clause.words, call)

    def _checked(self, argument: ArgumentSpec) -> str | float:
        """Return the value of a choice or number, within its bounds."""
        clause = self._context.clause
        value = clause.values[argument.name]
        if isinstance(value, str):
            return value
        if isinstance(value, tuple):
            raise refuse(f"{quote(clause.words)} is not understood")
        if argument.name in clause.unitless:
            raise ask(f"{value:g} of what? Say for example '{value:g} cm' in {quote(clause.words)}")
        if not argument.minimum <= value <= argument.maximum:
            raise refuse(
                f"{argument.name} of {value:g} {argument.unit} is out of range in {quote(clause.words)}; "
                f"permitted: {_bounds(argument)}"
            )
        return value


def _needs_held(skill: SkillSpec, argument: ArgumentSpec) -> bool:
    return Atom("held", (f"{{{argument.name}}}",)) in skill.preconditions


def _bounds(argument: ArgumentSpec) -> str:
    return f"{argument.minimum:g} to {argument.maximum:g} {argument.unit}".strip()
