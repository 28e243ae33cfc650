"""Reads noun phrases from the tokens of an instruction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from robomatrix_py.scheduler.language import lexicon, positions
from robomatrix_py.scheduler.language.noun_phrase import NounPhrase, Quantity, Relation
from robomatrix_py.scheduler.language.tokens import Token
from robomatrix_py.scheduler.language.vocabulary import Vocabulary

_UNKNOWN_MAX = 3
_DEPTH_MAX = 2
_LIST_MAX = 12
_SIDES = positions.by_first_word(positions.SIDES)
_RELATIONS = positions.by_first_word(positions.RELATIONS)


class NounPhraseParser:
    """Reads noun phrases at any place of one instruction; every reading is found once.

    Args:
        tokens: The instruction.
        vocabulary: What words mean a thing.
    """

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
        self._texts = [token.text for token in tokens]
        self._tokens = tokens
        self._nouns = vocabulary.nouns
        self._names = vocabulary.names
        self._colors = vocabulary.colors
        self._closed = vocabulary.closed
        self.farthest = 0
        self._noun_length = max((noun.count(" ") + 1 for noun in vocabulary.nouns), default=1)
        self._memo: dict[tuple[int, int], tuple[tuple[int, NounPhrase], ...]] = {}

    def read(self, start: int, depth: int = 0) -> tuple[tuple[int, NounPhrase], ...]:
        """Return every noun phrase that begins at a token, with where it ends, the longest first."""
        if (start, depth) not in self._memo:
            found: dict[tuple[int, str], NounPhrase] = {}
            for end, phrase in self._readings(start, depth):
                found.setdefault((end, phrase.pronoun), replace(phrase, words=self.words(start, end)))
            ordered = sorted(found.items(), key=lambda entry: (-entry[0][0], entry[0][1]))
            self._memo[start, depth] = tuple((end, phrase) for (end, _), phrase in ordered)
        return self._memo[start, depth]

    def read_list(self, start: int) -> list[tuple[int, tuple[NounPhrase, ...]]]:
        """Return every list of noun phrases (`a, b and c`) that begins at a token, the longest list first."""
        found: list[tuple[int, tuple[NounPhrase, ...]]] = []
        both = self.starts(start, "both")
        if both:
            pairs = [entry for entry in self.read_list(both) if len(entry[1]) == 2]
            return [*pairs, *((end, (item,)) for end, item in self.read(start))]
        open_lists: list[tuple[int, tuple[NounPhrase, ...]]] = [
            (end, (item,)) for end, item in self.read(start)
        ]
        while open_lists and len(found) < 4 * _LIST_MAX:
            found += open_lists
            open_lists = [
                (end, (*items, item))
                for stop, items in open_lists
                if len(items) < _LIST_MAX and not items[-1].pronoun
                for begin in self._after_list_connector(stop)
                for end, item in self.read(begin)[:3]
            ]
        return sorted(found, key=lambda entry: (-entry[0], len(entry[1])))

    def words(self, start: int, end: int) -> str:
        """Return the words between two places."""
        return " ".join(self._texts[start:end])

    def starts(self, position: int, phrase: str) -> int:
        """Return where a fixed phrase that begins at a token ends, or 0 if it does not stand there."""
        parts = phrase.split()
        return position + len(parts) if self._texts[position : position + len(parts)] == parts else 0

    def _after_list_connector(self, position: int) -> Iterator[int]:
        for connector in (", and", "as well as", "and also", "and", "plus", ","):
            end = self.starts(position, connector)
            if end:
                yield end
                return

    def _readings(self, start: int, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        if start >= len(self._texts):
            return
        first = self._texts[start]
        if first in lexicon.PRONOUNS:
            yield start + 1, NounPhrase(first, pronoun=first)
        if first in lexicon.EVERYTHING:
            quantity = Quantity.ALL if first == "everything" else Quantity.ANY
            rest = self.starts(start + 1, "else") or start + 1
            everything = NounPhrase(first, quantity=quantity, other=rest > start + 1)
            yield from self._with_relations(rest, everything, depth)
            return
        if first in positions.PERSONS:
            yield start + 1, NounPhrase(first, unknown=(first,))
        if first == "something":
            yield start + 1, NounPhrase(first, pronoun="something")
        for position, phrase in self._quantified(start):
            yield from self._modified(position, phrase, depth)

    def _quantified(self, start: int) -> Iterator[tuple[int, NounPhrase]]:
        """Yield what the words before the adjectives say."""
        position, phrase = start, NounPhrase("")
        word = self._texts[start]
        after = self._texts[start + 1] if start + 1 < len(self._texts) else ""
        if word in lexicon.ALL:
            position, phrase = start + 1, replace(phrase, quantity=Quantity.ALL)
        elif word == "both":
            position, phrase = start + 1, replace(phrase, quantity=Quantity.BOTH, count=2)
        elif (word == "one" and after == "of") or word in lexicon.INDEFINITE:
            position, phrase = start + 1, replace(phrase, quantity=Quantity.ANY)
        elif word == "one":
            yield start + 1, replace(phrase, quantity=Quantity.ANY)
        if position > start and position < len(self._texts) and self._texts[position] == "of":
            position += 1
        if position < len(self._texts) and self._texts[position] in lexicon.DETERMINERS:
            position += 1
        if position < len(self._texts) and self._texts[position] == "other":
            position, phrase = position + 1, replace(phrase, other=True)
        count = lexicon.NUMBERS.get(self._texts[position], 0) if position < len(self._texts) else 0
        if count >= 2:
            yield position + 1, replace(phrase, count=count, quantity=Quantity.ALL)
        yield position, phrase

    def _modified(self, start: int, phrase: NounPhrase, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        """Read adjectives, then the noun, then what follows it."""
        position = start
        while position < len(self._texts):
            yield from self._with_head(position, phrase, depth)
            word = self._texts[position]
            if word in self._colors and not phrase.color:
                phrase = replace(phrase, color=word)
            elif word == "of" and phrase.selectors and self.starts(position, "of the"):
                # `the leftmost of the red cubes`
                position += 1
            elif word in lexicon.SELECTORS:
                phrase = replace(phrase, selectors=(*phrase.selectors, lexicon.SELECTORS[word]))
            elif self._is_unknown(position) and len(phrase.unknown) < _UNKNOWN_MAX:
                phrase = replace(phrase, unknown=(*phrase.unknown, word))
            else:
                break
            position += 1
            if self._is_unknown(position - 1):
                yield from self._with_relations(position, phrase, depth)
        self.farthest = max(self.farthest, position)

    def _with_head(self, start: int, phrase: NounPhrase, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        if self._texts[start] in self._names:
            yield from self._with_relations(start + 1, replace(phrase, name=self._texts[start]), depth)
        for length in range(self._noun_length, 0, -1):
            words = self.words(start, start + length)
            if words not in self._nouns or start + length > len(self._texts):
                continue
            noun, plural = self._nouns[words], words in lexicon.PLURALS or words.endswith("s")
            if plural and words != noun and phrase.quantity is Quantity.THE:
                phrase = replace(phrase, quantity=Quantity.ALL)
            if noun in lexicon.ANY_THING:
                headed = replace(phrase, same_kind=noun == "one")
            else:
                headed = replace(phrase, noun=noun)
            end = start + length
            for stop, number in self._numbered(end):
                yield from self._with_relations(stop, replace(headed, number=number), depth)
            if end < len(self._texts) and self._texts[end] in self._colors and not headed.color:
                yield from self._with_relations(end + 1, replace(headed, color=self._texts[end]), depth)

    def _numbered(self, position: int) -> Iterator[tuple[int, str]]:
        """Read the running number of `red cube 2` or `red cube number two`."""
        begin = self.starts(position, "number") or position
        if begin < len(self._texts):
            word = self._texts[begin]
            number = word if self._tokens[begin].is_number else str(lexicon.NUMBERS.get(word, ""))
            if number.isdecimal() and len(number) < 3:
                yield begin + 1, number
        yield position, ""

    def _with_relations(self, start: int, phrase: NounPhrase, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        """Read what follows a noun: where it is, and what is excepted."""
        yield start, phrase
        if depth >= _DEPTH_MAX or len(phrase.relations) + len(phrase.selectors) > 3:
            return
        begins = [start]
        for bridge in positions.BRIDGES:
            end = self.starts(start, bridge)
            if end:
                begins.append(end)
                break
        for begin in begins:
            first = self._texts[begin] if begin < len(self._texts) else ""
            if begin > start and (first in lexicon.SELECTORS or first in self._colors):
                yield from self._with_relations(begin + 1, self._qualified(phrase, first), depth)
            for words, selector in _SIDES.get(first, ()):
                end = self.starts(begin, words)
                if end:
                    yield from self._with_relations(
                        end, replace(phrase, selectors=(*phrase.selectors, selector)), depth
                    )
            for words, kind in _RELATIONS.get(first, ()):
                end = self.starts(begin, words)
                if end:
                    yield from self._related(end, phrase, kind, depth)
        if phrase.quantity is Quantity.ALL:
            yield from self._excepting(start, phrase, depth)

    def _qualified(self, phrase: NounPhrase, word: str) -> NounPhrase:
        """Return a phrase with an adjective that follows the noun: `the egg that is smaller`."""
        if word in lexicon.SELECTORS:
            return replace(phrase, selectors=(*phrase.selectors, lexicon.SELECTORS[word]))
        return replace(phrase, color=phrase.color or word)

    def _related(
        self, start: int, phrase: NounPhrase, kind: str, depth: int
    ) -> Iterator[tuple[int, NounPhrase]]:
        for robot in positions.ROBOT:
            end = self.starts(start, robot)
            if end and kind in ("near", "nearest", "farthest"):
                yield end, replace(phrase, relations=(*phrase.relations, Relation(kind, None)))
        for end, place in self.read(start, depth + 1):
            related = replace(phrase, relations=(*phrase.relations, Relation(kind, place)))
            yield from self._with_relations(end, related, depth + 1)

    def _excepting(self, start: int, phrase: NounPhrase, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        for words in positions.EXCEPT:
            end = self.starts(start, words)
            if end:
                for stop, excepted in self.read(end, depth + 1):
                    yield stop, replace(phrase, excepted=(excepted,))
                    after = next(self._after_list_connector(stop), 0)
                    for last, second in self.read(after, depth + 1) if after else ():
                        yield last, replace(phrase, excepted=(excepted, second))
                return

    def _is_unknown(self, position: int) -> bool:
        """Return whether a token could be a noun or adjective that nobody taught us."""
        if not 0 <= position < len(self._texts):
            return False
        word = self._texts[position]
        known = word in self._closed or word in self._nouns or word in self._colors or word in self._names
        return self._tokens[position].is_word and not known and word not in lexicon.SELECTORS
