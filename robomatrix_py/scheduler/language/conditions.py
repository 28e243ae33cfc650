"""Conditions: when a clause is to be carried out, `if the drawer is open`, `unless ...`, `once ...`, `otherwise`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from robomatrix_py.scheduler.language import grammar
from robomatrix_py.scheduler.language.frames import Frame
from robomatrix_py.scheduler.language.matcher import FrameMatcher, Value
from robomatrix_py.scheduler.language.phrases import Phrases

_STATES_MAX = 3
_BACK = {words: Phrases((words,)) for words in grammar.BACK_REFERENCES}
_FIRST_WORDS = frozenset(words.split()[0] for words in grammar.CONDITIONS)
_OTHERWISE = Phrases(grammar.OTHERWISE)
_MOMENTS = Phrases(grammar.MOMENTS)
_AFTER = Phrases(
    (*grammar.AFTER_CONDITION, *(words for words, unless in grammar.BACK_REFERENCES.items() if not unless))
)


@dataclass(frozen=True)
class State:
    """What must be the case.

    Args:
        frame: How it was said: a state, or the passive of something that is to be done first.
        values: What stands in the slots.
        words: Its words.
    """

    frame: Frame
    values: Mapping[str, Value]
    words: str


@dataclass(frozen=True)
class Condition:
    """When a clause is to be carried out.

    Args:
        states: What must be the case; nothing means what the condition before it was about.
        unless: It must not be the case.
        awaited: It is to be reached first, where it is not the case yet.
        otherwise: The clause is for the other case of the condition before it.
        trailing: It stands behind the clause, and speaks of that clause alone.
    """

    states: tuple[State, ...] = ()
    unless: bool = False
    awaited: bool = False
    otherwise: bool = False
    trailing: bool = False


class ConditionReader:
    """Reads conditions at any place of one instruction.

    Args:
        matcher: Matches frames against it.
        states: Frames of what conditions are about, by how they are said.
        passives: Frames of what is to have been done.
    """

    def __init__(self, matcher: FrameMatcher, states: Mapping[str, Sequence[Frame]], passives: Sequence[Frame]) -> None:
        self._matcher = matcher
        self._states_by_kind = states
        self._passives = passives

    def leading(self, start: int) -> Iterator[tuple[int, Condition]]:
        """Yield every condition that opens a clause, with where the clause proper begins."""
        end = _OTHERWISE.end(self._matcher.texts, start)
        if end:
            yield self._after(end), Condition(otherwise=True)
        for words, unless in grammar.BACK_REFERENCES.items():
            end = _BACK[words].end(self._matcher.texts, start)
            if end:
                yield self._after(end), Condition(unless=unless)
        for end, kind, unless in self._openings(start):
            for stop, states in self._states(end, kind, ()):
                yield self._after(stop), Condition(states, unless)
        end = _MOMENTS.end(self._matcher.texts, start)
        for stop, states in self._states(end, "is", self._passives) if end else ():
            yield self._after(stop), Condition(states, awaited=True)

    def trailing(self, position: int) -> Iterator[tuple[int, Condition]]:
        """Yield every condition that stands behind a clause, with where it ends."""
        texts = self._matcher.texts
        start = position + 1 if position < len(texts) and texts[position] == "," else position
        for end, kind, unless in self._openings(start):
            if kind == "is":
                for stop, states in self._states(end, kind, ()):
                    yield stop, Condition(states, unless, trailing=True)
        end = _MOMENTS.end(texts, start)
        for stop, states in self._states(end, "is", self._passives) if end else ():
            yield stop, Condition(states, awaited=True, trailing=True)

    def taken_up(self, position: int, condition: Condition) -> int:
        """Return where words end that say a condition again: `see if it is open, and close it if it is`; or 0."""
        for words, unless in grammar.BACK_REFERENCES.items():
            end = _BACK[words].end(self._matcher.texts, position)
            if end and not unless and not condition.unless and condition.states and not condition.awaited:
                return end
        return 0

    def _openings(self, start: int) -> Iterator[tuple[int, str, bool]]:
        if self._matcher.word(start) not in _FIRST_WORDS:
            return
        for words, (kind, unless) in grammar.CONDITIONS.items():
            end = self._matcher.starts(start, words)
            if end:
                yield end, kind, unless

    def _states(self, start: int, kind: str, passives: Sequence[Frame]) -> Iterator[tuple[int, tuple[State, ...]]]:
        """Yield one state, or several with `and` between them, the longest first."""
        waiting: list[tuple[int, tuple[State, ...]]] = [(start, ())]
        found: list[tuple[int, tuple[State, ...]]] = []
        while waiting:
            position, states = waiting.pop()
            for frame in (*self._states_by_kind[kind], *passives):
                for end, values in self._matcher.match(frame.elements, position):
                    state = State(frame, values, self._matcher.nouns.words(position, end))
                    found.append((end, (*states, state)))
                    joined = self._matcher.starts(end, "and")
                    if joined and len(states) + 1 < _STATES_MAX:
                        waiting.append((joined, (*states, state)))
        yield from sorted(found, key=lambda entry: -entry[0])

    def _after(self, position: int) -> int:
        """Return where the clause begins that a condition opens."""
        tokens = self._matcher.tokens
        while position < len(tokens):
            end = _AFTER.end(self._matcher.texts, position)
            if tokens[position].is_break:
                end = position + 1
            if not end:
                break
            position = end
        return position
