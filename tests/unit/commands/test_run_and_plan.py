"""`robomatrix run` and `plan`: what they print and write, exit codes, and what a signal leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import Answer, robomatrix, run_fast, run_folders

from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.data.run_reader import read_run
from robomatrix_py.sim.oracle import really

TASK = "put the red cube in the bin"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Path]:
    """Return what `run --json` said of a task that succeeds, and its output folder."""
    out = tmp_path_factory.mktemp("out") / "runs"
    return run_fast(TASK, out, "--json", "--seed", "3"), out


def test_verified_success_is_exit_code_0_and_one_json_object(finished: tuple[Answer, Path]) -> None:
    answer, out = finished
    assert answer.code == 0
    assert answer.err == ""
    assert answer.out.count("\n") == 1
    result = answer.json()
    assert result["verdict"]["outcome"] == "succeeded"
    assert result["verdict"]["cause"] is None
    assert result["verdict"]["evidence"], "a success without evidence"
    assert (result["instruction"], result["seed"], result["robot"], result["scene"]) == (TASK, 3, "ur5e", "tabletop")
    assert (result["perception"], result["mode"], result["planner"]) == ("sim_truth", "lockstep", "symbolic")
    assert [step["skill"] for step in result["steps"]] == ["grasp", "position_over", "release"]
    assert all(step["verdict"]["outcome"] == "succeeded" for step in result["steps"])
    assert (result["steps_done"], result["steps_total"]) == (3, 3)
    assert [result["run_folder"]] == [str(path) for path in run_folders(out)]


def test_success_is_true_in_the_simulator_too(finished: tuple[Answer, Path]) -> None:
    folder = Path(finished[0].json()["run_folder"])
    final = json.loads((folder / "sim_final.json").read_text())
    assert really(Atom.parse("in(red_cube, bin)"), final)
    initial = json.loads((folder / "sim_initial.json").read_text())
    assert not really(Atom.parse("in(red_cube, bin)"), initial)


def test_simulated_states_have_the_published_form(finished: tuple[Answer, Path]) -> None:
    folder = Path(finished[0].json()["run_folder"])
    for name in ("sim_initial.json", "sim_final.json"):
        state = json.loads((folder / name).read_text())
        assert {"red_cube", "green_ball", "blue_can", "drawer", "bin"} <= set(state["bodies"])
        for body in state["bodies"].values():
            assert len(body["position_m"]) == 3
            assert sum(value**2 for value in body["quaternion_xyzw"]) == pytest.approx(1.0)
        assert {"shoulder_pan_joint", "drawer_joint"} <= set(state["joints"])
        for region in state["regions"].values():
            assert len(region["center_m"]) == 3
            assert min(region["half_extents_m"]) > 0
        assert {"bin", "bowl", "tray", "drawer"} <= set(state["regions"])


def test_run_folder_of_a_success_is_whole(finished: tuple[Answer, Path]) -> None:
    folder = Path(finished[0].json()["run_folder"])
    assert {path.name for path in folder.iterdir()} == {
        "config.yaml",
        "events.jsonl",
        "plan.json",
        "recording.mcap",
        "report.html",
        "scene.json",
        "sim_final.json",
        "sim_initial.json",
        "sim_inputs.npz",
        "steps.jsonl",
        "summary.json",
        "versions.json",
    }
    record = read_run(folder)
    assert not record.problems
    assert record.events[0].kind == "run_started"
    assert record.events[-1].kind == "run_ended"


def test_people_get_plan_steps_and_a_summary_on_one_screen(tmp_path: Path) -> None:
    answer = run_fast("move to the bowl", tmp_path / "runs")
    assert answer.code == 0
    assert answer.err == ""
    lines = answer.out.splitlines()
    assert len(lines) <= 24
    assert lines[0] == "move to the bowl"
    assert "sim_truth" in lines[1]
    assert any("move_to(bowl)" in line and "approach" in line for line in lines), "no progress of the step"
    assert any(line.startswith("succeeded: ") for line in lines)
    (folder,) = run_folders(tmp_path / "runs")
    assert any(line.split()[-1] == str(folder / "report.html") for line in lines if "report" in line)


def test_task_that_runs_out_of_time_is_exit_code_1_with_the_cause(tmp_path: Path) -> None:
    answer = run_fast(TASK, tmp_path / "runs", "--timeout", "2")
    assert answer.code == 1
    assert "failed (timeout): " in answer.out
    (folder,) = run_folders(tmp_path / "runs")
    record = read_run(folder)
    assert record.summary is not None
    assert record.summary.verdict.cause == "timeout"
    assert not really(Atom.parse("in(red_cube, bin)"), json.loads((folder / "sim_final.json").read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_in_motion_closes_the_run_folder_and_is_exit_code_1(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "robomatrix_py.cli", "run", TASK, "--fast", "--json", "--out", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        end_s = time.monotonic() + 60.0
        while not any("approach" in path.read_text() for path in tmp_path.glob("*/events.jsonl")):
            assert time.monotonic() < end_s
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        began_s = time.monotonic()
        out, err = process.communicate(timeout=20.0)
    finally:
        process.kill()
    assert process.returncode == 1
    assert err == ""
    assert time.monotonic() - began_s < 5.0
    result = json.loads(out)
    assert result["verdict"]["cause"] == "cancelled"
    assert number.name in result["verdict"]["message"]
    record = read_run(Path(result["run_folder"]))
    assert record.summary is not None
    assert record.events[-1].kind == "run_ended"
    assert (Path(result["run_folder"]) / "report.html").stat().st_size > 1000


# plan


def test_plan_as_json_has_exactly_the_published_form() -> None:
    answer = robomatrix("plan", TASK, "--json")
    assert answer.code == 0
    assert answer.out.count("\n") == 1
    assert answer.json() == {
        "steps": [
            {"skill": "grasp", "arguments": {"object": "red_cube"}},
            {"skill": "position_over", "arguments": {"object": "red_cube", "target": "bin"}},
            {"skill": "release", "arguments": {"object": "red_cube", "target": "bin"}},
        ],
        "question": None,
        "refused": None,
    }


def test_plan_that_asks_or_refuses_has_the_same_form() -> None:
    asks = robomatrix("plan", "put the can in the bin", "--json").json()
    assert list(asks) == ["steps", "question", "refused"]
    assert (asks["steps"], asks["refused"]) == ([], None)
    refuses = robomatrix("plan", "put the drawer in the cube", "--json").json()
    assert list(refuses) == ["steps", "question", "refused"]
    assert (refuses["steps"], refuses["question"]) == ([], None)


def test_plan_of_what_is_done_already_says_so_and_succeeds() -> None:
    answer = robomatrix("plan", "close the drawer", "--json")
    assert answer.code == 0
    assert answer.json() == {
        "steps": [],
        "question": None,
        "refused": None,
        "already_done": "nothing to do: drawer is closed",
    }


def test_words_given_one_by_one_are_the_same_task() -> None:
    assert robomatrix("plan", *TASK.split(), "--json").json() == robomatrix("plan", TASK, "--json").json()


def test_plan_for_people_numbers_the_steps_and_says_why() -> None:
    lines = robomatrix("plan", TASK).out.splitlines()
    assert lines[:2] == [TASK, "plan"]
    assert [line.split()[0] for line in lines[2:]] == ["1", "2", "3"]
    assert all("for " in line for line in lines[2:])


def test_same_seed_same_scene_other_seed_other_scene() -> None:
    ask = "put the golden goose in the bin"
    seen = [robomatrix("plan", ask, "--json", "--seed", seed).json()["refused"] for seed in ("4", "4", "5")]
    assert seen[0] == seen[1] != seen[2]


def test_markup_in_an_instruction_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    del capsys
    assert "put [red]the[/] cube" in robomatrix("plan", "put [red]the[/] cube").out


def test_reader_that_goes_away_is_no_traceback() -> None:
    command = f"{sys.executable} -m robomatrix_py.cli skills --json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, env=dict(os.environ), check=False
    )
    assert done.stdout == "{"
    assert done.stderr == ""
