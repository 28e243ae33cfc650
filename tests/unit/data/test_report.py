"""The page says what happened, no more, and nothing from a run becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from example_run import CALLS, HELD, IN_BIN, INSTRUCTION, LOST, PLAN, summary
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.data import run_folder as names
from robomatrix_py.data.pictures import PictureName, save_picture
from robomatrix_py.data.records import EventKind, EventRecord, RunSummary, StageSpan, StepRecord
from robomatrix_py.data.report import build_report
from robomatrix_py.data.report.markup import Markup, element
from robomatrix_py.data.report.style import SCRIPT
from robomatrix_py.data.report.tables import reading_text, readings_table
from robomatrix_py.data.report.timeline import tick_step_s
from robomatrix_py.data.report.wording import ADVICE, duration_text, label_and_unit, number_text, size_text
from robomatrix_py.data.run_folder import RunFolder

HOSTILE = "<script>alert('run')</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """A parsed page: its text, its elements, and every address it names."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.text += data + " "


def step(index: int, attempt: int = 1, verdict: Verdict | None = HELD, **changes: object) -> StepRecord:
    record = StepRecord(
        index,
        attempt,
        CALLS[index].skill,
        CALLS[index].arguments,
        CALLS[index].why,
        started_s=2.0 * index + attempt,
        ended_s=2.0 * index + attempt + 0.9,
        stages=(StageSpan("approach", 2.0 * index + attempt, 2.0 * index + attempt + 0.5),),
        report=Verdict.success("I am done."),
        verdict=verdict,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def write(
    folder: Path,
    plan: Plan | None = PLAN,
    steps: tuple[StepRecord, ...] = (),
    events: tuple[EventRecord, ...] = (),
    ended: RunSummary | None = None,
) -> Page:
    """Write a run folder, build its page and read it."""
    folder.mkdir(exist_ok=True)
    run = RunFolder(folder, on_fault=pytest.fail)
    if plan:
        run.write_json(names.PLAN_FILE, plan.to_json())
    for record in steps:
        run.append_jsonl(names.STEPS_FILE, record.to_json())
    for event in (EventRecord(0.0, EventKind.RUN_STARTED, "runtime", "Started."), *events):
        run.append_jsonl(names.EVENTS_FILE, event.to_json())
    if ended:
        run.write_json(names.SUMMARY_FILE, ended.to_json())
    run.close()
    return Page(build_report(folder))


def test_success(tmp_path: Path) -> None:
    page = write(tmp_path, steps=(step(0), step(1), step(2)), ended=summary("x", IN_BIN, 8.0))
    for words in (
        f"\N{LEFT DOUBLE QUOTATION MARK}{INSTRUCTION}",
        "Succeeded",
        "The red cube is in the bin.",
        "perception: sim_truth, the simulator's own state with noise, not a camera",
        "3 of 3",
        "grasp(red_cube)",
        "held(red_cube) is needed to carry it",
        "approach",
        "I am done.",
        "(0.381, -0.419, 0.034) m",
        "11.83 N",
    ):
        assert words in page.text
    assert "Failed" not in page.text
    assert "What to do" not in page.text


def test_very_long_instruction_is_cut_in_the_heading(tmp_path: Path) -> None:
    page = write(tmp_path, plan=None, ended=summary("x", IN_BIN, 8.0, instruction="put it away " * 800))
    assert len(page.text) < 2500
    assert "put it away put it away\N{HORIZONTAL ELLIPSIS}" in page.text


def test_camera_perception_is_not_called_the_simulators_state(tmp_path: Path) -> None:
    page = write(tmp_path, ended=summary("x", IN_BIN, 8.0, perception="clip_detector"))
    assert "clip_detector" in page.text
    assert "not a camera" not in page.text


@pytest.mark.parametrize("cause", Cause)
def test_failure_names_cause_stage_and_what_to_do(tmp_path: Path, cause: Cause) -> None:
    verdict = Verdict.failure(cause, "It did not work.", "grasp.close")
    page = write(tmp_path, steps=(step(0, verdict=verdict),), ended=summary("x", verdict, 8.0))
    assert "Failed" in page.text
    assert "Succeeded" not in page.text
    assert cause.value in page.text
    assert ", at grasp.close" in page.text
    assert squeezed(ADVICE[cause]) in squeezed(page.text)


def squeezed(text: str) -> str:
    """Return a text without spaces and backticks, which markup changes."""
    return re.sub(r"[\s`]+", "", text)


def test_undecided_is_no_success(tmp_path: Path) -> None:
    verdict = Verdict.undecided(Cause.STALE_OBSERVATION, "The bin could not be seen.")
    page = write(tmp_path, ended=summary("x", verdict, 8.0))
    assert "Undecided" in page.text
    assert "Succeeded" not in page.text


def test_cut_off_run_says_so(tmp_path: Path) -> None:
    """Killed during the second step: the first is done, the second only begun, the third never."""
    begun = EventRecord(3.5, EventKind.STEP_STARTED, "scheduler", "position_over", {"index": 1, "attempt": 1})
    died = EventRecord(4.5, EventKind.PROCESS_DIED, "supervisor", "The gate process died (signal 9).")
    page = write(tmp_path, steps=(step(0),), events=(begun, died))
    assert "Cut off" in page.text
    assert "no verdict" in page.text
    assert page.text.count("The gate process died (signal 9).") >= 2
    assert "cut off after 1.0 s" in page.text
    assert page.text.count("not run") == 2, "in the timeline and in the plan, for the third step only"
    assert re.search(r"3\s+release\(red_cube, bin\) \N{EM DASH} not run", page.text)
    assert INSTRUCTION in page.text


def test_retry_refusals_and_stop_are_on_the_page(tmp_path: Path) -> None:
    events = tuple(EventRecord(1.0 + 0.001 * k, EventKind.GATE_REFUSAL, "gate", "step too large") for k in range(40))
    stop = EventRecord(3.0, EventKind.GATE_STOP, "gate", "stale commands", {"age_s": 0.21})
    steps = (step(0, 1, LOST), step(0, 2, HELD))
    page = write(tmp_path, steps=steps, events=(*events, stop), ended=summary("x", LOST, 8.0))
    assert "40 \N{MULTIPLICATION SIGN} gate_refusal at 1.0 s: step too large" in page.text
    assert page.tags.count("circle") == 2
    assert "stale commands" in page.text
    assert "age 0.21 s" in page.text
    assert "try 2" in page.text
    assert "The gripper closed on nothing." in page.text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("succeeded", "Succeeded"), ("failed", "Failed"), (None, "Could not be held"), ([HOSTILE], "Could not be held")],
)
def test_rehearsal_is_named_with_the_way_to_its_report(tmp_path: Path, outcome: object, words: str) -> None:
    event = EventRecord(0.0, EventKind.REHEARSAL, "runtime", "it went", {"outcome": outcome, "folder": HOSTILE})
    ended = summary("x", HELD, 8.0)
    assert f"Rehearsal {words}" in write(tmp_path, events=(event,), ended=ended).text
    assert "rehearsal/report.html" not in Page(tmp_path / "report.html").addresses
    (tmp_path / "rehearsal").mkdir()
    (tmp_path / "rehearsal" / "report.html").write_text("<p>")
    build_report(tmp_path)
    assert "rehearsal/report.html" in Page(tmp_path / "report.html").addresses


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan("x", question="Which red cube?", cause="plan_invalid"), "The planner asks: Which red cube?"),
        (Plan("x", refused="No skill flies.", cause="plan_invalid"), "The planner refuses: No skill flies."),
        (Plan("x", already_done="It is closed."), "Nothing to do: It is closed."),
    ],
)
def test_plan_without_steps(tmp_path: Path, plan: Plan, words: str) -> None:
    page = write(tmp_path, plan=plan)
    assert words in re.sub(r"\s+", " ", page.text)


def hostile_run(folder: Path) -> Page:
    verdict = Verdict.failure(Cause.LIMIT, HOSTILE, HOSTILE, **{HOSTILE: HOSTILE, "list": [HOSTILE, {"a": HOSTILE}]})
    call = SkillCall(HOSTILE, {HOSTILE: HOSTILE}, HOSTILE)
    pictures = {"before": "https://example.org/a.jpg", "after": "javascript:alert(1)"}
    plan = replace(PLAN, instruction=HOSTILE, steps=(call,), notes=(HOSTILE,))
    record = StepRecord(
        0, 1, HOSTILE, call.arguments, HOSTILE, 0, 2, (StageSpan(HOSTILE, 0, 1),), verdict, verdict, pictures
    )
    texts = ("instruction", "robot", "scene", "planner", "perception", "mode", "run_folder")
    events = tuple(EventRecord(1, kind, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}) for kind in (*EventKind, HOSTILE))
    ended = replace(summary("x", verdict, 3.0), **dict.fromkeys(texts, HOSTILE))  # type: ignore[arg-type]
    folder.mkdir(exist_ok=True)
    (folder / names.CONFIG_FILE).write_text(HOSTILE)
    (folder / names.VERSIONS_FILE).write_text('{"<script>alert(1)</script>": {"<b>": "<script>alert(2)</script>"}}')
    pose = {"position_m": [0, 0, 0], "quaternion_xyzw": [0, 0, 0, 1]}
    far = {"position_m": [1, 0, 0], "quaternion_xyzw": [0, 0, 0, 1]}
    region = {HOSTILE: {"center_m": [1, 0, 0], "half_extents_m": [1, 1, 1]}}
    run = RunFolder(folder, on_fault=pytest.fail)
    run.write_json(names.SIM_INITIAL_FILE, {"bodies": {HOSTILE: pose}, "joints": {f"a.{HOSTILE}": 0}})
    run.write_json(names.SIM_FINAL_FILE, {"bodies": {HOSTILE: far}, "joints": {f"a.{HOSTILE}": 1}, "regions": region})
    return write(folder, plan, (record,), events, ended)


def test_nothing_of_a_run_becomes_markup(tmp_path: Path) -> None:
    page = hostile_run(tmp_path)
    assert page.scripts == [SCRIPT]
    assert page.handlers == []
    assert "img" not in page.tags
    assert page.text.count("<script>alert(") > 20
    assert {address for address in page.addresses if not re.fullmatch(r"[a-z_]+\.(json|jsonl|yaml)", address)} == set()


@pytest.mark.gl
def test_page_asks_for_nothing_from_outside(recorded_run: Path) -> None:
    page = Page(recorded_run / names.REPORT_FILE)
    outside = [address for address in page.addresses if ":" in address or address.startswith(("/", "."))]
    assert outside != []
    assert all(address.startswith("data:image/jpeg;base64,") for address in outside)
    beside = set(page.addresses) - set(outside)
    assert all((recorded_run / address).is_file() for address in beside)
    assert names.VIDEO_FILE in beside
    assert "default-src &#x27;none&#x27;" in (recorded_run / names.REPORT_FILE).read_text()


@pytest.mark.gl
def test_recorded_run_shows_motion_and_world(recorded_run: Path) -> None:
    page = Page(recorded_run / names.REPORT_FILE)
    assert page.tags.count("polyline") == 11, "six joints, two fingers, three axes of the tool"
    assert "shoulder pan joint" in page.text
    assert "What truly moved in the simulation" in page.text
    assert page.tags.count("img") == 8
    assert "Step 1, try 2: after grasp, front_camera" in page.text
    assert "recording.mcap" in page.text


@pytest.mark.gl
def test_page_is_rebuilt_alike(recorded_run: Path) -> None:
    before = (recorded_run / names.REPORT_FILE).read_bytes()
    assert build_report(recorded_run) == recorded_run / names.REPORT_FILE
    assert (recorded_run / names.REPORT_FILE).read_bytes() == before


def test_picture_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.jpg"
    save = save_picture(tmp_path, PictureName(0, 1, "a", "before", "b"), np.zeros((8, 8, 3), np.uint8), pytest.fail)
    assert save is not None
    (tmp_path / save).rename(outside)
    run = tmp_path / "run"
    pictures = {"before": "../outside.jpg", "after": str(outside)}
    page = write(run, steps=(step(0, pictures=pictures),))
    assert "img" not in page.tags


def test_damaged_files_beside_are_no_obstacle(tmp_path: Path) -> None:
    name = PictureName(0, 1, "grasp", "before", "front_camera")
    (tmp_path / "pictures").mkdir()
    (tmp_path / name.path).write_bytes(b"no picture")
    (tmp_path / names.RECORDING_FILE).write_bytes(b"no recording")
    (tmp_path / names.SIM_INITIAL_FILE).write_text('{"bodies": {"a": 3}, "joints": []}')
    (tmp_path / names.SIM_FINAL_FILE).write_text('{"bodies": {"a": {"position_m": "x"}}, "joints": {"a.b": "c"}}')
    (tmp_path / names.VERSIONS_FILE).write_text("{")
    page = write(tmp_path, steps=(step(0, pictures={"before": name.path}),), ended=summary("x", HELD, 4.0))
    assert "img" not in page.tags
    assert "What could not be read" in page.text
    assert "versions.json" in page.text


def test_no_run_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"DATA.NO_RUN"):
        build_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


@given(st.text(), st.text())
def test_markup_escapes_texts_and_attributes(text: str, value: str) -> None:
    parser = HTMLParser()
    seen: list[object] = []
    parser.handle_starttag = lambda tag, attrs: seen.append((tag, attrs))  # type: ignore[method-assign]
    parser.feed(element("b", element("i", text), title=value))
    assert [tag for tag, _ in seen] == ["b", "i"]  # type: ignore[misc]


def test_markup_keeps_its_own() -> None:
    assert element("p", Markup("<i>"), ["<", 3, None], class_="a", hidden=True, id=None) == (
        '<p class="a" hidden><i>&lt;3</p>'
    )


def test_readings_say_their_units() -> None:
    table = readings_table({"opening_m": 0.04321, "held": True, "gone": None, "facts": [{"age_s": 2.0, "a": "b"}]})
    assert table is not None
    for words in ("opening", "0.04321 m", "yes", "unknown", "age", "2 s"):
        assert words in table
    assert readings_table({}) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "none"),
        ([0.5, -1], "(0.5, -1) m"),
        (["a", "b"], "a m, b m"),
        ({"x": 1}, "x: 1"),
        ("left", "left m"),
        (float("inf"), "not finite m"),
        (list(range(20)), ", ".join(f"{k} m" for k in range(20))),
    ],
)
def test_reading_text(value: object, words: str) -> None:
    assert reading_text(value, "m") == words


@pytest.mark.parametrize(("span_s", "step_s"), [(0.3, 0.1), (1.0, 0.2), (9.0, 2.0), (60.0, 10.0), (600.0, 100.0)])
def test_ticks_are_round_and_few(span_s: float, step_s: float) -> None:
    assert tick_step_s(span_s) == pytest.approx(step_s)


def test_words_and_numbers() -> None:
    assert [duration_text(time_s) for time_s in (0.04, 9.96, 125.0)] == ["0.0 s", "10.0 s", "2 min 05 s"]
    assert [size_text(size) for size in (7, 1500, 250_000, 3_400_000, 5 * 10**9)] == [
        "7 B",
        "1.5 kB",
        "250 kB",
        "3.4 MB",
        "5.0 GB",
    ]
    assert [number_text(value) for value in (3, 0.123456, 1234567.0, -2.0)] == [
        "3",
        "0.1235",
        "1235000",
        "-2",
    ]
    assert label_and_unit("tool_position_m") == ("tool position", "m")
    assert label_and_unit("force_n") == ("force", "N")
    assert label_and_unit("attempt") == ("attempt", "")
    assert set(ADVICE) == set(Cause)
