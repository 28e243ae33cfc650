"""Puts the page together and writes it into the run folder."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import robomatrix_py
from robomatrix_py.data.disk import write_fault
from robomatrix_py.data.durable import write_atomic
from robomatrix_py.data.report.appendix import all_events, appendix, notable_events, world_table
from robomatrix_py.data.report.heading import heading, instruction
from robomatrix_py.data.report.markup import Child, Markup, element, join
from robomatrix_py.data.report.steps import plan_list, step_cards
from robomatrix_py.data.report.style import SCRIPT, STYLE
from robomatrix_py.data.report.tables import readings_table
from robomatrix_py.data.report.timeline import timeline
from robomatrix_py.data.report.traces import charts, read_traces
from robomatrix_py.data.run_folder import RECORDING_FILE, REPORT_FILE, VIDEO_FILE
from robomatrix_py.data.run_reader import RunRecord, read_run


def build_report(folder: Path) -> Path:
    """Build `report.html` from what is in a run folder and return its path; at any time, also again.

    Args:
        folder: The run folder, also of a run that was cut off.

    Raises:
        DataError: The folder is no run folder, or the page cannot be written.
    """
    run = read_run(folder)
    path = run.folder / REPORT_FILE
    try:
        write_atomic(path, page(run).encode("utf-8", "replace"))
    except OSError as error:
        raise write_fault(path, error) from None
    return path


def page(run: RunRecord) -> str:
    """Return the whole page of a run."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{instruction(run)} \N{MIDDLE DOT} RoboMatrix"),
        element("style", STYLE),
    )
    body = element("body", heading(run), _main(run), _footer(), element("script", SCRIPT))
    return join([Markup("<!doctype html>\n"), element("html", head, body, lang="en")]) + "\n"


def _main(run: RunRecord) -> Markup:
    evidence = readings_table(run.summary.verdict.evidence) if run.summary else None
    traces = charts(read_traces(run.folder / RECORDING_FILE), run.last_time_s)
    return element(
        "main",
        _section("What happened", _video(run.folder), timeline(run), notable_events(run)),
        _section("Plan", plan_list(run)),
        _section("Steps", step_cards(run)),
        _section("Evidence for the verdict on the task", evidence) if evidence else None,
        _section("Robot", traces) if traces else None,
        _world(run),
        _section("Log", all_events(run)) if run.events else None,
        appendix(run),
    )


def _section(title: str, *content: Child) -> Markup:
    return element("section", element("h2", title), content)


def _video(folder: Path) -> Markup | None:
    path = folder / VIDEO_FILE
    if not path.is_file() or path.stat().st_size == 0:
        return None
    hint = "Click a step, a stage or a mark in the timeline to see that moment."
    return element(
        "figure",
        element("video", src=VIDEO_FILE, controls=True, playsinline=True, muted=True, preload="auto"),
        element("figcaption", hint, class_="no-print"),
    )


def _world(run: RunRecord) -> Markup | None:
    moved = world_table(run)
    if moved is None:
        return None
    note = "From the simulator's true state. Neither the robot nor the judge could look at it."
    return _section("What truly moved in the simulation", element("p", note, class_="quiet"), moved)


def _footer() -> Markup:
    return element("footer", f"Built by RoboMatrix {robomatrix_py.__version__} from this run folder alone.")


def _policy() -> str:
    """Return the content security policy: this page's style and script and the video beside it, no more."""
    return (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; "
        "img-src data:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
