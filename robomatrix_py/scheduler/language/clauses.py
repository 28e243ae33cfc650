"""Clauses: an instruction as a sequence of frames with their slots filled, every token accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from robomatrix_py.scheduler.language import grammar
from robomatrix_py.scheduler.language.conditions import Condition, ConditionReader
from robomatrix_py.scheduler.language.courtesies import PREAMBLES, TRAILERS
from robomatrix_py.scheduler.language.frames import INCOMPLETE, Frame, Sense
from robomatrix_py.scheduler.language.matcher import NO_UNIT, Filling, FrameMatcher, Value
from robomatrix_py.scheduler.language.noun_phrase import NounPhrase, Quantity
from robomatrix_py.scheduler.language.patterns import Slot, SlotKind, Words, first_words
from robomatrix_py.scheduler.language.phrases import Phrases
from robomatrix_py.scheduler.language.positions import EXCEPT

EXCEPTED = "excepted"
"""Name of the slot for what a clause leaves out of all."""

_READINGS_MAX = 12
_NO_FRAME = Frame(Sense.MENTION, (), 0)
_PREAMBLES = Phrases(PREAMBLES)
_TRAILERS = Phrases(TRAILERS)
_NEGATIONS = Phrases(grammar.NEGATIONS)
_EXCEPT = Phrases(EXCEPT)
_AFTER_NEXT = frozenset(grammar.AFTER_LINKS)
_INTRODUCTIONS = {"before": Phrases(grammar.BEFORE_OPENINGS), "after": Phrases(grammar.AFTER_OPENINGS)}
_AFTER_ONLY = frozenset({"if", "when", "whenever", "after", "before", "once", "then", "in", "not", "as", "unless"})
_POLITE = Phrases(grammar.POLITE)


@dataclass(frozen=True)
class Clause:
    """One thing that is asked for.

    Args:
        frame: How it was said.
        values: What stands in the slots: noun phrases, the value of a choice, or a number in the wanted unit.
        words: Its words.
        negated: It is asked not to happen.
        repeat: How often.
        unitless: Number slots whose unit was not said.
        follows_next: It is to happen after the clause that follows it in the text.
        introduced: It begins with `before` or `after`, so that the next clause may follow without a break.
        manner: Words on how to move.
        condition: When it is to be carried out, if that is said.
        link: What stands between it and the clause before it: ``and``, ``.`` and the like, or nothing.
        goes_first: It is to happen before all that was asked for until here: `..., but first ...`.
        is_request: Words such as `please` or `now` stand around it.
    """

    frame: Frame
    values: Mapping[str, Value]
    words: str = ""
    negated: bool = False
    repeat: int = 1
    unitless: tuple[str, ...] = ()
    follows_next: bool = False
    introduced: bool = False
    manner: tuple[str, ...] = field(default=())
    condition: Condition | None = None
    link: str = ""
    goes_first: bool = False
    is_request: bool = False

    @property
    def condition_is_awaited(self) -> bool:
        """Whether its condition is to be reached first."""
        return self.condition is not None and self.condition.awaited


def rules_out(clause: Clause) -> bool:
    """Return whether a clause says what must not happen."""
    return clause.negated or clause.frame.sense is Sense.LEAVE


def relation_count(clause: Clause) -> int:
    """Return how many words of place a clause hangs on its nouns, as in `the ball in the bowl`."""
    phrases = (p for value in clause.values.values() if isinstance(value, tuple) for p in value)
    return sum(len(phrase.relations) for phrase in phrases)


class ClauseParser:
    """Reads a whole instruction.

    Args:
        matcher: Matches frames against it.
        frames: All ways to say something.
        conditions: Reads conditions of the same instruction.
    """

    def __init__(self, matcher: FrameMatcher, frames: FrameIndex, conditions: ConditionReader) -> None:
        self._matcher = matcher
        self._frames = frames
        self._conditions = conditions
        # The clause before is kept with each entry, so that its identity stays its own.
        self._dead: dict[tuple[int, int], Clause | None] = {}
        self.stuck_at = 0

    def read(self) -> list[tuple[Clause, ...]]:
        """Return every reading of the whole instruction, the preferred one first.

        Raises:
            TooIntricate: There are too many ways to read it.
        """
        found: list[tuple[Clause, ...]] = []
        for reading in self._sequence(0, None):
            if reading not in found and not _breaks_off(reading):
                found.append(reading)
            if len(found) == _READINGS_MAX:
                break
        return found

    def _sequence(self, start: int, previous: Clause | None) -> Iterator[tuple[Clause, ...]]:
        key = (start, id(previous.frame) if previous else 0)
        if key in self._dead:
            return
        alive = False
        self.stuck_at = max(self.stuck_at, self._preamble(start)[0])
        for end, clause in self._clauses(start, previous):
            if self._matcher.is_end(end):
                if clause.frame.sense is Sense.MENTION and not clause.negated:
                    # To speak of a thing asks for nothing.
                    continue
                alive = True
                yield (clause,)
                continue
            for begin, link in self._connectors(end, clause.introduced):
                linked = replace(clause, follows_next=link in _AFTER_NEXT or clause.follows_next)
                for rest in self._sequence(begin, clause):
                    alive = True
                    negated = rest[0].negated or link == "without"
                    goes_first = rest[0].goes_first and link == "but"
                    first = replace(rest[0], negated=negated, goes_first=goes_first, link=link)
                    yield (linked, first, *rest[1:])
        if not alive:
            self._dead[key] = previous

    def _clauses(self, start: int, previous: Clause | None) -> list[tuple[int, Clause]]:
        """Return the clauses that begin at a token, preferred ones first."""
        found: list[tuple[bool, int, int, int, int, int, Clause]] = []
        for begin, opening in self._openings(start):
            for frame, (end, values) in self._fillings(begin, previous):
                for stop, clause in self._endings(begin, end, replace(opening, frame=frame, values=values)):
                    order = (frame.rank >= INCOMPLETE, relation_count(clause), -stop, frame.rank, len(found))
                    found.append((*order, stop, clause))
        return [(stop, clause) for *_, stop, clause in sorted(found, key=lambda entry: entry[:5])]

    def _openings(self, start: int) -> Iterator[tuple[int, Clause]]:
        """Yield where the clause proper may begin, and what the words before it say of it."""
        empty = Clause(_NO_FRAME, {})
        yield start, empty
        position, introduced, manner = self._preamble(start)
        for i in range(start + 1, position):
            # `could you go to the can`: such opening words may belong to the clause.
            if self._matcher.texts[i] in ("go", "come"):
                yield i, empty
        said_first = "first" in self._matcher.texts[start:position]
        empty = replace(empty, follows_next=introduced == "before", introduced=bool(introduced), manner=manner)
        is_request = any(_POLITE.end(self._matcher.texts, i) for i in range(start, position))
        empty = replace(empty, goes_first=said_first, is_request=is_request)
        if position > start:
            yield position, empty
        for begin in dict.fromkeys((start, position)):
            negated = _NEGATIONS.end(self._matcher.texts, begin)
            if negated and self._matcher.word(negated) != "only":
                yield self._preamble(negated)[0], replace(empty, negated=True)
            for after, condition in self._conditions.leading(begin):
                for proper, opening in self._openings_after_condition(after):
                    yield proper, replace(opening, condition=condition)

    def _openings_after_condition(self, start: int) -> Iterator[tuple[int, Clause]]:
        position, _, manner = self._preamble(start)
        negated = _NEGATIONS.end(self._matcher.texts, start) or _NEGATIONS.end(self._matcher.texts, position)
        yield position, Clause(_NO_FRAME, {}, manner=manner)
        if negated and self._matcher.word(negated) != "only":
            yield self._preamble(negated)[0], Clause(_NO_FRAME, {}, negated=True)

    def _endings(self, begin: int, end: int, clause: Clause) -> Iterator[tuple[int, Clause]]:
        """Yield where a clause may end, with what stands behind its frame."""
        if clause.frame.sense is Sense.MENTION and any(
            phrase.unknown for value in clause.values.values() if isinstance(value, tuple) for phrase in value
        ):
            return
        numbers = {name: value for name, value in clause.values.items() if not name.startswith(NO_UNIT)}
        unitless = tuple(name[1:] for name in clause.values if name.startswith(NO_UNIT))
        words = self._matcher.nouns.words(begin, end)
        clause = replace(clause, values=numbers, words=words, unitless=unitless)
        things = clause.values.get("object", ())
        if _of_nothing(clause):
            if clause.negated:
                # `Do not close nothing` may mean either.
                return
            clause = _ruled_out(clause)
        for stop, excepted in self._excepted(end, things if isinstance(things, tuple) else ()):
            whole = replace(clause, values={**clause.values, EXCEPTED: excepted}) if excepted else clause
            for last, repeat, trailing in self._trailers(stop):
                said_first = clause.goes_first or "first" in self._matcher.texts[stop:last]
                polite = any(_POLITE.end(self._matcher.texts, i) for i in range(stop, last))
                full = replace(whole, repeat=repeat, manner=(*clause.manner, *trailing), goes_first=said_first)
                full = replace(full, is_request=clause.is_request or polite)
                yield last, full
                if clause.condition is not None:
                    again = self._conditions.taken_up(last, clause.condition)
                    if again:
                        yield again, full
                else:
                    for after, condition in self._conditions.trailing(last):
                        for final, times, more in self._trailers(after):
                            changed = replace(full, condition=condition, repeat=max(repeat, times))
                            yield final, replace(changed, manner=(*full.manner, *more))

    def _excepted(self, end: int, phrases: Sequence[NounPhrase]) -> Iterator[tuple[int, tuple[NounPhrase, ...]]]:
        """Yield where a clause ends with what it leaves out: `put everything in the bin except the can`."""
        yield end, ()
        if not any(phrase.quantity is Quantity.ALL for phrase in phrases):
            return
        begin = end + 1 if end < len(self._matcher.texts) and self._matcher.texts[end] == "," else end
        after = _EXCEPT.end(self._matcher.texts, begin)
        if after:
            yield from self._matcher.nouns.read_list(after)

    def _fillings(self, begin: int, previous: Clause | None) -> Iterator[tuple[Frame, Filling]]:
        if begin >= len(self._matcher.texts):
            return
        for frame in self._frames.by_word.get(self._matcher.texts[begin], ()):
            for end, values in self._matcher.match(frame.elements, begin):
                yield frame, (end, values)
        after_things = {word for end, _ in self._matcher.nouns.read_list(begin) for word in self._matcher.forms(end)}
        open_frames = self._frames.open
        if previous is not None and previous.frame.wished:
            open_frames = [*open_frames, *self._frames.bare]
        for frame, after in open_frames:
            if after is not None and after_things.isdisjoint(after):
                continue
            for end, values in self._matcher.match(frame.elements, begin):
                yield frame, (end, values)
        if previous is not None:
            yield from self._gapped(begin, previous)

    def _gapped(self, begin: int, previous: Clause) -> Iterator[tuple[Frame, Filling]]:
        """Yield readings that leave out the verb: `... and the ball in the bowl`, `... and then the ball`."""
        after_things = {word for end, _ in self._matcher.nouns.read_list(begin) for word in self._matcher.forms(end)}
        first = previous.frame.elements[0]
        if isinstance(first, Slot) and first.kind is SlotKind.THINGS and previous.frame.sense is Sense.PLACE:
            # `the can goes in, then the cube`
            for end, values in self._matcher.match((first,), begin):
                if end > begin:
                    again = replace(previous.frame, rank=previous.frame.rank + INCOMPLETE)
                    yield again, (end, {**previous.values, **values})
        for frame, gap, after in self._frames.like(previous.frame):
            if len(frame.elements) > gap + 1 and not (after and after_things.isdisjoint(after)):
                for end, values in self._matcher.match(frame.elements[gap:], begin):
                    yield frame, (end, values)
            slot = frame.elements[gap]
            if frame.elements is previous.frame.elements and isinstance(slot, Slot) and slot.kind is SlotKind.THINGS:
                for end, values in self._matcher.match((slot,), begin):
                    if end == begin:
                        continue
                    yield replace(frame, rank=frame.rank + INCOMPLETE), (end, {**previous.values, **values})

    def _preamble(self, start: int) -> tuple[int, str, tuple[str, ...]]:
        """Return where the clause proper begins, the `before` or `after` opening it, and words of manner."""
        texts, said = self._matcher.texts, self._matcher.said
        position, introduced = start, ""
        manner: list[str] = []
        while position < len(texts):
            end = max(_PREAMBLES.end(texts, position), self._aside(position))
            if not end and texts[position] == "only" and self._matcher.word(position + 1) not in _AFTER_ONLY:
                # Doing no more than was asked is what happens anyway.
                end = position + 1
            for opening, phrases in _INTRODUCTIONS.items() if not end else ():
                end = max(phrases.end(texts, position), phrases.end(said, position))
                if end:
                    introduced = introduced or opening
                    break
            if not end and self._matcher.tokens[position].is_break and position > start and not introduced:
                end = position + 1
            if not end:
                break
            manner += [word for word in texts[position:end] if word in grammar.MANNER]
            position = end
        return position, introduced, tuple(manner)

    def _aside(self, start: int) -> int:
        """Return where an aside before a clause ends, with the `but` that may follow it, or 0 if there is none."""
        end = self._matcher.aside(start)
        after = end + 1 if end < len(self._matcher.tokens) and self._matcher.tokens[end].is_break else end
        return after + 1 if end and self._matcher.word(after) in ("but", "so", "and", "yet") else end

    def _trailers(self, start: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Yield where the clause may end, how often it is wanted, and words on how to move."""
        texts = self._matcher.texts
        position, repeat = start, 1
        manner: list[str] = []
        yield position, repeat, ()
        while position < len(texts):
            comma = position + 1 if self._matcher.tokens[position].is_break else position
            end = max(_TRAILERS.end(texts, comma), _TRAILERS.end(self._matcher.said, comma), self._matcher.aside(comma))
            for words, times in grammar.REPEATS.items():
                stop = self._matcher.starts(position, words)
                if stop:
                    end, repeat = stop, times
            if not end:
                return
            said = " ".join(texts[comma:end])
            manner += [said] if said in grammar.DEGREES else []
            position = end
            yield position, repeat, tuple(manner)

    def _connectors(self, position: int, introduced: bool) -> Iterator[tuple[int, str]]:
        """Yield where the next clause begins, and what links it to this one.

        After an introductory `before ...` or `after ...` nothing needs to stand between.
        """
        tokens, begin, link = self._matcher.tokens, position, ""
        while begin < len(tokens) and tokens[begin].is_break:
            link = "." if "." in (link, tokens[begin].text) else ","
            begin += 1
        is_linked = False
        for words in grammar.CONNECTORS:
            end = self._matcher.starts(begin, words)
            if end:
                is_linked = True
                yield end, "." if link == "." else words
        if begin > position or (introduced and not is_linked):
            yield begin, link


def _breaks_off(clauses: Sequence[Clause]) -> bool:
    """Return whether nothing follows a clause that only says before or after what something is to be done."""
    is_open = False
    for clause in clauses:
        is_open = clause.introduced or (is_open and clause.link == "and")
    return is_open


def _of_nothing(clause: Clause) -> bool:
    """Return whether a clause is about nothing: `close nothing`."""
    phrases = (p for value in clause.values.values() if isinstance(value, tuple) for p in value)
    return any(phrase.quantity is Quantity.NONE for phrase in phrases)


def _ruled_out(clause: Clause) -> Clause:
    """Return `do not close anything` for `close nothing`."""
    values = {
        name: tuple(replace(p, quantity=Quantity.ALL) if p.quantity is Quantity.NONE else p for p in value)
        if isinstance(value, tuple)
        else value
        for name, value in clause.values.items()
    }
    return replace(clause, values=values, negated=True)


class FrameIndex:
    """Frames by their first word.

    Args:
        frames: All ways to say something.
        bare: Those without a verb, which go on with what the clause before wishes for.
    """

    def __init__(self, frames: Sequence[Frame], bare: Sequence[Frame]) -> None:
        self.by_word, open_frames = _index(frames)
        self.open = [(frame, _words_after_things(frame)) for frame in open_frames]
        self.bare = [(frame, _words_after_things(frame)) for frame in bare]
        self._alike: dict[tuple[Sense, str], list[tuple[Frame, int, frozenset[str] | None]]] = {}
        for frame in frames:
            gap = next((i for i, element in enumerate(frame.elements) if isinstance(element, Slot)), 0)
            slot = frame.elements[gap]
            if gap and isinstance(slot, Slot) and slot.kind is SlotKind.THINGS:
                like = self._alike.setdefault(_kind(frame), [])
                like.append((frame, gap, _words_after_things(frame, gap)))

    def like(self, frame: Frame) -> Sequence[tuple[Frame, int, frozenset[str] | None]]:
        """Return the frames of the same meaning that begin with a verb, where its object stands and what follows."""
        return self._alike.get(_kind(frame), ())


def _kind(frame: Frame) -> tuple[Sense, str]:
    return frame.sense, frame.skill.name if frame.skill else ""


def _index(frames: Sequence[Frame]) -> tuple[dict[str, list[Frame]], list[Frame]]:
    """Return frames by their first word, and those that begin with a slot."""
    by_word: dict[str, list[Frame]] = {}
    open_frames = []
    for frame in frames:
        first = frame.elements[0]
        if isinstance(first, Words) and not first.optional:
            for word in sorted({option[0] for option in first.options}):
                by_word.setdefault(word, []).append(frame)
        else:
            open_frames.append(frame)
    return by_word, open_frames


def _words_after_things(frame: Frame, at: int = 0) -> frozenset[str] | None:
    """Return the words of which one must follow the noun phrases of a frame's first slot, or None if anything may."""
    first, *rest = frame.elements[at:]
    return first_words(rest) if isinstance(first, Slot) else None
