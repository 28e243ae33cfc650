"""The measurements that need no ROS, on a small scale: real planning, simulation and tasks."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from robomatrix_py import cli
from robomatrix_py.bench import success
from robomatrix_py.bench.speed import measure_import, measure_plan
from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.runtime.domain import DomainMark, RunningGraph
from robomatrix_py.runtime.lockstep_run import make_rig
from robomatrix_py.settings.settings import resolve

TASK = "put the green ball in the bowl"


def test_planning_is_measured_in_a_scene_of_ten_objects() -> None:
    found = measure_plan(4)
    assert found["free_objects"] == 10
    assert found["plan_ms"]["n"] == 4
    assert 0.0 < found["plan_ms"]["p50"] < 10_000.0


def test_import_is_measured_against_an_interpreter_alone() -> None:
    found = measure_import(2)
    assert found["interpreter_with_import_ms"]["min"] > 0.0
    assert found["import_ms"]["n"] == 2


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(success, "TASKS", (TASK,))
        return success.measure(range(3, 5), "sim_truth", over_ros=False, processes=1)


def test_success_counts_every_task_on_every_seed(measured: dict[str, Any]) -> None:
    assert measured["mode"] == "lockstep"
    assert measured["perception"] == "sim_truth"
    assert measured["seeds"] == [3, 4]
    assert measured["verified"]["n"] == 2
    assert measured["tasks"][TASK]["n"] == 2
    assert measured["false_successes"] == 0
    assert measured["verified"]["successes"] + len(measured["failures"]) == 2
    json.dumps(measured)


def test_success_over_ros_is_not_measured_beside_another_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("ROS_DOMAIN_ID", "88")
    monkeypatch.setattr("subprocess.run", lambda *_words, **_options: pytest.fail("a run was started"))
    with DomainMark(88) as mark:
        mark.take(RunningGraph(os.getpid(), "ur5e", "tabletop", 7))
        with pytest.raises(EnvironmentFault, match="a graph is running on ROS domain 88 already"):
            success.measure(range(3, 5), "sim_truth", over_ros=True, processes=1)


def result(outcome: str, really: bool, cause: str | None = None) -> dict[str, Any]:
    verdict = {"outcome": outcome, "cause": cause, "message": "so it was"}
    return {"task": success.TASKS[0], "seed": 1, "verdict": verdict, "duration_s": 9.0, "really": really}


def test_verdicts_are_compared_with_the_truth() -> None:
    others = [{**result("succeeded", True), "task": task} for task in success.TASKS[1:]]
    found = success._summarise(
        [
            result("succeeded", True),
            result("succeeded", False),
            result("failed", True, "timeout"),
            result("undecided", False, "verdict_failed"),
            *others,
        ],
        "sim_truth",
        over_ros=False,
        seeds=range(1, 2),
    )
    assert found["verified"]["successes"] == 4
    assert found["false_successes"] == 1
    assert found["unnoticed_successes"] == 1
    assert found["causes"] == {"timeout": 1, "verdict_failed": 1}
    assert [failure["message"] for failure in found["failures"]] == ["so it was"] * 2


@pytest.fixture(scope="module")
def at_start() -> Any:
    """Return the true state of a scene in which the drawer is shut and the cube lies on the table."""
    return make_rig(resolve(["seed=1"])).world.snapshot()


@pytest.mark.parametrize(
    ("goals", "holds"),
    [
        (["closed(drawer)"], True),
        (["open(drawer)"], False),
        (["in(red_cube, bin)"], False),
        (["closed(drawer)", "in(red_cube, bin)"], False),
        (["open(drawer)", "closed(drawer)"], True),
        (["closed(drawer)", "open(drawer)"], False),
        (["in(red_cube, bin)", "on(red_cube, table)"], True),
        ([], False),
        (["pressed(button)"], False),
    ],
)
def test_goals_hold_in_truth_where_the_last_word_on_each_thing_holds(
    goals: list[str], holds: bool, at_start: Any
) -> None:
    assert success._really(goals, at_start) is holds


def test_bench_prints_one_json_object_with_machine_and_versions(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("robomatrix_py.bench.speed.measure_plan", lambda repeats: {"repeats": repeats})
    assert cli.main(["bench", "plan"]) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert found["plan"] == {"repeats": 400}
    assert found["machine"]["cores"] >= 1
    assert found["versions"]
    assert shown.err == "measuring plan ...\n"
    assert list(tmp_path.iterdir()) == []
