"""From clauses to goals: what each clause asks for, with the things it names found in the scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import MOMENTARY, Atom
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.scheduler.language.clauses import Clause, rules_out
from robomatrix_py.scheduler.language.conditions import State
from robomatrix_py.scheduler.language.frames import Sense
from robomatrix_py.scheduler.language.place_wishes import PlaceWishes
from robomatrix_py.scheduler.language.problems import ask, refuse
from robomatrix_py.scheduler.language.referents import Referents
from robomatrix_py.scheduler.language.skill_wishes import SkillWishes
from robomatrix_py.scheduler.language.truth import Cases, StateTruth
from robomatrix_py.scheduler.language.wish import Context, Wish, listed_places
from robomatrix_py.scheduler.quoting import plain, quote
from robomatrix_py.scheduler.stages import contradicts

_AGAINST = frozenset({"but", "yet", "while"})
_AT_ONCE = frozenset({"and", "but", ",", "", "yet", "while", "with"})
"""Links between clauses that put none of them first."""


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
            Sense.TIDY: places.tidy,
            Sense.NOT_THERE: places.not_there,
            Sense.LEAVE: places.leave,
            Sense.DRAWER_UNLIKE: self._drawer_unlike,
            Sense.DRAWER_INSIDE: self._drawer_inside,
            Sense.MENTION: self._mention,
            Sense.FRAGMENT: self._fragment,
            Sense.SAME: self._same,
            Sense.TOWER: places.tower,
            Sense.REPLACE: places.replace,
        }
        self._truth = StateTruth(self._context)

    def wishes(self) -> list[Wish]:
        """Return what every clause asks for.

        Raises:
            Problem: A clause cannot be carried out or is unclear.
        """
        self._leave_alone()
        found: list[Wish] = []
        cases = Cases(self._truth)
        for index, clause in enumerate(self._context.clauses):
            self._context.index, self._context.clause = index, clause
            found.append(self._wish_of(clause, cases))
            if index and clause.link in _AT_ONCE:
                _ask_if_contradictory(self._context.clauses[index - 1], found[-2], clause, found[-1])
        return found

    def _wish_of(self, clause: Clause, cases: Cases) -> Wish:
        """Return what a clause asks for, in the case that it is for."""
        case = cases.enter(clause)
        if not case.holds and not clause.condition_is_awaited:
            return Wish((), f"{quote(clause.words)} is not needed: {case.why}")
        first: tuple[Goal, ...] = ()
        if not case.holds:
            first = self._goals_of(case.states)
        wish = self._interpreted(clause)
        if first and _undoes(wish, first):
            return Wish((), f"{quote(clause.words)} is not needed: {case.why}")
        return replace(wish, goals=(*first, *wish.goals))

    def _goals_of(self, states: Sequence[State]) -> tuple[Goal, ...]:
        """Return the goals of states that are to be reached first."""
        goals: list[Goal] = []
        for state in states:
            clause = self._context.clause
            self._context.clause = Clause(state.frame, state.values, state.words)
            sense = state.frame.sense
            if sense is Sense.STATE:
                sense = Sense.DRAWER_STATE if "state" in state.values else Sense.PLACE
                sense = sense if {"state", "where"} & set(state.values) else Sense.TIDY
            goals += self._senses[sense]().goals
            self._context.clause = clause
        self._context.where.expect(atom for goal in goals for atom in goal.atoms)
        return tuple(goals)

    def _interpreted(self, clause: Clause) -> Wish:
        where = self._context.where
        taken_before = where.held if self._context.index else ""
        wish = self._senses[clause.frame.sense]()
        if not self._context.rules_out:
            _refuse_second_in_hand(taken_before, wish)
            where.expect(atom for goal in wish.goals for atom in goal.atoms)
        return _repeated(clause, wish)

    def _leave_alone(self) -> None:
        """Take what is to stay where it is out of what `everything` means."""
        for index, clause in enumerate(self._context.clauses):
            is_left = clause.frame.sense is Sense.LEAVE or (
                clause.negated and clause.frame.sense in (Sense.DISTURB, Sense.PLACE, Sense.PLACE_NOWHERE)
            )
            is_left = is_left or clause.words.split()[:1] in (["leave"], ["keep"])
            phrases = clause.values.get("object", ())
            if is_left and isinstance(phrases, tuple):
                self._context.index, self._context.clause = index, clause
                self._context.referents.leave_alone([phrase for phrase in phrases if not phrase.pronoun])

    def _drawer_state(self) -> Wish:
        clause = self._context.clause
        if len(self._context.clauses) == 1 and clause.words.startswith("with "):
            raise ask(f"{quote(clause.words)}: what is to be done then?")
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

    def _drawer_unlike(self) -> Wish:
        """Return the goals of having drawers other than they must not be."""
        clause = self._context.clause
        state = "open" if clause.values["state"] == "closed" else "closed"
        self._context.clause = replace(clause, values={**clause.values, "state": state})
        return self._drawer_state()

    def _drawer_inside(self) -> Wish:
        clause = self._context.clause
        self._context.clause = replace(clause, values={**clause.values, "state": "open"})
        return self._drawer_state()

    def _fragment(self) -> Wish:
        """Return the goals of a thing and a place that are named in a row of others, or ask."""
        if len(self._context.clauses) == 1 and not self._context.clause.is_request:
            said = quote(self._context.clause.words)
            raise ask(f"is {said} to be brought about? Say it with a verb, for example 'put it in the bin'")
        return self._senses[Sense.PLACE]()

    def _mention(self) -> Wish:
        """Keep in mind what was spoken of, where the next clause is about it."""
        context = self._context
        if context.clause.negated and len(context.clause.frame.elements) > 1:
            # `Do not check anything` is no thing that is left out, as in `..., not the can`.
            raise refuse(f"{quote(context.clause.words)} cannot be ruled out; say what to do")
        if context.clause.negated:
            return self._senses[Sense.LEAVE]()
        phrases = context.phrases("object")
        if not context.is_taken_up_next():
            said = quote(context.clause.words)
            raise ask(f"what is to be done with {said}? Say for example 'put it in the bin'")
        things = [item for phrase in phrases for item in context.referents.resolve(phrase, frozenset())]
        context.referents.remember_together(things)
        if {"where", "state"} & set(context.clause.values) and not self._truth.holds(context.clause.values):
            raise refuse(f"{quote(context.clause.words)} is not so: {listed_places(context, things)}")
        return Wish(())

    def _same(self) -> Wish:
        """Return what the clause before asked for, with other things."""
        context = self._context
        before = context.clauses[: context.index]
        of = next((c for c in reversed(before) if c.frame.sense not in (Sense.MENTION, Sense.SAME)), None)
        slot = next((name for name, value in of.values.items() if isinstance(value, tuple)), "") if of else ""
        if of is None or not slot:
            raise ask(f"{quote(context.clause.words)}: the same as what?")
        slot = "object" if "object" in of.values else slot
        values = {**of.values, slot: context.clause.values["object"]}
        context.clause = replace(of, values=values, words=context.clause.words)
        return self._senses[of.frame.sense]()


def _ask_if_contradictory(clause: Clause, wish: Wish, other: Clause, second: Wish) -> None:
    """Ask if two clauses that nothing puts one after the other want opposite things.

    `Open the drawer and keep it closed` is no order of events; `open the drawer, then close it` is one.
    """
    if rules_out(clause) or rules_out(other) or clause.follows_next or other.goes_first:
        return
    senses = {clause.frame.sense, other.frame.sense}
    is_order = senses == {Sense.SKILL} and other.link not in _AGAINST
    if is_order or Sense.TIDY in senses:
        # `open and close the drawer` tells what to do one after the other.
        return
    pairs = [(one, two) for goal in wish.goals for one in goal.atoms for more in second.goals for two in more.atoms]
    for one, two in pairs:
        if "held" not in (one.predicate, two.predicate) and contradicts(one, two):
            first, last = quote(clause.words), quote(other.words)
            raise ask(f"{first} and {last} contradict each other: which is meant? If both, say 'then' between them")


def _undoes(wish: Wish, first: Sequence[Goal]) -> bool:
    """Return whether a wish takes back what would be reached for it."""
    atoms = [atom for goal in first for atom in goal.atoms]
    return any(contradicts(atom, other) for goal in wish.goals for other in goal.atoms for atom in atoms)


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
                f"the gripper holds one thing at a time: where does {plain(held)} go before {plain(taken[0])} is taken?"
            )
        held = taken[0] if taken else held
