"""Corrections in a whole run: they move the tool through the gate, are kept, and are offered again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.data.corrections import CORRECTIONS_FILE, corrected_spans, in_spans, read_corrections
from robomatrix_py.data.recording_reader import read_messages
from robomatrix_py.data.run_folder import EVENTS_FILE, RECORDING_FILE, RunFolder
from robomatrix_py.runtime.lockstep_run import TaskOutcome, make_rig, run_lockstep
from robomatrix_py.settings.settings import resolve

TASK = "move to the red cube"


def carry_out(folder: Path, *said: tuple[float, str]) -> tuple[TaskOutcome, Array, int]:
    """Return how a run ended, where the tool is then, and how many chunks the gate refused."""
    folder.mkdir(parents=True)
    faults: list[DataError] = []
    settings = resolve(["seed=2"])
    rig = make_rig(settings)
    run = RunFolder(folder, faults.append)
    outcome = run_lockstep(TASK, settings, 60.0, run, video=False, rig=rig, corrections=said)
    assert faults == []
    return outcome, rig.tool_pose().position_m, rig.gate.status.chunks_refused


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = map(json.loads, (folder / EVENTS_FILE).read_text().splitlines())
    return [line for line in lines if line["kind"] == kind]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def plain(runs: Path) -> Array:
    outcome, tool_m, _ = carry_out(runs / "2025-01-01_plain")
    assert outcome.verdict.succeeded
    return tool_m


@pytest.fixture(scope="module")
def corrected(runs: Path, plain: Array) -> Path:
    """Return the folder of a run that was corrected in its midst, before it began, and after its end."""
    folder = runs / "2025-01-02_corrected"
    said = [(0.05, "left"), (1.0, "a bit to the left"), (1.1, "up and down"), (99.0, "lower")]
    outcome, tool_m, refused = carry_out(folder, *said)
    assert outcome.verdict.succeeded
    assert tool_m - plain == pytest.approx([0.0, 0.01, 0.0], abs=1e-3)
    assert refused == 0
    return folder


def test_it_is_kept_with_what_was_seen(corrected: Path) -> None:
    records = read_corrections(corrected)
    assert [(record["text"], record["accepted"]) for record in records] == [
        ("left", False),
        ("a bit to the left", True),
        ("up and down", False),
        ("lower", False),
    ]
    one = records[1]
    assert (one["skill"], one["stage"]) == ("move_to", "approach")
    assert one["seen"]["objects"]["red_cube"]["visible"] is True
    assert len(one["seen"]["tool_position_m"]) == 3
    assert "contradict" in records[2]["reason"] and "no task" in records[3]["reason"]
    assert [event["fields"]["text"] for event in events(corrected, "correction")] == [r["text"] for r in records]


def test_the_time_before_it_is_marked_in_folder_and_recording(corrected: Path) -> None:
    ((begin_s, end_s),) = corrected_spans(corrected)
    assert 0.0 < begin_s < end_s == pytest.approx(1.0)
    assert in_spans([begin_s - 0.01, begin_s + 0.01, end_s, end_s + 0.01], [(begin_s, end_s)]).tolist() == [
        *(False, True),
        *(True, False),
    ]
    marks = [
        (message.log_time_ns, json.loads(message.data))
        for message in read_messages(corrected / RECORDING_FILE)
        if message.topic == "corrections"
    ]
    assert [mark["accepted"] for _, mark in marks] == [False, True, False, False]
    assert marks[1][0] == pytest.approx(1e9)
    assert marks[1][1]["span_before_s"] == pytest.approx(end_s - begin_s, abs=1e-3)


def test_it_is_offered_in_the_next_run_and_not_applied(runs: Path, corrected: Path, plain: Array) -> None:
    del corrected
    outcome, tool_m, _ = carry_out(runs / "2025-01-03_next")
    assert outcome.verdict.succeeded
    (offer,) = events(runs / "2025-01-03_next", "correction_offered")
    assert offer["fields"]["text"] == "a bit to the left"
    assert offer["fields"]["run"] == "2025-01-02_corrected"
    assert tool_m == pytest.approx(plain, abs=1e-9)


def test_a_stop_latches_and_ends_the_task(tmp_path: Path) -> None:
    outcome, _, _ = carry_out(tmp_path / "run", (1.0, "stop"), (1.05, "go on"))
    assert outcome.verdict.cause is Cause.STOPPED
    assert outcome.simulated_s < 2.0
    assert corrected_spans(tmp_path / "run")


def test_damaged_lines_are_left_out_and_spans_are_joined(tmp_path: Path) -> None:
    accepted = {"accepted": True}
    lines = [
        json.dumps({"time_s": 4.0, "span_before_s": 2.0} | accepted),
        "{", "[]", "\x00", json.dumps({"time_s": "now"}), json.dumps({"time_s": 5.0, "span_before_s": "x"} | accepted),
        json.dumps({"time_s": 5.0, "span_before_s": 2.0} | accepted),
        json.dumps({"time_s": 9.0, "span_before_s": 1.0, "accepted": False}),
        json.dumps({"time_s": 9.5, "span_before_s": 0.5} | accepted),
    ]  # fmt: skip
    (tmp_path / CORRECTIONS_FILE).write_text("\n".join(lines))
    assert corrected_spans(tmp_path) == [(2.0, 5.0), (9.0, 9.5)]
    assert corrected_spans(tmp_path / "nowhere") == []
    assert not np.any(in_spans([1.0, 2.0], []))


@pytest.mark.parametrize(("said", "outcome"), [("the red cube", "succeeded"), ("no", "failed"), ("", "failed")])
def test_question_is_answered_before_anything_moves(said: str, outcome: str, tmp_path: Path) -> None:
    asked = []

    def answer(question: str, wait_s: float) -> str:
        asked.append((question, wait_s))
        return said

    folder = RunFolder(tmp_path, lambda _fault: None)
    ended = run_lockstep("pick it up", resolve(["seed=2"]), 60.0, folder, video=False, answer=answer)
    assert [wait_s for _, wait_s in asked] == [20.0]
    assert "what does 'it' mean?" in asked[0][0]
    assert ended.verdict.outcome == outcome
    told = [line["message"] for kind in ("question", "answer") for line in events(tmp_path, kind)]
    assert "(answer within 20 s; nothing moves meanwhile)" in told[0]
    assert told[1] == f"answered: {said or 'no'!r}"
    steps = ended.status.plan.steps if ended.status.plan else ()
    assert [step.skill for step in steps] == (["grasp"] if said == "the red cube" else [])


@pytest.mark.parametrize(("said", "skill"), [("pick it up", "grasp"), ("pick up", "grasp"), ("paint it too", "")])
def test_verb_that_is_not_known_is_asked_about(said: str, skill: str) -> None:
    asked = []

    def answer(question: str, _wait_s: float) -> str:
        asked.append(question)
        return said

    ended = run_lockstep("polish the red cube", resolve(["seed=2"]), 60.0, None, video=False, answer=answer)
    assert "what is to be done with the red cube? 'polish' is not understood" in asked[0]
    assert len(asked) == (1 if skill else 3)
    assert ended.verdict.outcome == ("succeeded" if skill else "failed")
    steps = ended.status.plan.steps if ended.status.plan else ()
    assert [step.skill for step in steps] == ([skill] if skill else [])


def test_question_that_nobody_answers_ends_the_task() -> None:
    settings = resolve(["seed=2", "planning.question_s=2"])
    ended = run_lockstep("pick it up", settings, 60.0, None, video=False, corrections=[(50.0, "hello")])
    assert ended.verdict.cause is Cause.PLAN_INVALID
    assert "no answer came within 2 s, and nothing was moved" in ended.verdict.message
    assert 2.0 < ended.simulated_s < 5.0
