"""The timeline: one row a step, its attempts and their stages, and below what the gate and others said.

Positions along time are percentages, so that the picture is as wide as the page and its text keeps its
size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robomatrix_py.data.records import EventKind, EventRecord, StepRecord
from robomatrix_py.data.report.markup import Markup, element
from robomatrix_py.data.report.wording import duration_text
from robomatrix_py.data.run_reader import RunRecord

ROW_PX = 46
BAR_PX = 20
AXIS_PX = 22
LANE_PX = 34
_TOP_PX = 6
_TICKS_MAX = 8
_NEAR_SHARE = 0.008

NOTABLE = (
    EventKind.GATE_REFUSAL,
    EventKind.GATE_STOP,
    EventKind.GATE_RESET,
    EventKind.PROCESS_DIED,
    EventKind.RECOVERY,
    EventKind.RETRY,
    EventKind.REPLANNED,
)
"""Kinds that get a mark of their own."""


@dataclass(frozen=True)
class _Row:
    label: str
    attempts: tuple[StepRecord, ...]
    unfinished_from_s: float | None = None


def timeline(run: RunRecord) -> Markup:
    """Return the timeline of a run as a figure; without any step or event, a sentence."""
    span_s = run.last_time_s
    if span_s <= 0:
        return element("p", "Nothing was recorded on the time line.", class_="quiet")
    rows = _rows(run)
    lane_top = _TOP_PX + ROW_PX * len(rows)
    axis_top = lane_top + LANE_PX
    height = axis_top + AXIS_PX
    drawn = element(
        "svg",
        list(_grid(span_s, axis_top)),
        [list(_row(row, _TOP_PX + ROW_PX * place, span_s)) for place, row in enumerate(rows)],
        element("text", "events", x=0, y=lane_top + 20, class_="row-label"),
        list(_marks(run.events, span_s, lane_top)),
        element("line", x1="0%", x2="0%", y1=0, y2=axis_top, class_="playhead"),
        width="100%",
        height=height,
        class_="timeline",
        role="img",
        aria_label=f"Timeline of {len(run.steps)} step attempts over {duration_text(span_s)}",
        data_span=float(span_s),
    )
    return element("figure", drawn, _legend(run), class_="timeline-figure")


def _rows(run: RunRecord) -> list[_Row]:
    planned = {index: str(call) for index, call in enumerate(run.plan.steps)} if run.plan else {}
    tried = {step.index: str(step.call) for step in run.steps}
    open_steps = run.unfinished_steps
    rows = []
    for index in sorted({*planned, *tried, *open_steps}):
        attempts = tuple(step for step in run.steps if step.index == index)
        name = tried.get(index) or planned.get(index) or "step"
        note = "" if attempts or index in open_steps else " \N{EM DASH} not run"
        rows.append(_Row(f"{index + 1}  {name}{note}", attempts, open_steps.get(index)))
    return rows


def _row(row: _Row, top: int, span_s: float) -> Iterator[Markup]:
    yield element("text", row.label, x=0, y=top + 13, class_="row-label")
    bar_top = top + 19
    yield element("rect", x=0, y=bar_top, width="100%", height=BAR_PX, rx=4, class_="track")
    for attempt in row.attempts:
        yield _bar(attempt, bar_top, span_s)
    if row.unfinished_from_s is not None:
        lasted_s = span_s - row.unfinished_from_s
        title = element("title", f"cut off after {duration_text(lasted_s)}")
        at, width = _percent(row.unfinished_from_s, span_s), _percent(lasted_s, span_s)
        yield element("rect", title, x=at, y=bar_top, width=width, height=BAR_PX, class_="bar unfinished")


def _bar(step: StepRecord, top: int, span_s: float) -> Markup:
    """Return one attempt: a bar in the colour of its verdict with its stages in it."""
    outcome = step.verdict.outcome.value if step.verdict else "undecided"
    lasted_s = max(step.ended_s - step.started_s, 0.0)
    said = step.verdict.message if step.verdict else "no verdict"
    title = element("title", f"{step.call}, try {step.attempt}: {outcome}, {duration_text(lasted_s)}. {said}")
    bar = element("rect", title, width="100%", height="100%", rx=4, class_="bar")
    return element(
        "svg",
        bar,
        [
            _stage(stage.name, stage.from_s, stage.to_s, step, place)
            for place, stage in enumerate(step.stages)
        ],
        x=_percent(step.started_s, span_s),
        y=top,
        width=_percent(lasted_s, span_s),
        height=BAR_PX,
        class_=f"attempt {outcome}",
        data_t=float(step.started_s),
    )


def _stage(name: str, from_s: float, to_s: float, step: StepRecord, place: int) -> Markup:
    """Return one stage inside its bar; a name too long for it is cut at its edge."""
    lasted_s = max(step.ended_s - step.started_s, 1e-9)
    title = element("title", f"{name}: {duration_text(max(to_s - from_s, 0.0))}")
    return element(
        "svg",
        element("rect", title, width="100%", height="100%", class_="stage odd" if place % 2 else "stage"),
        element("text", name, x=5, y=14, class_="stage-name"),
        x=_percent(from_s - step.started_s, lasted_s),
        width=_percent(to_s - from_s, lasted_s),
        height=BAR_PX,
    )


def _grid(span_s: float, axis_top: int) -> Iterator[Markup]:
    step_s = tick_step_s(span_s)
    for number in range(int(span_s / step_s) + 1):
        time_s = number * step_s
        at = _percent(time_s, span_s)
        yield element("line", x1=at, x2=at, y1=0, y2=axis_top, class_="grid")
        anchor = "start" if number == 0 else "end" if time_s > 0.96 * span_s else "middle"
        yield element("text", f"{time_s:g} s", x=at, y=axis_top + 15, text_anchor=anchor, class_="tick")


def tick_step_s(span_s: float) -> float:
    """Return a round distance between ticks that gives at most eight of them."""
    step_s = 0.1
    for factor in (2.0, 2.5, 2.0) * 9:
        if span_s / step_s <= _TICKS_MAX:
            break
        step_s *= factor
    return step_s


def _marks(events: Sequence[EventRecord], span_s: float, top: int) -> Iterator[Markup]:
    for kind in NOTABLE:
        for group in _near([event for event in events if event.kind == kind], _NEAR_SHARE * span_s):
            first = group[0]
            times = f"{len(group)} \N{MULTIPLICATION SIGN} " if len(group) > 1 else ""
            title = element("title", f"{times}{first.kind} at {duration_text(first.time_s)}: {first.message}")
            at = _percent(first.time_s, span_s)
            yield element("line", x1=at, x2=at, y1=0, y2=top + 10, class_=f"drop {first.kind}")
            yield element(
                "circle", title, cx=at, cy=top + 16, r=6, class_=f"mark {first.kind}", data_t=first.time_s
            )


def _near(events: Sequence[EventRecord], gap_s: float) -> list[list[EventRecord]]:
    """Group events of one kind that would lie on top of each other."""
    groups: list[list[EventRecord]] = []
    for event in sorted(events, key=lambda item: item.time_s):
        if groups and event.time_s - groups[-1][-1].time_s <= gap_s:
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def _legend(run: RunRecord) -> Markup:
    present = {event.kind for event in run.events}
    outcomes = sorted({step.verdict.outcome.value if step.verdict else "undecided" for step in run.steps})
    items = [element("li", element("span", class_=f"swatch {outcome}"), outcome) for outcome in outcomes]
    if run.unfinished_steps:
        items.append(element("li", element("span", class_="swatch unfinished"), "cut off"))
    items += [
        element("li", element("span", class_=f"swatch dot {kind}"), kind.replace("_", " "))
        for kind in NOTABLE
        if kind in present
    ]
    return element("ul", items, class_="legend")


def _percent(part: float, whole: float) -> str:
    return f"{100 * min(max(part / whole, 0.0), 1.0):.4g}%"
