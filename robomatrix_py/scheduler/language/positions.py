"""English words for where a thing is, and the function words that never name a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from robomatrix_py.scheduler.language import lexicon
from robomatrix_py.scheduler.language.grammar import alternatives

_KINDS: Mapping[str, tuple[str, ...]] = {
    "left": alternatives("to the left of|on the left of|on the left side of|left of"),
    "right": alternatives("to the right of|on the right of|on the right side of|right of"),
    "front": ("in front of",),
    "behind": ("behind",),
    "near": alternatives("next to|beside|besides|alongside|near to|near|close to|close by|by|at"),
    "nearest": alternatives("nearest to|nearest|closest to|closest|nearer to|closer to"),
    "farthest": alternatives("farthest from|furthest from|farther from|further from"),
    "in": alternatives("inside of|inside|within|in|out of|from inside|from within"),
    "from": ("from",),
    "on": alternatives("off of|off|on top of|upon|on"),
    "of": ("of",),
}
SIDE_WORDS = ("left", "right", "front", "back", "rear", "middle", "center", "centre", "top", "bottom")
"""Words for a side."""

RELATIONS = tuple((words, kind) for kind, texts in _KINDS.items() for words in texts)
"""Words and kind of every relation to another thing."""

SIDES = tuple(
    (f"{preposition} {article}{word}{side}", lexicon.SELECTORS[word])
    for preposition in ("on", "to", "at", "in")
    for article in ("the ", "your ", "")
    for word in SIDE_WORDS
    for side in ("", " side", " hand side")
)
"""Words and selector of every place that needs no other thing: `on the left`."""

BRIDGES = alternatives(
    """which stands|which lies|which sits|that rests|which rests|that is found|you find|that you can find
    |you can find|that is resting|resting|placed|that was|which you see|you see|that is currently
    |which is currently|that is lying|which is lying
    |that stands|that lies|that is the|which is the|that are the|that is sitting|that is standing|that is located
    |that is placed|that lies|that sits|that stands|that you see|that are|which are|that is|which is
    |currently|lying|sitting|standing|located|being"""
)
"""What may stand between a thing and where it is."""

IN_PASSING = alternatives(
    """, which is|, which are|, which lies|, which stands|, which sits|, which is currently|, which is lying
    |, which is standing|, which is sitting|, which is now|, that is|, the one|, the ones|, the one that is
    |, the one which is|, i mean the one|, namely the one"""
)
"""What tells where a thing is, between commas."""

EXCEPT = alternatives(
    """except for|except|excepting|but not|but for|but|other than|apart from|excluding|besides|with the exception of
    |save for|save|aside from|not including|leaving out|that is not|that are not|which is not|which are not|not"""
)
"""What leaves something out of all."""

PERSONS = frozenset({"me", "us", "him", "her", "myself", "yourself", "you"})
"""Pronouns of persons."""

ROBOT = alternatives("you|yourself|the robot|the base|robot")
"""How the robot is spoken of in a relation: `nearest to you`."""

FUNCTION_WORDS = frozenset(
    word
    for text in (
        *(words for words, _ in (*RELATIONS, *SIDES)),
        *BRIDGES,
        *EXCEPT,
        *lexicon.PRONOUNS,
        *lexicon.DETERMINERS,
        *lexicon.INDEFINITE,
        *lexicon.ALL,
        *lexicon.EVERYTHING,
        "and or nor not no never else of other number something nothing do does did with without as well",
        "plus than i you we they he she is are was were be been am has have had can could would should will",
        "must may might if unless until while when whenever where what who why how which whose because so",
        "then but before after",
        "for to by at from about under below above over between through during since against",
    )
    for word in text.split()
) - frozenset(lexicon.SELECTORS)
"""Words of the grammar, which never name a thing."""


def by_first_word(entries: Sequence[tuple[str, str]]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return fixed phrases by their first word, so that most places in a text are ruled out at once."""
    first_words = {words.split()[0] for words, _ in entries}
    return {first: [entry for entry in entries if entry[0].split()[0] == first] for first in first_words}
