"""Matches the elements of a frame against the tokens of an instruction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from robomatrix_py.scheduler.language import grammar, lexicon
from robomatrix_py.scheduler.language.asides import ASIDES
from robomatrix_py.scheduler.language.courtesies import TRAILERS
from robomatrix_py.scheduler.language.noun_parser import NounPhraseParser
from robomatrix_py.scheduler.language.noun_phrase import MISSING, NounPhrase
from robomatrix_py.scheduler.language.patterns import Element, Group, Slot, SlotKind, Words
from robomatrix_py.scheduler.language.phrases import Phrases
from robomatrix_py.scheduler.language.tokens import Token

Value = tuple[NounPhrase, ...] | str | float
"""What stands in a slot: noun phrases, the value of a choice, or a number in the wanted unit."""

Filling = tuple[int, dict[str, Value]]
"""Where a match ends, and what stands in its slots."""

NO_UNIT = "?"
"""Before the name of a number slot whose unit was not said."""

_EFFORT_MAX = 40_000
_AFTER_ASIDE = frozenset({"so", "but", "and", "please"})
_FAR = Phrases(grammar.DISTANCES)
_AFTER_CLAUSE = Phrases((*grammar.CONNECTORS, *TRAILERS, *grammar.CONDITIONS, *grammar.MOMENTS))


class TooIntricate(Exception):
    """The instruction allows for more readings than are worth trying."""


class FrameMatcher:
    """Finds every way in which frames can stand at a place of one instruction.

    Args:
        tokens: The instruction.
        nouns: Reads noun phrases of the same tokens.
        gerunds: Verb form in -ing to its base form.
        participles: Past participle to its base form.
    """

    def __init__(
        self,
        tokens: Sequence[Token],
        nouns: NounPhraseParser,
        gerunds: Mapping[str, str],
        participles: Mapping[str, str],
    ) -> None:
        self.tokens = tokens
        self.texts = [gerunds.get(token.text, token.text) for token in tokens]
        self.said = [token.text for token in tokens]
        have = False
        for i, word in enumerate(self.texts[1:], 1):
            have = (have or self.texts[i - 1] in grammar.HAVING) and not tokens[i].is_break
            if have and self.texts[i - 1] in (*grammar.HAVING, "and"):
                self.texts[i] = participles.get(word, word)
        self._all_as_said = self.texts == self.said
        self.nouns = nouns
        self.farthest = 0
        self._effort = 0
        self._asides: dict[int, int] = {}

    def match(self, elements: Sequence[Element], position: int) -> Iterator[Filling]:
        """Yield every way to match elements from a token on.

        Raises:
            TooIntricate: There were too many ways to try.
        """
        self._effort += 1
        if self._effort > _EFFORT_MAX:
            raise TooIntricate
        self.farthest = max(self.farthest, position)
        if not elements:
            yield position, {}
            return
        first, rest = elements[0], elements[1:]
        for end, values in self._element(first, position, is_last=not rest):
            for stop, others in self.match(rest, end):
                yield stop, {**others, **values}

    def aside(self, position: int) -> int:
        """Return where words end that say nothing of a task, see :mod:`.asides`; or 0 if none begin at a place."""
        if position not in self._asides:
            ends = (
                end
                for word in self.forms(position)
                for elements in ASIDES.get(word, ())
                for end, _ in self.match(elements, position)
                if end >= len(self.tokens) or self.tokens[end].is_break or self.texts[end] in _AFTER_ASIDE
            )
            self._asides[position] = max(ends, default=0)
        return self._asides[position]

    def is_end(self, position: int) -> bool:
        """Return whether nothing but breaks follows."""
        return all(token.is_break for token in self.tokens[position:])

    def starts(self, position: int, words: str) -> int:
        """Return where fixed words that begin at a token end, or 0 if they do not stand there."""
        return self.nouns.starts(position, words)

    def _element(self, element: Element, position: int, is_last: bool) -> Iterator[Filling]:
        match element:
            case Words():
                for word in self.forms(position):
                    for option in element.by_first.get(word, ()):
                        if len(option) == 1 or self._stands(position, option):
                            yield position + len(option), {}
                if element.optional:
                    yield position, {}
            case Group():
                for word in self.forms(position):
                    for value, option in element.by_first.get(word, ()):
                        if len(option) == 1 or self._stands(position, option):
                            yield position + len(option), {element.name: value}
                for value, _ in element.by_first.get("", ()):
                    yield position, {element.name: value}
            case Slot():
                yield from self._slot(element, position)
                if element.optional:
                    yield position, {}
                elif is_last and element.kind is SlotKind.THINGS and self._may_end(position):
                    yield position, {element.name: (MISSING,)}

    def _slot(self, slot: Slot, position: int) -> Iterator[Filling]:
        match slot.kind:
            case SlotKind.THINGS:
                for end, items in self.nouns.read_list(position):
                    yield end, {slot.name: items}
            case SlotKind.THING:
                for end, item in self.nouns.read(position):
                    yield end, {slot.name: (item,)}
            case SlotKind.CHOICE:
                for value, wordings in (slot.choices or {}).items():
                    for words in wordings:
                        if self._stands(position, tuple(words.split())):
                            yield position + words.count(" ") + 1, {slot.name: value}
            case SlotKind.NUMBER:
                yield from self._number(slot, position)

    def _number(self, slot: Slot, position: int) -> Iterator[Filling]:
        begin = position
        while begin < len(self.texts):
            far = _FAR.end(self.texts, begin)
            if not far and self.texts[begin] not in grammar.ABOUT:
                break
            begin = far or begin + 1
        value, end = self._quantity(begin)
        if end == begin:
            return
        unit = self.texts[end] if end < len(self.texts) else ""
        if slot.unit == "m" and unit in lexicon.UNITS_M:
            yield end + 1, {slot.name: round(value * lexicon.UNITS_M[unit], 6)}
        elif slot.unit and unit == slot.unit:
            yield end + 1, {slot.name: value}
        elif self.tokens[begin].is_number or self.texts[begin] in lexicon.NUMBERS:
            yield end, {slot.name: value, **({f"{NO_UNIT}{slot.name}": 0.0} if slot.unit else {})}

    def _quantity(self, begin: int) -> tuple[float, int]:
        """Return a number in digits or words and where it ends; it ends where it begins if there is none."""
        for words, value in (("half a", 0.5), ("one half", 0.5), ("a", 1.0), ("an", 1.0), ("half", 0.5)):
            end = self.nouns.starts(begin, words)
            if end:
                return value, end
        word = self.texts[begin] if begin < len(self.texts) else ""
        if word in lexicon.NUMBERS:
            return float(lexicon.NUMBERS[word]), begin + 1
        # No distance has more digits; longer ones would not fit a number.
        return (float(word), begin + 1) if word[:1].isdecimal() and len(word) <= 12 else (0.0, begin)

    def _may_end(self, position: int) -> bool:
        if self.is_end(position) or self.tokens[position].is_break:
            return True
        return bool(_AFTER_CLAUSE.end(self.texts, position))

    def word(self, position: int) -> str:
        """Return the word at a place, or a blank behind the end."""
        return self.texts[position] if position < len(self.texts) else " "

    def forms(self, position: int) -> tuple[str, ...]:
        """Return the word at a place as the grammar reads it and, where that differs, as it was said."""
        word = self.word(position)
        said = self.said[position] if position < len(self.said) else word
        return (word,) if said == word else (word, said)

    def _stands(self, position: int, words: tuple[str, ...]) -> bool:
        end = position + len(words)
        if tuple(self.texts[position:end]) == words:
            return True
        if self._all_as_said or end > len(self.texts):
            return False
        return all(word in (self.texts[i], self.said[i]) for i, word in enumerate(words, position))
