"""Reads noun phrases from the tokens of an instruction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from robomatrix_py.scheduler.language import lexicon, positions
from robomatrix_py.scheduler.language.noun_phrase import NounPhrase, Quantity, Relation
from robomatrix_py.scheduler.language.phrases import Phrases
from robomatrix_py.scheduler.language.tokens import Token
from robomatrix_py.scheduler.language.vocabulary import Vocabulary

_IN_HAND = Phrases(lexicon.HELD_THING)
_EVERYTHING = Phrases(lexicon.EVERYTHING)
_CONTENTS = Phrases(lexicon.CONTENTS)
_IDLE = Phrases(lexicon.IDLE_TAILS)
_EXTREMES = {"near": "nearest", "far": "farthest"}
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
        self._lists: dict[int, list[tuple[int, tuple[NounPhrase, ...]]]] = {}
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
        if start not in self._lists:
            self._lists[start] = self._read_list(start)
        return self._lists[start]

    def _read_list(self, start: int) -> list[tuple[int, tuple[NounPhrase, ...]]]:
        found: list[tuple[int, tuple[NounPhrase, ...]]] = []
        both = self.starts(start, "both") or self.starts(start, "not only") or self.starts(start, "only")
        if self.starts(start, "not only"):
            for end, item in self.read(both):
                begin = self.starts(end, "but") or self.starts(end, ", but")
                found += [(stop, (item, other)) for stop, other in self.read(begin)] if begin else []
        if both:
            pairs = [e for e in self.read_list(both) if len(e[1]) == 2 or self._texts[start] == "only"]
            return [*found, *pairs, *((end, (item,)) for end, item in self.read(start))]
        open_lists: list[tuple[int, tuple[NounPhrase, ...]]] = [(end, (item,)) for end, item in self.read(start)]
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
        for connector in lexicon.LIST_CONNECTORS:
            end = self.starts(position, connector)
            if end:
                yield end
                return

    def _readings(self, start: int, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        if start >= len(self._texts):
            return
        first = self._texts[start]
        held = _IN_HAND.end(self._texts, start)
        if held:
            yield held, NounPhrase(self.words(start, held), pronoun=lexicon.IN_HAND)
        contents = _CONTENTS.end(self._texts, start)
        if contents:
            yield from self._related(contents, NounPhrase(first, quantity=Quantity.ALL), "from", depth)
        whole = _EVERYTHING.end(self._texts, start)
        if self.words(start, whole) in lexicon.THEM_ALL:
            yield whole, NounPhrase(first, pronoun="them")
            return
        if first in lexicon.PRONOUNS:
            yield start + 1, NounPhrase(first, pronoun=first)
        if whole:
            rest = self.starts(whole, "else") or whole
            other = rest > whole or self.words(start, whole) in lexicon.THE_REST
            everything = NounPhrase(first, quantity=Quantity.ALL, other=other)
            yield from self._with_relations(rest, everything, depth)
            return
        if first == "nothing":
            rest = self.starts(start + 1, "else") or start + 1
            yield from self._with_relations(
                rest, NounPhrase(first, quantity=Quantity.NONE, other=rest > start + 1), depth
            )
            return
        if first == "all":
            yield from self._excepting(start + 1, NounPhrase(first, quantity=Quantity.ALL), depth)
        if self.words(start, start + 2) in ("the contents", "its contents") and not self.starts(start + 2, "of"):
            yield start + 2, NounPhrase(first, pronoun="them")
        if first in lexicon.WHICHEVER:
            yield from self._whichever(start + 1, depth)
            return
        if first == "anything":
            rest = self.starts(start + 1, "else") or start + 1
            anything = NounPhrase(first, quantity=Quantity.ANY, other=rest > start + 1)
            yield from self._with_relations(rest, anything, depth)
            return
        if first in positions.PERSONS:
            yield start + 1, NounPhrase(first, unknown=(first,))
        if first == "something":
            yield start + 1, NounPhrase(first, pronoun="something")
        for position, phrase in self._quantified(start):
            yield from self._modified(position, phrase, depth)

    def _whichever(self, start: int, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        """Read `whichever cube is nearest to the can`: the cube that is nearest to the can."""
        for position, phrase in self._modified(start, NounPhrase(""), depth):
            bridged = self._texts[position] if position < len(self._texts) else ""
            if bridged in ("is", "are", "lies", "stands", "sits", "happens") and not phrase.unknown:
                begin = self.starts(position, "happens to be") or position + 1
                begin = self.starts(begin, "the") or begin
                yield from self._placed(position, begin, replace(phrase, quantity=Quantity.THE), depth)

    def _quantified(self, start: int) -> Iterator[tuple[int, NounPhrase]]:
        """Yield what the words before the adjectives say."""
        position, phrase = start, NounPhrase("")
        word = self._texts[start]
        after = self._texts[start + 1] if start + 1 < len(self._texts) else ""
        if word in lexicon.ALL:
            position, phrase = start + 1, replace(phrase, quantity=Quantity.ALL)
            if after in ("one", "last") and self.starts(start + 2, "of"):
                position += 1
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
        count = self._count(position)
        if count >= 2:
            indefinite = position == start or phrase.quantity is Quantity.ANY
            of_them = next((end for end in (self.starts(position + 1, "of"),) if end), 0)
            if of_them and self._texts[of_them : of_them + 1] and self._texts[of_them] in lexicon.DETERMINERS:
                of_them += 1
            counted = replace(phrase, count=count, quantity=Quantity.ALL, any_of_them=indefinite or bool(of_them))
            yield of_them or position + 1, counted
        yield position, phrase

    def _count(self, position: int) -> int:
        """Return the number of things that is said at a place, or 0."""
        if position >= len(self._texts):
            return 0
        word = self._texts[position]
        if self._tokens[position].is_number and word.isdecimal() and len(word) < 3:
            return int(word)
        return lexicon.NUMBERS.get(word, 0)

    def _modified(self, start: int, phrase: NounPhrase, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        """Read adjectives, then the noun, then what follows it."""
        position = start
        while position < len(self._texts):
            yield from self._with_head(position, phrase, depth)
            word = self._texts[position]
            if (
                word in lexicon.SHADES
                and self._texts[position + 1 : position + 2]
                and (self._texts[position + 1] in self._colors or phrase.color)
            ):
                # `dark blue` is blue here: scenes know no shades.
                position += 1
                continue
            if word in self._colors and not phrase.color:
                phrase = replace(phrase, color=word)
            elif (
                word == "of"
                and phrase.selectors
                and self.starts(position, "of the")
                and self._texts[position - 1] not in positions.SIDE_WORDS
            ):
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
        idle = _IDLE.end(self._texts, start)
        if idle:
            whatever = phrase.quantity is Quantity.ANY and self._texts[start] in ("you", "we", "i")
            found = replace(phrase, quantity=Quantity.ALL) if whatever and not phrase.count else phrase
            yield from self._with_relations(idle, found, depth)
        if depth >= _DEPTH_MAX or len(phrase.relations) + len(phrase.selectors) > 3:
            return
        begins = [start]
        for bridge in positions.BRIDGES:
            end = self.starts(start, bridge)
            if end:
                begins.append(end)
                break
        for begin in begins:
            yield from self._placed(start, begin, phrase, depth)
        yield from self._told_in_passing(start, phrase, depth)
        kind = _EXTREMES.get(phrase.selectors[-1], "") if phrase.selectors else ""
        if kind and first_word(self._texts, start) in ("to", "from"):
            # `the nearest bottle to the can`
            yield from self._related(start + 1, replace(phrase, selectors=phrase.selectors[:-1]), kind, depth)
        if phrase.quantity is Quantity.ALL:
            yield from self._excepting(start, phrase, depth)

    def _placed(self, start: int, begin: int, phrase: NounPhrase, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        """Read where a thing is, from where its phrase ends and from where the words of place begin."""
        first = self._texts[begin] if begin < len(self._texts) else ""
        if first == "right" and self._texts[begin + 1 : begin + 2] in (["next"], ["beside"], ["by"], ["behind"]):
            begin, first = begin + 1, self._texts[begin + 1]
        related = [(self.starts(begin, words), kind) for words, kind in _RELATIONS.get(first, ())]
        for end, kind in related:
            if end and not (first == "besides" and phrase.quantity is Quantity.ALL):
                yield from self._related(end, phrase, kind, depth)
        if any(end > begin + 1 for end, _ in related):
            # `to the right of the bowl` is not `on the right`, nor `closest to the can` `closest`.
            return
        if begin > start and (first in lexicon.SELECTORS or first in self._colors):
            yield from self._with_relations(begin + 1, self._qualified(phrase, first), depth)
        for words, selector in _SIDES.get(first, ()):
            end = self.starts(begin, words)
            if end:
                selected = replace(phrase, selectors=(*phrase.selectors, selector))
                yield from self._with_relations(end, selected, depth)

    def _told_in_passing(self, start: int, phrase: NounPhrase, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        """Read `, which is in the bowl,` and `, the one in the bowl,`."""
        for words in positions.IN_PASSING if first_word(self._texts, start) == "," else ():
            begin = self.starts(start, words)
            for end, told in self._placed(start, begin, phrase, depth) if begin else ():
                yield self.starts(end, ",") or end, told

    def _qualified(self, phrase: NounPhrase, word: str) -> NounPhrase:
        """Return a phrase with an adjective that follows the noun: `the egg that is smaller`."""
        if word in lexicon.SELECTORS:
            return replace(phrase, selectors=(*phrase.selectors, lexicon.SELECTORS[word]))
        return replace(phrase, color=phrase.color or word)

    def _related(self, start: int, phrase: NounPhrase, kind: str, depth: int) -> Iterator[tuple[int, NounPhrase]]:
        for robot in positions.ROBOT:
            end = self.starts(start, robot)
            if end and kind in ("near", "nearest", "farthest"):
                yield end, replace(phrase, relations=(*phrase.relations, Relation(kind, None)))
        for end, place in self.read(start, depth + 1):
            if kind == "of" and phrase.same_kind:
                # `the leftmost one of the cubes`
                chosen = replace(place, quantity=phrase.quantity, selectors=(*place.selectors, *phrase.selectors))
                yield from self._with_relations(end, chosen, depth + 1)
                continue
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


def first_word(texts: Sequence[str], position: int) -> str:
    """Return the word at a place, or an empty string behind the end."""
    return texts[position] if position < len(texts) else ""
