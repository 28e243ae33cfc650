"""`skills`, `skills lint`, `up`, `stop`, `reset`, `doctor` and the command itself, as far as no graph runs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from command_line import robomatrix

import robomatrix_py
from robomatrix_py.runtime.domain import DomainMark, RunningGraph
from robomatrix_py.settings.share import share_folder
from robomatrix_py.settings.skills import load_skills

SKILLS = {
    *("close_drawer", "grasp", "move_to", "open_drawer", "position_over", "press", "push", "put_down", "release"),
    "search",
}


def test_version_and_help_succeed() -> None:
    assert robomatrix("--version").out == f"robomatrix {robomatrix_py.__version__}\n"
    shown = robomatrix("--help")
    assert shown.code == 0
    for command in ("run", "plan", "up", "skills", "stop", "reset", "doctor", "eval", "bench", "replay"):
        assert re.search(rf"^ +{command} ", shown.out, re.MULTILINE)
        assert robomatrix(command, "--help").code == 0


def test_skills_lists_every_skill_with_its_arguments() -> None:
    shown = robomatrix("skills")
    assert shown.code == 0
    assert {line.split()[0] for line in shown.out.splitlines()[1:] if line[:1].isalpha()} >= SKILLS
    listed = robomatrix("skills", "--json").json()
    assert set(listed) == SKILLS
    assert [argument["name"] for argument in listed["push"]["arguments"]] == ["object", "direction", "distance_m"]
    assert set(robomatrix("skills", "grasp", "--json").json()) == {"grasp"}


def test_skills_lint_accepts_those_that_ship() -> None:
    answer = robomatrix("skills", "lint")
    assert answer.code == 0
    every = load_skills(("arm", "gripper", "base", "blaster"))
    assert answer.out == f"{len(every)} skill files checked, 0 with faults\n"


def test_skills_lint_names_file_line_and_key_at_fault(tmp_path: Path) -> None:
    good = share_folder() / "policies" / "grasp" / "skill.yaml"
    bad = tmp_path / "grasp" / "skill.yaml"
    bad.parent.mkdir()
    text = good.read_text().replace("deadline_s: 30", "deadline_s: soon")
    bad.write_text(text)
    line = text.splitlines().index("deadline_s: soon") + 1
    answer = robomatrix("skills", "lint", str(bad), str(good), str(tmp_path / "nothing.yaml"))
    assert answer.code == 1
    first, second, count = answer.out.splitlines()
    assert f"{bad}:{line}" in first
    assert "deadline_s" in first
    assert "nothing.yaml" in second
    assert count == "3 skill files checked, 2 with faults"
    faults = robomatrix("skills", "lint", str(bad), "--json").json()
    assert faults["checked"] == 1
    assert faults["faults"][0]["file"] == str(bad)


def test_second_up_on_the_same_domain_is_refused_with_who_is_there(tmp_path: Path) -> None:
    with DomainMark(0) as mark:
        mark.take(RunningGraph(os.getpid(), "ur5e", "tabletop", 7))
        answer = robomatrix("up", "--out", str(tmp_path / "runs"))
    assert answer.code == 1
    assert f"domain 0 already (process {os.getpid()}, robot ur5e, scene tabletop)" in answer.error_line
    assert "Ctrl+C there" in answer.error_line
    assert not (tmp_path / "runs").exists()


@pytest.mark.ros
@pytest.mark.parametrize("command", ["stop", "reset"])
def test_stop_and_reset_without_a_graph_say_so(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rclpy")
    monkeypatch.setenv("ROS_DOMAIN_ID", "87")
    answer = robomatrix(command)
    assert answer.code == 1
    assert "robomatrix up" in answer.error_line or "gate" in answer.error_line


@pytest.mark.ros
@pytest.mark.parametrize("words", [["stop"], ["a", "bit", "to", "the", "left"]])
def test_say_without_a_graph_says_so(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rclpy")
    monkeypatch.setenv("ROS_DOMAIN_ID", "86")
    answer = robomatrix("say", *words)
    assert answer.code == 1
    assert "robomatrix up" in answer.error_line


@pytest.mark.parametrize("said", ["left", "x:left", "-1:left", "3:", ":left"])
def test_a_correction_without_time_or_words_is_refused(said: str) -> None:
    answer = robomatrix("run", "press the button", "--fast", f"--say={said}")
    assert answer.code == 2
    assert "permitted" in answer.error_line


def test_doctor_as_json_is_one_object_with_every_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", "500")
    answer = robomatrix("doctor", "--json")
    assert answer.code == 1, "a check fails here"
    found = answer.json()
    assert found["level"] == "failed"
    checks = {check["name"]: check for check in found["checks"]}
    assert checks["ros domain"]["level"] == "failed"
    assert "0 to 101" in checks["ros domain"]["message"]
    assert json.dumps(found)


def test_replay_of_what_is_no_run_is_one_line(tmp_path: Path) -> None:
    missing = robomatrix("replay", str(tmp_path / "nothing"))
    assert missing.code == 1
    assert re.search(r"nothing: no such folder; name the folder of a run", missing.error_line)
    empty = robomatrix("replay", str(tmp_path))
    assert empty.code == 1
    assert "sim_inputs.npz" in empty.error_line
