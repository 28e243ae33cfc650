"""What one clause asks for, and what its interpretation needs to know of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.scheduler.fit import misfit
from robomatrix_py.scheduler.language.clauses import Clause, rules_out
from robomatrix_py.scheduler.language.frames import Sense
from robomatrix_py.scheduler.language.noun_phrase import MISSING, NounPhrase, Quantity
from robomatrix_py.scheduler.language.problems import ask, refuse
from robomatrix_py.scheduler.language.referents import Referents
from robomatrix_py.scheduler.quoting import plain, quote


@dataclass(frozen=True)
class Wish:
    """What one clause asks for.

    Args:
        goals: Stages in order.
        nothing: Why there is nothing to do for it, or empty.
    """

    goals: tuple[Goal, ...]
    nothing: str = ""


class Context:
    """A clause among the others of one reading.

    Args:
        referents: Finds what noun phrases mean.
        clauses: All clauses.
    """

    def __init__(self, referents: Referents, clauses: Sequence[Clause]) -> None:
        self.referents = referents
        self.where = referents.where
        self.clauses = clauses
        self.index = 0
        self.clause = clauses[0]
        """The present clause: the one at the index, or one that stands for a part of it."""

    @property
    def following(self) -> Clause | None:
        """The clause after it in the text, if there is one."""
        return self.clauses[self.index + 1] if self.index + 1 < len(self.clauses) else None

    def phrases(self, slot: str) -> list[NounPhrase]:
        """Return the noun phrases of a slot; one that is missing is looked for in the clause after it."""
        phrases = self.clause.values.get(slot, (MISSING,))
        if not isinstance(phrases, tuple):
            return []
        if phrases == (MISSING,) and self.following is not None:
            values = self.following.values.values()
            ahead = next((value for value in values if isinstance(value, tuple)), ())
            if ahead and not any(phrase.pronoun or phrase.missing for phrase in ahead):
                return list(ahead)
        return list(phrases)

    def is_placed_next(self) -> bool:
        """Return whether the next clause brings the things just taken to a place."""
        following = self.following
        if following is None or following.negated or following.frame.sense is not Sense.PLACE:
            return False
        phrases = following.values.get("object", ())
        return isinstance(phrases, tuple) and len(phrases) == 1 and (bool(phrases[0].pronoun) or phrases[0].missing)

    def is_whole_placed_next(self) -> bool:
        """Return whether the next clause brings everything, or the contents, to a place."""
        following = self.following
        if following is None or following.negated or following.frame.sense is not Sense.PLACE:
            return False
        phrases = following.values.get("object", ())
        if not isinstance(phrases, tuple) or len(phrases) != 1:
            return False
        whole = phrases[0].quantity is Quantity.ALL and not phrases[0].noun and not phrases[0].relations
        return self.is_placed_next() or whole

    def is_spoken_of_elsewhere(self, phrase: NounPhrase) -> bool:
        """Return whether another clause brings the same thing to a place: by the same name, or by a pronoun."""
        for clause in self.clauses:
            if clause is self.clause or clause.negated or clause.frame.sense not in (Sense.PLACE, Sense.TAKE_OUT):
                continue
            phrases = clause.values.get("object", ())
            if isinstance(phrases, tuple) and any(
                (p.noun, p.color, p.name) == (phrase.noun, phrase.color, phrase.name) or p.pronoun for p in phrases
            ):
                return True
        return False

    @property
    def rules_out(self) -> bool:
        """Whether the present clause says what must not happen."""
        return rules_out(self.clause)

    def is_taken_up_next(self) -> bool:
        """Return whether a later clause speaks of something by a pronoun."""
        values = [v for c in self.clauses[self.index + 1 :] for v in c.values.values() if isinstance(v, tuple)]
        later = self.clauses[self.index + 1 :]
        there = any("place" not in c.values and "where" in c.values for c in later)
        mine = [(p.noun, p.color) for p in self.phrases("object") if p.noun]
        return there or any(
            phrase.pronoun or phrase.missing or phrase.same_kind or (phrase.noun, phrase.color) in mine
            for phrases in values
            for phrase in phrases
        )

    def single(self, phrase: NounPhrase, found: Sequence[SceneObject]) -> SceneObject:
        """Return the only one of the things found.

        Raises:
            Problem: There are several.
        """
        if len(found) != 1:
            raise ask(f"{quote(phrase.words)} means several things: {listed(found)}; name one place")
        return found[0]

    def refuse_same(self, name: str, place: str) -> None:
        """Refuse to put a thing in or on itself.

        Raises:
            Problem: Both are the same.
        """
        if name == place:
            raise refuse(f"{quote(self.clause.words)}: {plain(name)} cannot be put in or on itself; name another place")

    def refuse_misfit(self, name: str, container: str) -> None:
        """Refuse to put a thing where there is no room for it.

        Raises:
            Problem: It does not fit.
        """
        objects = self.where.scene.objects
        why = misfit(objects[name], objects[container])
        if why:
            raise refuse(f"{plain(name)} does not fit into {plain(container)}: {why}. Choose another place")


def listed(items: Sequence[SceneObject]) -> str:
    """Return the names of things for a message."""
    return " and ".join(plain(item.name) for item in items)


def listed_places(context: Context, items: Sequence[SceneObject]) -> str:
    """Return where things are, for a message."""
    return ", ".join(f"{plain(item.name)} is {context.where.describe(item.name) or 'on the table'}" for item in items)
