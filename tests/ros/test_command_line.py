"""`robomatrix up`, `run`, `stop` and `reset` as a user has them, and what ends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from ros_graph import PATIENT_OPTIONS, robomatrix, shared_memory, start_robomatrix

pytestmark = pytest.mark.ros

END_S = 5.0


def _wait_for(condition, deadline_s: float) -> bool:
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _node_processes(parent: int) -> list[int]:
    answer = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in answer.stdout.split()]


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in _state(pid)]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@pytest.mark.slow
def test_up_run_stop_reset_and_second_up(domain: int, tmp_path: Path) -> None:
    up = start_robomatrix("up", "--out", str(tmp_path), *PATIENT_OPTIONS)
    try:
        assert _wait_for(lambda: len(_node_processes(up.pid)) == 5, 20.0)
        second = robomatrix("up", "--out", str(tmp_path / "second"), timeout_s=30.0)
        assert second.returncode == 1
        assert len(second.stderr.strip().splitlines()) == 1
        assert f"ROS domain {domain}" in second.stderr
        assert str(up.pid) in second.stderr
        assert not (tmp_path / "second").exists(), "the second one wrote something"

        other = robomatrix("run", "open the drawer", "--seed", "7", "--out", str(tmp_path), timeout_s=60.0)
        assert other.returncode == 2
        assert "seed" in other.stderr

        done = robomatrix("run", "move to the bowl", "--out", str(tmp_path), "--json", timeout_s=90.0)
        assert done.returncode == 0, done.stderr
        assert len(_node_processes(up.pid)) == 5, "run ended the graph it was attached to"

        plan = robomatrix("plan", "open the drawer", "--json", timeout_s=60.0)
        assert json.loads(plan.stdout)["steps"] == [{"skill": "open_drawer", "arguments": {"drawer": "drawer"}}]

        scene = robomatrix("scene", "--json", timeout_s=60.0)
        assert scene.returncode == 0, scene.stderr
        assert "closed(drawer)" in json.loads(scene.stdout)["facts"]

        assert robomatrix("stop", timeout_s=30.0).returncode == 0
        stopped = robomatrix("run", "move to the bin", "--out", str(tmp_path), "--json", timeout_s=90.0)
        assert stopped.returncode == 1
        assert json.loads(stopped.stdout)["verdict"]["cause"] == "stopped"
        assert robomatrix("reset", timeout_s=30.0).returncode == 0
        again = robomatrix("run", "move to the bin", "--out", str(tmp_path), "--json", timeout_s=90.0)
        assert again.returncode == 0, again.stderr
    finally:
        children = _node_processes(up.pid)
        up.send_signal(signal.SIGINT)
        began_s = time.monotonic()
        up.communicate(timeout=20.0)
    assert up.returncode == 0
    assert time.monotonic() - began_s < END_S + 1.0
    assert not _alive(children)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_in_motion_ends_everything(domain: int, tmp_path: Path, number: signal.Signals) -> None:
    del domain
    process = start_robomatrix(
        "run", "put the red cube in the bin", "--out", str(tmp_path), "--json", *PATIENT_OPTIONS
    )
    try:
        assert _wait_for(lambda: _events(tmp_path, "approach"), 60.0), process.communicate(timeout=5.0)
        children = _node_processes(process.pid)
        assert len(children) == 5
        process.send_signal(number)
        began_s = time.monotonic()
        out, err = process.communicate(timeout=20.0)
        took_s = time.monotonic() - began_s
    finally:
        process.kill()
    assert process.returncode == 1
    assert json.loads(out)["verdict"]["cause"] == "cancelled", err
    assert not _alive(children)
    # Python's own start and end and the report come on top of the processes' five seconds.
    assert took_s < END_S + 2.0


def _events(folder: Path, word: str) -> bool:
    return any(word in path.read_text() for path in folder.glob("*/events.jsonl"))


@pytest.mark.slow
@pytest.mark.parametrize("node", ["skills", "scheduler", "gate", "sim_driver"])
def test_death_of_a_process_is_told_and_ends_the_run(domain: int, tmp_path: Path, node: str) -> None:
    del domain
    shared_before = shared_memory()
    process = start_robomatrix(
        "run", "put the red cube in the bin", "--out", str(tmp_path), "--json", *PATIENT_OPTIONS
    )
    try:
        assert _wait_for(lambda: _events(tmp_path, "approach"), 60.0), process.communicate(timeout=5.0)
        children = _node_processes(process.pid)
        victim = next(pid for pid in children if f"nodes.{node}" in Path(f"/proc/{pid}/cmdline").read_text())
        os.kill(victim, signal.SIGKILL)
        out, err = process.communicate(timeout=30.0)
    finally:
        process.kill()
    assert process.returncode == 1
    result = json.loads(out)
    assert result["verdict"]["cause"] in ("driver_fault", "lease_lost", "stale_observation"), result["verdict"]
    assert node in result["verdict"]["message"] or node in err
    assert "Traceback" not in err
    assert not _alive(children)
    assert (Path(result["run_folder"]) / "report.html").stat().st_size > 0
    assert shared_memory() <= shared_before


@pytest.mark.slow
def test_no_graphics_is_one_clear_line(domain: int, tmp_path: Path) -> None:
    del domain
    answer = robomatrix(
        "run", "open the drawer", "--out", str(tmp_path / "runs"), timeout_s=60.0, MUJOCO_GL="glfw", DISPLAY=""
    )
    assert answer.returncode == 1
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    assert "OpenGL" in lines[0]
    assert "apt-get install" in lines[0]
    assert not list((tmp_path / "runs").glob("*")), "a run folder was left behind"
