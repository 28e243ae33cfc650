"""The head of the page: what was asked, how it ended and why, and under which conditions."""

from __future__ import annotations

from pathlib import Path

from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.records import EventKind
from robomatrix_py.data.report.markup import Child, Markup, element, prose
from robomatrix_py.data.report.wording import ADVICE, OUTCOME_WORDS, duration_text
from robomatrix_py.data.run_folder import REHEARSAL_FOLDER, REPORT_FILE
from robomatrix_py.data.run_reader import RunRecord

_INSTRUCTION_MAX = 240
SIM_TRUTH = "sim_truth"
_SIM_TRUTH_NOTE = "perception: sim_truth, the simulator's own state with noise, not a camera"


def heading(run: RunRecord) -> Markup:
    """Return the page's header."""
    return element(
        "header",
        element("div", f"RoboMatrix run \N{MIDDLE DOT} {run.folder.resolve().name}", class_="eyebrow"),
        element("h1", f"\N{LEFT DOUBLE QUOTATION MARK}{instruction(run)}\N{RIGHT DOUBLE QUOTATION MARK}"),
        _verdict(run.summary.verdict) if run.summary else _no_verdict(run),
        _facts(run),
        _perception_note(run),
    )


def instruction(run: RunRecord) -> str:
    """Return the person's words, their beginning if they are many, or a stand-in where none were saved."""
    words = run.summary.instruction if run.summary else run.plan.instruction if run.plan else ""
    if len(words) > _INSTRUCTION_MAX:
        words = words[:_INSTRUCTION_MAX].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return words or "(no instruction was saved)"


def _verdict(verdict: Verdict) -> Markup:
    rows: list[Child] = []
    if verdict.cause is not None:
        stage = f", at {verdict.stage}" if verdict.stage else ""
        rows += [element("dt", "Cause"), element("dd", element("code", verdict.cause.value), stage)]
        rows += [element("dt", "What to do"), element("dd", prose(ADVICE[verdict.cause]))]
    return element(
        "section",
        element("strong", OUTCOME_WORDS[verdict.outcome]),
        element("p", verdict.message) if verdict.message else None,
        element("dl", rows) if rows else None,
        class_=f"verdict {verdict.outcome.value}",
    )


def _no_verdict(run: RunRecord) -> Markup:
    """Say that nothing is known of the end; a run without a verdict is never a success."""
    last = run.events[-1] if run.events else None
    rows: list[Child] = []
    if last is not None:
        said = f"{last.message or last.kind} ({last.source}, {duration_text(last.time_s)})"
        rows += [element("dt", "Last sign"), element("dd", said)]
    rows += [
        element("dt", "What to do"),
        element("dd", prose("See the last events below, run `robomatrix doctor`, and start the task again.")),
    ]
    return element(
        "section",
        element("strong", "Cut off"),
        element("p", "The run has no verdict: it was killed, the power failed, or it is still going on."),
        element("dl", rows),
        class_="verdict undecided",
    )


def _facts(run: RunRecord) -> Markup | None:
    summary = run.summary
    if summary is None:
        return None
    facts: dict[str, Child] = {
        "Duration": duration_text(summary.duration_s),
        "Steps verified": f"{summary.steps_done} of {summary.steps_total}",
        "Robot": summary.robot,
        "Scene": summary.scene,
        "Seed": "none" if summary.seed is None else summary.seed,
        "Planner": summary.planner,
        "Perception": summary.perception,
        "Mode": {"ros": "ROS 2", "lockstep": "lock-step, without ROS"}.get(summary.mode, summary.mode),
    }
    rehearsed = next((event for event in run.events if event.kind == EventKind.REHEARSAL), None)
    if rehearsed is not None:
        facts["Rehearsal"] = _rehearsal(run.folder, rehearsed.fields.get("outcome"))
    cells = [element("div", element("dt", name), element("dd", value)) for name, value in facts.items()]
    return element("dl", cells, class_="facts")


def _rehearsal(folder: Path, outcome: object) -> Child:
    """Return how the rehearsal ended, with the way to its own report."""
    words = next((words for known, words in OUTCOME_WORDS.items() if known == outcome), "Could not be held")
    # The address is ours: nothing that stands in the run's files becomes one.
    address = f"{REHEARSAL_FOLDER}/{REPORT_FILE}"
    return element("a", words, href=address) if (folder / address).is_file() else words


def _perception_note(run: RunRecord) -> Markup | None:
    if run.summary is None or run.summary.perception != SIM_TRUTH:
        return None
    return element("p", _SIM_TRUTH_NOTE, class_="note")
