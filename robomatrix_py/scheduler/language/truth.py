"""Whether what conditions speak of is the case, and which clauses are for the case that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Affordance
from robomatrix_py.scheduler.language.clauses import Clause
from robomatrix_py.scheduler.language.conditions import State
from robomatrix_py.scheduler.language.frames import Sense
from robomatrix_py.scheduler.language.matcher import Value
from robomatrix_py.scheduler.language.noun_phrase import NounPhrase
from robomatrix_py.scheduler.language.problems import ask
from robomatrix_py.scheduler.language.wish import Context
from robomatrix_py.scheduler.quoting import quote

_DRAWER = frozenset({Affordance.DRAWER})
_THERE = NounPhrase("there", pronoun="there")
# Between two clauses of which each is for another case: `put it there; if it is there, press the button`.
_OTHER_CASE = frozenset({",", "and", "but"})


@dataclass(frozen=True)
class Case:
    """One case of a condition.

    Args:
        holds: Whether it is the case.
        why: The words that say why it is not.
        states: What it is about.
    """

    holds: bool = True
    why: str = ""
    states: tuple[State, ...] = ()


class StateTruth:
    """Judges states by the facts, and by what the clauses before will have brought about.

    Args:
        context: The clauses.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.judged: dict[tuple[str, ...], bool] = {}
        """What was found of things before clauses that are for one case or the other changed it."""

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Return whether things are in a state or at a place."""
        context, where = self._context, self._context.where
        phrases = values.get("object", values.get("source", ()))
        items = phrases if isinstance(phrases, tuple) else ()
        if "state" in values:
            found = [d for phrase in items for d in context.referents.resolve(phrase, _DRAWER)]
            state = str(values["state"])
            now = bool(found) and all(where.holds(Atom(state, (item.name,))) for item in found)
            return self.judged.setdefault((state, *(item.name for item in found)), now)
        if "where" not in values:
            places = [p for phrase in items for p in context.referents.resolve(phrase, frozenset(), "place")]
            return not any(where.contents(place.name) for place in places)
        things = [thing for phrase in items for thing in context.referents.resolve(phrase, frozenset())]
        place_phrases = values.get("place", (_THERE,))
        names = [thing.name for thing in things]
        if not isinstance(place_phrases, tuple):
            return False
        (place,) = context.referents.resolve(place_phrases[0], frozenset(), "place", names)
        now = all(where.is_in(name, place.name) or where.is_on(name, place.name) for name in names)
        return self.judged.setdefault((place.name, *names), now)

    def spelled_out(self, state: State, clause: Clause) -> State:
        """Return a state with the pronouns replaced that stand for what its own clause names.

        So does `it` in `close the drawer if it is open`, and in `if it is open, close the drawer` where nothing was
        spoken of before.
        """
        if state.frame.sense is Sense.STATE and not {"object", "source"} & set(state.values):
            # `if open, close the drawer`
            named = next((v for v in clause.values.values() if isinstance(v, tuple)), ())
            if not named or any(phrase.pronoun or phrase.missing for phrase in named):
                raise ask(f"{quote(state.words)}: what is to be so? Name the thing")
            return State(state.frame, {**state.values, "object": named}, state.words)
        if self._context.index and not (clause.condition and clause.condition.trailing):
            return state
        values = dict(state.values)
        for slot in ("object", "place"):
            said = clause.values.get(slot, ())
            other = next((v for v in clause.values.values() if isinstance(v, tuple)), ())
            meant = said or other
            if not isinstance(meant, tuple) or not meant or any(phrase.pronoun for phrase in meant):
                continue
            mine = values.get(slot, (_THERE,) if slot == "place" and "where" in values else ())
            if isinstance(mine, tuple) and len(mine) == 1 and mine[0].pronoun:
                values[slot] = meant
        return State(state.frame, values, state.words)

    def state_holds(self, state: State) -> bool:
        """Return whether a state is the case."""
        if state.frame.sense is not Sense.STATE:
            # Something that is to have been done: it has been only where this very instruction asks for it.
            return False
        return self.holds(state.values) != (state.values.get("polarity") == "not")


class Cases:
    """Keeps the case in which the clauses of one instruction are.

    Args:
        truth: Judges states.
    """

    def __init__(self, truth: StateTruth) -> None:
        self._truth = truth
        self._present = Case()
        self._about: tuple[State, ...] = ()
        self._held = False
        self._branch = True

    def enter(self, clause: Clause) -> Case:
        """Return the case that a clause is for."""
        condition = clause.condition
        if condition is None:
            self._truth.judged.clear()
            if clause.link in (".", "then", "and then"):
                self._present = Case()
            return self._present
        if condition.states:
            if clause.link not in _OTHER_CASE:
                self._truth.judged.clear()
            self._about = tuple(self._truth.spelled_out(state, clause) for state in condition.states)
            self._held = all(self._truth.state_holds(state) for state in self._about)
            holds = self._held != condition.unless
        elif not self._about:
            raise ask(f"{quote(clause.words)}: otherwise than what? Say the condition, for example 'if it is open'")
        else:
            holds = not self._branch if condition.otherwise else self._held != condition.unless
        self._branch = holds
        said = " and ".join(state.words for state in self._about)
        verb = "holds" if self._held else "does not hold"
        case = Case(holds, f"{quote(said)} {verb} now", self._about if condition.states else ())
        self._present = Case() if condition.trailing or condition.awaited else case
        return case
