"""Bad input through the real command line: one clear line, the right exit code, nothing moved or half-written."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Answer, robomatrix, run_fast, run_folders

from robomatrix_py.data.run_reader import read_run

TASK = "put the red cube in the bin"

USAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "robot": (("run", TASK, "--fast", "--robot", "ur99"), r"unknown robot 'ur99'; permitted: .*ur5e"),
    "robot out of its folder": (("run", TASK, "--fast", "--robot", "../ur5e"), r"unknown robot '\.\./ur5e'"),
    "scene": (("run", TASK, "--fast", "--scene", "moon"), r"unknown scene 'moon'; permitted: .*tabletop"),
    "planner": (("run", TASK, "--fast", "--planner", "oracle"), r"unknown planner 'oracle'; .*: openai, symbolic"),
    "planner of plan": (("plan", TASK, "--planner", "oracle"), r"unknown planner 'oracle'; .*: openai, symbolic"),
    "policy": (("run", TASK, "--fast", "--policy", "magic"), r"invalid choice: 'magic'"),
    "learned without cameras": (
        ("run", TASK, "--fast", "--policy", "learned", "--perception", "sim_truth"),
        r"learned skills look through cameras, and perception is sim_truth; permitted: camera",
    ),
    "policy of settings": (("run", TASK, "--fast", "--set", "skills.policy=magic"), r"policy is magic"),
    "encoder elsewhere": (
        ("run", TASK, "--fast", "--perception", "camera", "--set", "perception.encoder=/nowhere/encoder"),
        r"no manifest.json in '/nowhere/encoder'",
    ),
    "setting": (("run", TASK, "--fast", "--set", "gate.colour=red"), r"colour"),
    "setting of another type": (("run", TASK, "--fast", "--set", "gate.rate_hz=fast"), r"rate_hz"),
    "setting out of range": (("run", TASK, "--fast", "--set", "sim.timestep_s=7"), r"timestep_s is 7"),
    "setting without a value": (("run", TASK, "--fast", "--set", "gate.rate_hz"), r"gate.rate_hz"),
    "setting of hydra": (("run", TASK, "--fast", "--set", "hydra.run.dir=x"), r"'hydra.run.dir=x' is about hydra"),
    "setting added to hydra": (("run", TASK, "--fast", "--set", "++hydra.verbose=true"), r"hydra itself"),
    "setting that is missing": (("run", TASK, "--fast", "--set", "gate.rate_hz=???"), r"gate.rate_hz: Missing"),
    "object of a scene": (("run", TASK, "--fast", "--set", "scene.objects=[red_goose]"), r"unknown object 'red_goose'"),
    "seed": (("run", TASK, "--seed", "-1"), r"'-1' is no seed; permitted: 0 to \d+"),
    "seed in words": (("run", TASK, "--seed", "seven"), r"'seven' is no seed"),
    "seed in superscript": (("run", TASK, "--seed", "²"), r"'²' is no seed"),
    "endless seed": (("run", TASK, "--seed", "9" * 40), r"is no seed"),
    "time": (("run", TASK, "--timeout", "0"), r"'0' is no time; permitted: above 0"),
    "time below zero": (("run", TASK, "--timeout", "-3"), r"'-3' is no time"),
    "time that is no number": (("run", TASK, "--timeout", "nan"), r"'nan' is no time"),
    "endless time": (("run", TASK, "--timeout", "inf"), r"'inf' is no time"),
    "no task": (("run",), r"required: task"),
    "option": (("run", TASK, "--quickly"), r"unrecognized arguments: --quickly"),
    "command": (("dance",), r"invalid choice: 'dance'"),
    "no command": ((), r"required: COMMAND"),
    "skill": (("skills", "juggle"), r"unknown skill 'juggle'; permitted: close_drawer, grasp"),
    "files without lint": (("skills", "list", "x.yaml"), r"only for 'skills lint'"),
    "figure": (("bench", "beauty"), r"unknown figure 'beauty'; permitted: plan, model, import"),
    "no seeds": (("bench", "success", "--seeds", "0"), r"must be positive"),
    "mode of up": (("up", "--mode", "dream"), r"invalid choice: 'dream'"),
    "robot of up": (("up", "--robot", "ur99"), r"unknown robot 'ur99'"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_usage_is_one_line_and_exit_code_2(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, pattern = USAGE[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    before = sorted(tmp_path.rglob("*"))
    answer = robomatrix(*words)
    assert answer.code == 2
    assert re.search(pattern, answer.error_line), answer.err
    assert "succeeded" not in answer.out
    assert sorted(tmp_path.rglob("*")) == before, "something was written"


@pytest.mark.parametrize("number", ["-1", "102", "two", "²", "1.5"])
def test_impossible_ros_domain_is_wrong_usage(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", number)
    answer = robomatrix("plan", TASK)
    assert answer.code == 2
    assert f"ROS_DOMAIN_ID is '{number}'; permitted: 0 to 101" in answer.error_line


# What cannot be done is said in one line, at once, and nothing moves.

LONG = ("put the red cube in the bin and then " * 300)[:10_000]
TWO_RED_CUBES = ("--set", "scene.objects=[red_cube,red_cube_2,green_ball,blue_can]")

IMPOSSIBLE: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "unknown object": ("put the golden goose in the bin", (), "refused", r"golden goose.*seen are .*red_cube"),
    "object not in the scene": ("put the yellow cube in the bin", (), "refused", r"no 'yellow cube' is seen"),
    "unknown place": ("put the red cube in the moon", (), "refused", r"no 'moon' is seen"),
    "unknown skill": ("juggle the red cube", (), "question", r"with the red cube.*juggle.*put OBJECT in PLACE"),
    "impossible": ("put the drawer in the cube", (), "refused", r"drawer"),
    "into itself": ("put the red cube in the red cube", (), "refused", r"red_cube|red cube"),
    "two red cubes": (TASK, TWO_RED_CUBES, "question", r"which red cube: red_cube .* or red_cube_2"),
    "two cans": ("put the can in the bin", (), "question", r"which can: blue_can .* or orange_can"),
    "empty": ("", (), "refused", r"instruction is empty; say what to do"),
    "blank": (" \t\n ", (), "refused", r"instruction is empty"),
    "10 000 characters": (LONG, (), "refused", r"long|characters|steps"),
    "10 000 letters": ("a" * 10_000, (), "refused", r"."),
    "German": ("lege den roten Würfel in den Behälter", (), "refused", r"only English is understood"),
    "Chinese": ("把红色方块放进箱子", (), "refused", r"English"),
    "emoji": ("🤖 ➡️ 🗑️", (), "refused", r"English"),
    "control characters": ("put the \x1b[2J cube in the bin", (), "refused", r"not understood"),
    "no text encoding": ("put the \udcff in the bin", (), "refused", r"not understood"),
    "markup": ("put the [bold red]cube[/] <b>in</b> the bin", (), "refused", r"\["),
    "superscript distance": ("push the red cube left by ² cm", (), "refused", r"'²' is not understood"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_instruction_that_cannot_be_carried_out_is_answered_and_nothing_moves(case: str, tmp_path: Path) -> None:
    instruction, options, kind, pattern = IMPOSSIBLE[case]
    answer = run_fast(instruction, tmp_path / "runs", *options)
    assert answer.code == 1
    assert answer.err == ""
    (line,) = [line for line in answer.out.splitlines() if line.startswith(f"{kind}:")]
    assert re.search(pattern, line), line
    assert len(line) < 600
    assert "\x1b" not in answer.out
    (ended,) = [line for line in answer.out.splitlines() if line.startswith("failed (")]
    assert line.removeprefix(f"{kind}: ") in ended
    (folder,) = run_folders(tmp_path / "runs")
    assert_whole(folder)
    assert_nothing_moved(folder)


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_plan_answers_the_same_and_writes_nothing(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instruction, options, kind, pattern = IMPOSSIBLE[case]
    monkeypatch.chdir(tmp_path)
    answer = robomatrix("plan", instruction, "--json", *options)
    assert answer.code == 1
    plan = answer.json()
    assert plan["steps"] == []
    assert re.search(pattern, plan[kind])
    assert plan["refused" if kind == "question" else "question"] is None
    assert [path.name for path in tmp_path.iterdir()] == ["runtime"]


def test_task_already_done_says_so_succeeds_and_moves_nothing(tmp_path: Path) -> None:
    answer = run_fast("close the drawer", tmp_path / "runs")
    assert answer.code == 0
    assert "nothing to do: drawer is closed" in answer.out.replace("nothing to do: nothing to do", "nothing to do")
    (folder,) = run_folders(tmp_path / "runs")
    assert_whole(folder)
    assert_nothing_moved(folder)


def assert_whole(folder: Path) -> None:
    record = read_run(folder)
    assert record.summary is not None
    assert record.plan is not None
    assert not record.problems, record.problems
    assert (folder / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert not list(folder.glob("*.tmp"))


def assert_nothing_moved(folder: Path) -> None:
    before, after = (json.loads((folder / name).read_text()) for name in ("sim_initial.json", "sim_final.json"))
    for name, value in before["joints"].items():
        assert after["joints"][name] == pytest.approx(value, abs=1e-3), name
    for name, body in before["bodies"].items():
        assert after["bodies"][name]["position_m"] == pytest.approx(body["position_m"], abs=1e-3), name


# Where nothing can be written


def test_file_where_the_output_folder_should_be_is_refused(tmp_path: Path) -> None:
    obstacle = tmp_path / "runs"
    obstacle.write_text("mine")
    for out in (obstacle, obstacle / "deeper"):
        answer = run_fast(TASK, out)
        assert answer.code == 1
        assert re.search(r"runs: is not a folder.*choose another folder with --out", answer.error_line)
    assert obstacle.read_text() == "mine"


def test_file_system_that_nobody_can_write_is_refused() -> None:
    answer = run_fast(TASK, Path("/proc/robomatrix"))
    assert answer.code == 1
    assert "--out" in answer.error_line


def test_up_with_an_unwritable_output_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    answer = robomatrix("up", "--out", str(tmp_path / "file"))
    assert answer.code == 1
    assert re.search(r"file/logs.*choose another folder with --out", answer.error_line)


def test_run_that_would_not_fit_the_disk_is_refused_before_it_begins() -> None:
    small = Path("/dev/shm")
    if not small.is_dir() or os.statvfs(small).f_bavail * os.statvfs(small).f_frsize > 500_000 * 86_400:
        pytest.skip("no disk here that is too small for a day of recording")
    out = small / f"robomatrix-test-{os.getpid()}"
    answer = run_fast(TASK, out, "--timeout", "86400")
    assert answer.code == 1
    assert re.search(r"only \d+ MiB are free.*delete old runs or choose another folder with --out", answer.error_line)
    assert not out.exists()


@pytest.mark.parametrize("size_kib", [2, 16])
def test_disk_that_fills_up_during_a_run_is_told_in_one_line_and_leaves_whole_files(
    size_kib: int, tmp_path: Path
) -> None:
    """A real refusal of the kernel: files may not grow beyond a limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_kib * 1024, hard))
    try:
        answer = run_fast("move to the bowl", tmp_path / "runs", "--json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert re.search(r"cannot be written any more.*choose another folder with --out", answer.error_line)
    assert answer.code == 0, "the robot did its task"
    assert answer.json()["verdict"]["outcome"] == "succeeded"
    (folder,) = run_folders(tmp_path / "runs")
    assert not list(folder.glob("*.tmp"))
    for path in folder.glob("*.json"):
        json.loads(path.read_text())
    for path in folder.glob("*.jsonl"):
        for line in path.read_text().splitlines():
            json.loads(line)


# No OpenGL: each in a process of its own, since MuJoCo chooses once.

NO_GL: dict[str, dict[str, str]] = {
    "no EGL": {"MUJOCO_GL": "egl", "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"},
    "no screen": {"MUJOCO_GL": "glfw", "DISPLAY": "", "WAYLAND_DISPLAY": ""},
    "no such OpenGL": {"MUJOCO_GL": "bogus"},
}


def in_a_process(out: Path, *words: str, **environment: str) -> Answer:
    command = [sys.executable, "-m", "robomatrix_py.cli", "run", "move to the bowl", "--fast", "--out", str(out)]
    done = subprocess.run(
        [*command, *words], capture_output=True, text=True, timeout=60, env=os.environ | environment, check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("case", NO_GL)
def test_no_opengl_is_one_line_that_says_what_to_do(case: str, tmp_path: Path) -> None:
    answer = in_a_process(tmp_path / "runs", **NO_GL[case])
    assert answer.code == 1
    assert "OpenGL" in answer.error_line or "MUJOCO_GL" in answer.error_line
    assert re.search(r"apt-get install|robomatrix doctor", answer.error_line)
    assert not run_folders(tmp_path / "runs"), "a run folder was left behind"


def test_without_video_no_opengl_is_needed(tmp_path: Path) -> None:
    answer = in_a_process(tmp_path / "runs", "--no-video", "--json", **NO_GL["no EGL"])
    assert answer.code == 0, answer.err
    assert answer.json()["verdict"]["outcome"] == "succeeded"
