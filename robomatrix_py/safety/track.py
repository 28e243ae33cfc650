"""The rows of one action space that a lease holder sends: admitted chunk by chunk, played on one time line."""

from __future__ import annotations

from collections.abc import Callable

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.safety.admission import judge_form, judge_sequence
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.safety.timeline import Timeline

Judge = Callable[[Array, Array, float], Refusal | None]
"""Judges rows, shape (n, dims), that follow three earlier ones, shape (3, dims), by the time between rows."""


class Track:
    """Admits chunks as a whole and says what is due.

    Args:
        space: How the numbers are meant.
        names: Columns, in this order.
        judge: Judges rows against the robot's limits.
        config: Bounds on the form of chunks.
    """

    def __init__(self, space: ActionSpace, names: tuple[str, ...], judge: Judge, config: GateConfig) -> None:
        self.space = space
        self._names = names
        self._judge = judge
        self._config = config
        self._last_sequence = -1
        self.timeline: Timeline | None = None

    def begin(self) -> None:
        """Forget the time line: the next chunk begins a new one."""
        self._last_sequence = -1
        self.timeline = None

    def end(self) -> None:
        """Nothing is due any more."""
        self.timeline = None

    def admit(self, chunk: ActionChunk, rest: Array, now_s: float) -> Refusal | None:
        """Judge a chunk as a whole and put it on the time line; None means accepted.

        Args:
            chunk: The chunk.
            rest: From where a new time line starts, shape (dims,).
            now_s: Monotonic time.
        """
        refusal = judge_form(chunk, self._names, self._config, self.space)
        if refusal is not None:
            return refusal
        timeline = self.timeline
        if timeline is not None and chunk.dt_s != timeline.dt_s:
            return Refusal(RefusalCode.SHAPE, f"dt_s is {chunk.dt_s}; permitted: {timeline.dt_s} as before")
        expected = 0 if timeline is None else timeline.first_open(now_s)
        refusal = judge_sequence(chunk.sequence, self._last_sequence, expected, self._config)
        if refusal is not None:
            return refusal
        if timeline is None:
            timeline = Timeline(now_s + (1 - chunk.sequence) * chunk.dt_s, chunk.dt_s, rest)
        # Rows whose time has come are dropped: a late step is skipped, never replayed.
        first = max(chunk.sequence, timeline.first_open(now_s))
        rows = chunk.values[first - chunk.sequence :]
        if not len(rows):
            late, steps = first - chunk.sequence, len(chunk.values)
            return Refusal(RefusalCode.LATE, f"the chunk comes {late} steps late; permitted: below {steps}")
        refusal = self._judge(rows, timeline.rows(first - 3, first), chunk.dt_s)
        if refusal is not None:
            return refusal
        timeline.replace_from(first, rows, now_s)
        self.timeline = timeline
        self._last_sequence = chunk.sequence
        return None
