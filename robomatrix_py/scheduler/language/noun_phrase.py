"""Noun phrases: `the small red cube left of the bowl`, `all balls`, `it`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Quantity(StrEnum):
    """How many things a noun phrase means."""

    THE = "the"
    ANY = "any"
    ALL = "all"
    BOTH = "both"
    NONE = "none"


@dataclass(frozen=True)
class Relation:
    """Where a thing is, in words.

    Args:
        kind: ``left``, ``right``, ``near``, ``nearest``, ``farthest``, ``in``, ``on``, ``front``, ``behind``
            or ``of``.
        place: What it is related to; None means the robot.
    """

    kind: str
    place: NounPhrase | None


@dataclass(frozen=True)
class NounPhrase:
    """What the words say of a thing, not yet which thing it is.

    Args:
        words: The words.
        pronoun: The pronoun if it is one, or empty.
        missing: Nothing was said where a thing is needed.
        quantity: How many.
        count: How many if a number was said, or 0.
        any_of_them: Which of more than that number is all the same: `two cubes`, not `the two cubes`.
        color: Colour word or empty.
        noun: Noun in the singular, or empty for any thing.
        number: Running number such as the 2 of `red cube 2`, or empty.
        name: A scene object's own name if the words are just that, or empty.
        same_kind: It is `one` or `ones`: the kind last spoken of.
        selectors: What to select by, such as ``left`` or ``small``.
        relations: Where it is.
        other: It is `the other one`.
        unknown: Words that are not known.
        excepted: What is left out of all.
    """

    words: str
    pronoun: str = ""
    missing: bool = False
    quantity: Quantity = Quantity.THE
    count: int = 0
    any_of_them: bool = False
    color: str = ""
    noun: str = ""
    number: str = ""
    name: str = ""
    same_kind: bool = False
    selectors: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    other: bool = False
    unknown: tuple[str, ...] = ()
    excepted: tuple[NounPhrase, ...] = field(default=())


MISSING = NounPhrase("", missing=True)
"""A thing that was not named."""
