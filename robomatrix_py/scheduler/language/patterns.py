"""Patterns of words with slots: what a clause may look like, and where its parts stand.

A pattern is written as words with ``(a|b c)`` for one of several, ``[a|b]`` for an optional one, ``<group>``
for a named group whose choice matters, and ``{slot}`` for a slot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TypeVar

_Option = TypeVar("_Option")
_PART = re.compile(r"\([^)]*\)|\[[^\]]*\]|<\w+>|\{\w+\}|[^\s()\[\]<>{}]+")


class SlotKind(StrEnum):
    """What stands in a slot."""

    THINGS = "things"
    """A list of noun phrases."""
    THING = "thing"
    """One noun phrase."""
    CHOICE = "choice"
    """One of a list of words."""
    NUMBER = "number"
    """A number with its unit."""


@dataclass(frozen=True)
class Slot:
    """A place in a pattern that takes an argument.

    Args:
        name: Argument name.
        kind: What stands there.
        choices: For a choice: the words by value.
        unit: For a number: the unit it is wanted in.
        optional: Whether it may be left out.
    """

    name: str
    kind: SlotKind
    choices: Mapping[str, tuple[str, ...]] | None = None
    unit: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Words:
    """A place in a pattern that takes fixed words.

    Args:
        options: The alternatives, each a sequence of words, the longest first.
        optional: Whether they may be left out.
    """

    options: tuple[tuple[str, ...], ...]
    optional: bool = False
    by_first: Mapping[str, tuple[tuple[str, ...], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Order the alternatives by their first words, so that most are ruled out at once."""
        object.__setattr__(self, "by_first", _by_first((option[:1], option) for option in self.options))


@dataclass(frozen=True)
class Group:
    """A place in a pattern that takes fixed words whose choice is kept.

    Args:
        name: What it is kept as.
        options: Value and words of each alternative, the longest words first.
    """

    name: str
    options: tuple[tuple[str, tuple[str, ...]], ...]
    by_first: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Order the alternatives by their first words, so that most are ruled out at once."""
        object.__setattr__(self, "by_first", _by_first((option[1][:1], option) for option in self.options))


def _by_first(options: Iterable[tuple[tuple[str, ...], _Option]]) -> dict[str, tuple[_Option, ...]]:
    """Return options by the first word of each; under the empty word are those without any."""
    found: dict[str, tuple[_Option, ...]] = {}
    for first, option in options:
        word = first[0] if first else ""
        found[word] = (*found.get(word, ()), option)
    return found


Element = Slot | Words | Group


def compile_pattern(
    pattern: str, slots: Mapping[str, Slot], groups: Mapping[str, Mapping[str, Sequence[str]]]
) -> tuple[Element, ...]:
    """Return the elements of a pattern.

    Args:
        pattern: The pattern as text.
        slots: Slot by name.
        groups: Named groups: value to its wordings.

    Raises:
        KeyError: The pattern names a slot or group that is not given.
    """
    return tuple(_element(part, slots, groups) for part in _PART.findall(pattern))


def first_words(elements: Sequence[Element]) -> frozenset[str] | None:
    """Return the words of which one must come first for a pattern to match, or None if anything may."""
    found: set[str] = set()
    for element in elements:
        if isinstance(element, Slot) or "" in element.by_first:
            return None
        found |= element.by_first.keys()
        if isinstance(element, Group) or not element.optional:
            return frozenset(found)
    return None


def words_of(elements: Iterable[Element]) -> set[str]:
    """Return every fixed word in elements of patterns."""
    found: set[str] = set()
    # Many patterns share their elements.
    for element in {id(element): element for element in elements}.values():
        match element:
            case Words(options):
                found.update(word for option in options for word in option)
            case Group(_, choices):
                found.update(word for _, option in choices for word in option)
            case Slot(choices=wordings) if wordings:
                found.update(word for options in wordings.values() for text in options for word in text.split())
    return found


def _element(part: str, slots: Mapping[str, Slot], groups: Mapping[str, Mapping[str, Sequence[str]]]) -> Element:
    if part[0] == "{":
        return slots[part[1:-1]]
    if part[0] == "<":
        options = [(value, tuple(text.split())) for value, texts in groups[part[1:-1]].items() for text in texts]
        return Group(part[1:-1].partition("_")[0], tuple(sorted(options, key=lambda option: -len(option[1]))))
    return _words(part)


@cache
def _words(part: str) -> Words:
    texts = part[1:-1].split("|") if part[0] in "([" else [part]
    alternatives = sorted({tuple(text.split()) for text in texts}, key=lambda words: (-len(words), words))
    return Words(tuple(alternatives), optional=part[0] == "[")
