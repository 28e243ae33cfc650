"""The words that can be understood in one scene: those of the grammar, and those for what is seen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from robomatrix_py.contracts.scene import Scene
from robomatrix_py.scheduler.language import lexicon
from robomatrix_py.scheduler.language.problems import ask
from robomatrix_py.scheduler.language.spelling import Speller
from robomatrix_py.scheduler.language.tokens import Token
from robomatrix_py.scheduler.quoting import quote

_WORD = re.compile(r"^[a-z][a-z0-9_]*$")


@dataclass(frozen=True)
class Vocabulary:
    """What words mean a thing.

    Args:
        nouns: Nouns, singular and plural, to their singular.
        colors: Colour words.
        names: Names of scene objects that are no other word.
        closed: Words of the grammar, which never name a thing.
    """

    nouns: Mapping[str, str]
    colors: frozenset[str]
    names: frozenset[str]
    closed: frozenset[str]

    @property
    def known(self) -> frozenset[str]:
        """Every word."""
        of_scene = {word for noun in self.nouns if noun not in _NOUNS for word in noun.split()}
        return _fixed_words(self.closed) | self.colors | self.names | of_scene


_NOUNS = {noun: noun for noun in (*lexicon.NOUNS, *lexicon.ANY_THING)} | dict(lexicon.PLURALS)


@lru_cache(maxsize=8)
def _fixed_words(closed: frozenset[str]) -> frozenset[str]:
    """Return every word that is known whatever is seen."""
    in_nouns = {word for noun in _NOUNS for word in noun.split()}
    return closed.union(in_nouns, lexicon.SELECTORS, lexicon.NUMBERS, lexicon.UNITS_M, lexicon.SHADES)


def vocabulary_of(scene: Scene, closed: frozenset[str], verbs: frozenset[str]) -> Vocabulary:
    """Return the words for a scene.

    Args:
        scene: What is seen; what perception calls it never overrides a word of the grammar.
        closed: Words of the grammar.
        verbs: Those of them that may also be the name of a thing, such as `ring`.
    """
    nouns = _nouns_of(scene, closed - verbs)
    names = frozenset(name for name in scene.objects if _WORD.match(name) and name not in {*nouns, *closed})
    return Vocabulary(nouns, _colors_of(scene, closed), names, closed)


def unfit_noun(word: str, closed: frozenset[str]) -> str:
    """Return why people cannot ask for a thing by a word, or an empty text.

    Args:
        word: In small letters.
        closed: Words of the grammar, which never name a thing.
    """
    if word in lexicon.NOUNS:
        return ""
    if word in lexicon.LIVING:
        return "people and animals are never acted on"
    if word in lexicon.COLORS:
        return "it is a colour"
    if word in lexicon.PLURALS:
        return "it is a plural"
    fixed = {*lexicon.SELECTORS, *lexicon.NUMBERS, *lexicon.UNITS_M, *lexicon.ANY_THING, *lexicon.EVERYTHING}
    function_words = {*lexicon.PRONOUNS, *lexicon.DETERMINERS, *lexicon.INDEFINITE, *lexicon.ALL}
    return "it has another meaning in instructions" if word in fixed | function_words | closed else ""


def respelled(tokens: Sequence[Token], known: frozenset[str]) -> tuple[tuple[Token, ...], list[str]]:
    """Return the tokens with slips corrected, and a note for each.

    Raises:
        Problem: Most of the words would be corrected: that is guessing.
    """
    corrected, notes = [], []
    for token in tokens:
        better = _speller(known).correct(token.text) if token.is_word and token.text not in known else ""
        if better:
            notes.append(f"read {quote(token.raw)} as {quote(better)}")
            token = replace(token, text=better)
        corrected.append(token)
    if 2 * len(notes) > sum(token.is_word for token in tokens):
        raise ask(f"is {quote(' '.join(token.text for token in corrected))} meant? Say it again")
    return tuple(corrected), notes


@lru_cache(maxsize=8)
def _speller(known: frozenset[str]) -> Speller:
    return Speller(known, lexicon.REAL_WORDS | lexicon.LIVING)


def _nouns_of(scene: Scene, closed: frozenset[str]) -> dict[str, str]:
    """Return every noun of the language and of the scene, singular and plural, to its singular."""
    nouns = dict(_NOUNS)
    for item in scene:
        words = item.shape.lower().replace("_", " ").split()
        # A perceived word that means something in the grammar is no noun: names are data.
        if words and all(_WORD.match(word) and word not in closed for word in words):
            noun = " ".join(words)
            nouns.setdefault(noun, noun)
            nouns.setdefault(f"{noun}s", noun)
    return nouns


def _colors_of(scene: Scene, closed: frozenset[str]) -> frozenset[str]:
    seen = {item.color.lower() for item in scene if _WORD.match(item.color.lower())}
    return frozenset(lexicon.COLORS) | (seen - closed)
