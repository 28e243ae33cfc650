"""Clauses: an instruction as a sequence of frames with their slots filled, every token accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from robomatrix_py.scheduler.language import grammar
from robomatrix_py.scheduler.language.frames import INCOMPLETE, Frame
from robomatrix_py.scheduler.language.matcher import NO_UNIT, Filling, FrameMatcher, Value
from robomatrix_py.scheduler.language.patterns import Slot, SlotKind, Words

_READINGS_MAX = 12


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


class ClauseParser:
    """Reads a whole instruction.

    Args:
        matcher: Matches frames against it.
        frames: All ways to say something.
    """

    def __init__(self, matcher: FrameMatcher, frames: Sequence[Frame]) -> None:
        self._matcher = matcher
        self._frames = frames
        self._frames_by_word, self._open_frames = _index(frames)
        self._dead: set[tuple[int, int]] = set()
        self.stuck_at = 0

    def read(self) -> list[tuple[Clause, ...]]:
        """Return every reading of the whole instruction, the preferred one first.

        Raises:
            TooIntricate: There are too many ways to read it.
        """
        found: list[tuple[Clause, ...]] = []
        for reading in self._sequence(0, None):
            if reading not in found:
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
                alive = True
                yield (clause,)
                continue
            for begin, after, without in self._connectors(end, clause.introduced):
                linked = replace(clause, follows_next=after or clause.follows_next)
                for rest in self._sequence(begin, clause):
                    alive = True
                    first = replace(rest[0], negated=rest[0].negated or without)
                    yield (linked, first, *rest[1:])
        if not alive:
            self._dead.add(key)

    def _clauses(self, start: int, previous: Clause | None) -> list[tuple[int, Clause]]:
        """Return the clauses that begin at a token, preferred ones first."""
        begin, introduced, manner = self._preamble(start)
        negation = self._negation(start) or self._negation(begin)
        if negation:
            begin = self._preamble(negation)[0]
        found: list[tuple[bool, int, int, int, int, Clause]] = []
        for frame, (end, values) in self._fillings(begin, previous):
            for stop, repeat, trailing in self._trailers(end):
                numbers = {name: value for name, value in values.items() if not name.startswith(NO_UNIT)}
                clause = Clause(
                    frame,
                    numbers,
                    self._matcher.nouns.words(begin, end),
                    bool(negation),
                    repeat,
                    tuple(name[1:] for name in values if name.startswith(NO_UNIT)),
                    introduced == "before",
                    bool(introduced),
                    (*manner, *trailing),
                )
                found.append((frame.rank >= INCOMPLETE, -stop, frame.rank, len(found), stop, clause))
        return [(stop, clause) for *_, stop, clause in sorted(found, key=lambda entry: entry[:4])]

    def _negation(self, position: int) -> int:
        """Return where a negation that begins at a token ends, or 0."""
        return max(self._matcher.starts(position, words) for words in grammar.NEGATIONS)

    def _fillings(self, begin: int, previous: Clause | None) -> Iterator[tuple[Frame, Filling]]:
        if begin >= len(self._matcher.texts):
            return
        for frame in (*self._frames_by_word.get(self._matcher.texts[begin], ()), *self._open_frames):
            for end, values in self._matcher.match(frame.elements, begin):
                yield frame, (end, values)
        if previous is not None:
            yield from self._gapped(begin, previous)

    def _gapped(self, begin: int, previous: Clause) -> Iterator[tuple[Frame, Filling]]:
        """Yield readings that leave out the verb: `... and the ball in the bowl`, `... and then the ball`."""
        for frame in self._frames:
            gap = next((i for i, element in enumerate(frame.elements) if isinstance(element, Slot)), 0)
            alike = frame.sense is previous.frame.sense and frame.skill is previous.frame.skill
            if gap == 0 or not (alike or frame.elements[:gap] == previous.frame.elements[:gap]):
                continue
            if len(frame.elements) > gap + 1:
                for end, values in self._matcher.match(frame.elements[gap:], begin):
                    yield frame, (end, values)
            slot = frame.elements[gap]
            if frame is previous.frame and isinstance(slot, Slot) and slot.kind is SlotKind.THINGS:
                for end, values in self._matcher.match((slot,), begin):
                    if end == begin:
                        continue
                    yield replace(frame, rank=frame.rank + INCOMPLETE), (end, {**previous.values, **values})

    def _preamble(self, start: int) -> tuple[int, str, tuple[str, ...]]:
        """Return where the clause proper begins, the `before` or `after` opening it, and words of manner."""
        position, introduced = start, ""
        manner: list[str] = []
        while position < len(self._matcher.texts):
            end = max((self._matcher.starts(position, words) for words in grammar.PREAMBLES), default=0)
            if not end and self._matcher.texts[position] in ("before", "after"):
                introduced = introduced or self._matcher.texts[position]
                end = self._matcher.starts(position + 1, "you") or position + 1
            if not end and self._matcher.texts[position] == "," and position > start:
                end = position + 1
            if not end:
                break
            manner += [word for word in self._matcher.texts[position:end] if word in grammar.MANNER]
            position = end
        return position, introduced, tuple(manner)

    def _trailers(self, start: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Yield where the clause may end, how often it is wanted, and words on how to move."""
        position, repeat = start, 1
        manner: list[str] = []
        yield position, repeat, ()
        while position < len(self._matcher.texts):
            comma = position + 1 if self._matcher.texts[position] == "," else position
            end = max((self._matcher.starts(comma, words) for words in grammar.TRAILERS), default=0)
            for words, times in grammar.REPEATS.items():
                stop = self._matcher.starts(position, words)
                if stop:
                    end, repeat = stop, times
            if not end:
                return
            said = " ".join(self._matcher.texts[comma:end])
            manner += [said] if said in grammar.MANNER or said in grammar.DEGREES else []
            position = end
            yield position, repeat, tuple(manner)

    def _connectors(self, position: int, introduced: bool) -> Iterator[tuple[int, bool, bool]]:
        """Yield where the next clause begins, whether it comes first, and whether it is ruled out.

        After an introductory `before ...` or `after ...` nothing needs to stand between.
        """
        begin = position
        while begin < len(self._matcher.texts) and self._matcher.tokens[begin].is_break:
            begin += 1
        for words in grammar.CONNECTORS:
            end = self._matcher.starts(begin, words)
            if end:
                yield end, words in ("after", "after you"), words == "without"
        if begin > position or introduced:
            yield begin, False, False


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
