"""From clauses to goals: what each clause asks for, with the things it names found in the scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.scheduler.language.clauses import Clause
from robomatrix_py.scheduler.language.frames import Sense
from robomatrix_py.scheduler.language.place_wishes import PlaceWishes
from robomatrix_py.scheduler.language.problems import ask, refuse
from robomatrix_py.scheduler.language.referents import Referents
from robomatrix_py.scheduler.language.skill_wishes import SkillWishes
from robomatrix_py.scheduler.language.wish import Context, Wish
from robomatrix_py.scheduler.quoting import plain, quote


class Meaning:
    """Interprets the clauses of one reading in the order of the text.

    Args:
        referents: Finds what noun phrases mean.
        clauses: The clauses.
    """

    def __init__(self, referents: Referents, clauses: Sequence[Clause]) -> None:
        self._context = Context(referents, clauses)
        places = PlaceWishes(self._context)
        self._senses: Mapping[Sense, Callable[[], Wish]] = {
            Sense.SKILL: SkillWishes(self._context).wish,
            Sense.PLACE: places.place,
            Sense.PLACE_NOWHERE: places.place_nowhere,
            Sense.PLACE_BESIDE: places.place_beside,
            Sense.DISPOSE: places.dispose,
            Sense.TAKE_OUT: places.take_out,
            Sense.EMPTY: places.empty,
            Sense.DISTURB: places.disturb,
            Sense.DRAWER_STATE: self._drawer_state,
            Sense.HARM: self._harm,
            Sense.HAND_OVER: self._hand_over,
            Sense.TIDY: self._tidy,
        }

    def wishes(self) -> list[Wish]:
        """Return what every clause asks for.

        Raises:
            Problem: A clause cannot be carried out or is unclear.
        """
        where = self._context.where
        found: list[Wish] = []
        for index, clause in enumerate(self._context.clauses):
            self._context.index = index
            taken_before = where.held if found else ""
            wish = self._senses[clause.frame.sense]()
            if not clause.negated:
                _refuse_second_in_hand(taken_before, wish)
                where.expect(atom for goal in wish.goals for atom in goal.atoms)
            found.append(_repeated(clause, wish))
        return found

    def _drawer_state(self) -> Wish:
        clause = self._context.clause
        drawers = [
            item
            for phrase in self._context.phrases("object")
            for item in self._context.referents.resolve(phrase, frozenset({Affordance.DRAWER}))
        ]
        state = str(clause.values["state"])
        return Wish(tuple(Goal((Atom(state, (item.name,)),), clause.words) for item in drawers))

    def _harm(self) -> Wish:
        words = quote(self._context.clause.words)
        raise refuse(f"{words}: nothing is thrown at, hit or broken; say for example 'put it in the bin'")

    def _hand_over(self) -> Wish:
        words = quote(self._context.clause.words)
        raise refuse(f"{words}: things are not handed to people; they can be put in or on something")

    def _tidy(self) -> Wish:
        words = quote(self._context.clause.words)
        raise ask(f"{words}: where should the things go? Say for example 'put everything in the bin'")


def _repeated(clause: Clause, wish: Wish) -> Wish:
    """Return the wish as often as the clause says."""
    if clause.repeat == 1:
        return wish
    if not all(goal.atoms and all(a.predicate in MOMENTARY for a in goal.atoms) for goal in wish.goals):
        raise refuse(f"{quote(clause.words)} cannot be repeated: once it is done it stays done")
    return replace(wish, goals=wish.goals * clause.repeat)


def _refuse_second_in_hand(held: str, wish: Wish) -> None:
    """Ask where a thing goes that an earlier clause took, before another one is taken."""
    for goal in wish.goals:
        taken = [atom.arguments[0] for atom in goal.atoms if atom.predicate == "held"]
        if held and taken and taken[0] != held:
            raise ask(
                f"the gripper holds one thing at a time: where does {plain(held)} go "
                f"before {plain(taken[0])} is taken?"
            )
        held = taken[0] if taken else held
