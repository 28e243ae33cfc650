"""The plan with its reasons, and a card for every step attempt with pictures and evidence."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data.pictures import ATTENTION, PictureName
from robomatrix_py.data.records import StepRecord
from robomatrix_py.data.report.markup import Child, Markup, element, prose
from robomatrix_py.data.report.tables import readings_table
from robomatrix_py.data.report.wording import ADVICE, OUTCOME_WORDS, duration_text
from robomatrix_py.data.run_reader import RunRecord

THUMBNAIL_PX = 640
_THUMBNAIL_QUALITY = 80


def plan_list(run: RunRecord) -> Markup:
    """Return the plan, or what the planner said instead of one."""
    plan = run.plan
    if plan is None:
        return element("p", "No plan was saved.", class_="quiet")
    notes = [element("p", note, class_="quiet") for note in plan.notes]
    for title, text in (
        ("The planner asks", plan.question),
        ("The planner refuses", plan.refused),
        ("Nothing to do", plan.already_done),
    ):
        if text:
            return element("div", element("p", element("b", f"{title}: "), text), notes)
    items = [
        element(
            "li",
            element("code", str(call)),
            element("span", _state(run, index), class_="state"),
            element("p", call.why, class_="quiet") if call.why else None,
        )
        for index, call in enumerate(plan.steps)
    ]
    return element("div", element("ol", items, class_="plan card"), notes)


def step_cards(run: RunRecord) -> Markup:
    """Return one card for every step attempt in the order of time."""
    if not run.steps:
        return element("p", "No step was carried out to its end.", class_="quiet")
    return element("div", [_card(run.folder, step) for step in run.steps])


def _card(folder: Path, step: StepRecord) -> Markup:
    again = f", try {step.attempt}" if step.attempt > 1 else ""
    lasted = f"{duration_text(step.started_s)} \N{EN DASH} {duration_text(step.ended_s)}"
    title = element("h3", f"{step.index + 1}{again}  ", element("code", str(step.call)))
    return element(
        "article",
        element("div", title, element("span", lasted, class_="when"), _chip(step.verdict), class_="top"),
        _said(step),
        _pictures(folder, step),
        readings_table(step.verdict.evidence) if step.verdict else None,
        class_="card",
    )


def _said(step: StepRecord) -> Markup:
    """Return the judge's word first, then the skill's own, which decides nothing."""
    rows: list[Child] = []
    if step.verdict:
        rows += [element("dt", "Judge"), element("dd", _sentence(step.verdict))]
        if step.verdict.cause:
            rows += [element("dt", "What to do"), element("dd", prose(ADVICE[step.verdict.cause]))]
    if step.report:
        rows += [element("dt", "Skill itself"), element("dd", _sentence(step.report))]
    return element("dl", rows, class_="said")


def _sentence(verdict: Verdict) -> Markup:
    where = f" at {verdict.stage}" if verdict.stage else ""
    cause = [" (", element("code", verdict.cause.value), f"{where})"] if verdict.cause else None
    return element("span", verdict.message or OUTCOME_WORDS[verdict.outcome], cause)


def _chip(verdict: Verdict | None) -> Markup:
    if verdict is None:
        return element("span", "no verdict", class_="quiet")
    return element("span", OUTCOME_WORDS[verdict.outcome], class_=f"chip {verdict.outcome.value}")


def _state(run: RunRecord, index: int) -> Markup:
    """Return how a step of the plan stands after its last attempt."""
    if index in run.unfinished_steps:
        return element("span", "cut off", class_="quiet")
    attempts = [step for step in run.steps if step.index == index]
    return _chip(attempts[-1].verdict) if attempts else element("span", "not run", class_="quiet")


def _pictures(folder: Path, step: StepRecord) -> Markup | None:
    paths = list(step.pictures.values())
    if before := PictureName.parse(step.pictures.get("before", "")):
        paths.insert(1, replace(before, moment=ATTENTION).path)
    figures = [figure for path in paths if (figure := _picture(folder, path))]
    return element("div", figures, class_="pictures") if figures else None


def _picture(folder: Path, path: str) -> Markup | None:
    """Return a picture inside the page, linked to its file.

    Only names that :class:`PictureName` makes are followed: a record cannot point out of the run folder.
    """
    name = PictureName.parse(path)
    if name is None:
        return None
    try:
        with Image.open(folder / path) as image:
            width, height = image.size
            image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, "JPEG", quality=_THUMBNAIL_QUALITY)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
    source = f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    picture = element("img", src=source, alt=name.caption, width=width, height=height)
    return element("figure", element("a", picture, href=path), element("figcaption", name.caption))
