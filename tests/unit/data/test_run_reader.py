"""What was written is read back, and of a run that was cut off everything that is whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from example_run import CALLS, HELD, LOST, PLAN, summary
from hypothesis import given, settings
from hypothesis import strategies as st

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.verdict import Outcome, Verdict
from robomatrix_py.data.json_text import json_line
from robomatrix_py.data.records import (
    EventKind,
    EventRecord,
    RecordError,
    RunSummary,
    StageSpan,
    StepRecord,
    plan_from_json,
)
from robomatrix_py.data.run_reader import read_run

finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"]))
# Empty evidence only: what JSON cannot tell apart, such as tuples and lists, is no concern here.
unhappy = st.sampled_from([Outcome.FAILED, Outcome.UNDECIDED])
verdicts = st.builds(Verdict.success, words, words) | st.builds(Verdict, unhappy, words, st.sampled_from(Cause), words)
steps = st.builds(
    StepRecord,
    index=st.integers(0, 99),
    attempt=st.integers(1, 9),
    skill=words,
    arguments=st.dictionaries(words, words | finite),
    why=words,
    started_s=finite,
    ended_s=finite,
    stages=st.lists(st.builds(StageSpan, words, finite, finite)).map(tuple),
    report=st.none() | verdicts,
    verdict=st.none() | verdicts,
    pictures=st.dictionaries(st.sampled_from(["before", "after"]), words),
)


@given(steps)
def test_step_survives_the_way_to_disk(step: StepRecord) -> None:
    assert StepRecord.from_json(json.loads(json_line(step.to_json()))) == step


@given(st.builds(EventRecord, finite, words, words, words, st.dictionaries(words, finite | words)))
def test_event_survives_the_way_to_disk(event: EventRecord) -> None:
    assert EventRecord.from_json(json.loads(json_line(event.to_json()))) == event


@pytest.mark.parametrize("seed", [None, 7])
@pytest.mark.parametrize("verdict", [HELD, LOST])
def test_summary_survives_the_way_to_disk(verdict: Verdict, seed: int | None) -> None:
    written = summary("run", verdict, 3.5, seed=seed)
    assert RunSummary.from_json(json.loads(json_line(written.to_json()))) == written


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        Plan("where is it?", question="Which of the two red cubes?", cause="plan_invalid", planner="grammar"),
        Plan("fly", refused="No skill can do that.", cause="plan_invalid"),
        Plan("close it", already_done="The drawer is closed."),
    ],
)
def test_plan_survives_the_way_to_disk(plan: Plan) -> None:
    assert plan_from_json(json.loads(json_line(plan.to_json()))) == plan


good_step = StepRecord(0, 1, "grasp", {"object": "red_cube"}, "", 0.0, 1.0, (StageSpan("close", 0, 1),), HELD, HELD)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("index", "one"),
        ("started_s", None),
        ("ended_s", True),
        ("skill", 3),
        ("arguments", ["red_cube"]),
        ("arguments", {"object": ["red_cube"]}),
        ("stages", {"name": "close"}),
        ("stages", [{"name": "close"}]),
        ("verdict", {"outcome": "perfect", "message": ""}),
        ("verdict", {"outcome": "succeeded", "message": "", "cause": "limit"}),
        ("pictures", "here"),
    ],
)
def test_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(RecordError):
        StepRecord.from_json(good_step.to_json() | {field: value})


def write_run(folder: Path) -> None:
    (folder / "plan.json").write_bytes(json_line(PLAN.to_json()))
    (folder / "summary.json").write_bytes(json_line(summary(folder.name, HELD, 5.0).to_json()))
    events = [EventRecord(0.1 * k, "stage", "skills", f"stage {k} \N{DEGREE SIGN}") for k in range(4)]
    (folder / "events.jsonl").write_bytes(b"".join(json_line(event.to_json()) for event in events))
    (folder / "steps.jsonl").write_bytes(json_line(good_step.to_json()))


def test_whole_run(tmp_path: Path) -> None:
    write_run(tmp_path)
    run = read_run(tmp_path)
    assert run.plan == PLAN
    assert run.steps == (good_step,)
    assert [event.message[:7] for event in run.events] == ["stage 0", "stage 1", "stage 2", "stage 3"]
    assert run.summary is not None
    assert run.summary.verdict == HELD
    assert (run.cut_off, run.problems, run.last_time_s) == (False, (), 5.0)


def test_every_cut_of_a_log_gives_its_whole_lines(tmp_path: Path) -> None:
    write_run(tmp_path)
    path = tmp_path / "events.jsonl"
    data, all_events = path.read_bytes(), read_run(tmp_path).events
    for length in range(len(data)):
        path.write_bytes(data[:length])
        run = read_run(tmp_path)
        assert run.events == all_events[: data[:length].count(b"\n")]
        assert len(run.problems) == (0 if data[:length].endswith(b"\n") or not length else 1)


@settings(max_examples=60)
@given(damage=st.binary(max_size=200))
def test_damage_is_reported(tmp_path_factory: pytest.TempPathFactory, damage: bytes) -> None:
    folder = tmp_path_factory.mktemp("run")
    write_run(folder)
    for name in ("plan.json", "summary.json", "versions.json", "sim_final.json", "config.yaml"):
        (folder / name).write_bytes(damage)
    with (folder / "events.jsonl").open("ab") as file:
        file.write(damage + b"\n" + json_line(EventRecord(9.0, "run_ended", "runtime").to_json()))
    run = read_run(folder)
    assert run.cut_off
    assert run.events[-1].kind == "run_ended"
    assert any(problem.startswith("summary.json") for problem in run.problems)


def test_cut_off_run_has_no_summary(tmp_path: Path) -> None:
    write_run(tmp_path)
    (tmp_path / "summary.json").unlink()
    (tmp_path / "plan.json").unlink()
    run = read_run(tmp_path)
    assert run.cut_off
    assert run.plan is None
    assert run.last_time_s == pytest.approx(1.0)


@pytest.mark.parametrize("make", ["empty", "missing", "file"])
def test_no_run_folder(tmp_path: Path, make: str) -> None:
    path = tmp_path / "there"
    if make == "empty":
        path.mkdir()
    elif make == "file":
        path.write_text("x")
    with pytest.raises(DataError, match=r"there: .*robomatrix run.*DATA.NO_RUN"):
        read_run(path)


def test_call_of_a_step() -> None:
    assert str(replace(good_step, skill="release").call) == "release(red_cube)"
    assert str(CALLS[2]) == "release(red_cube, bin)"


@pytest.mark.parametrize(
    ("started_s", "records", "unfinished"),
    [
        ([0.0], 0, {0: 0.0}),
        ([0.0], 1, {}),
        ([0.0, 2.0], 1, {0: 2.0}),
        ([0.0, 0.0], 2, {}),
    ],
)
def test_unfinished_steps(tmp_path: Path, started_s: list[float], records: int, unfinished: dict[int, float]) -> None:
    events = [EventRecord(time_s, EventKind.STEP_STARTED, "scheduler", "", {"index": 0}) for time_s in started_s]
    (tmp_path / "events.jsonl").write_bytes(b"".join(json_line(event.to_json()) for event in events))
    (tmp_path / "steps.jsonl").write_bytes(json_line(good_step.to_json()) * records)
    assert read_run(tmp_path).unfinished_steps == unfinished
