"""The launch file under the real `launch` and `launch_ros`, where their sources are on the Python path."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robomatrix_py.nodes.graph_probe import GraphProbe
from robomatrix_py.runtime.environment import apply_graph_defaults
from robomatrix_py.settings.settings import resolve

pytest.importorskip("launch", reason="no `launch` on the Python path: it comes with ROS 2, not with the wheels")
pytest.importorskip("launch_ros", reason="no `launch_ros` on the Python path: it comes with ROS 2, not with the wheels")

pytestmark = [pytest.mark.ros, pytest.mark.slow]

SERVICE = Path(__file__).with_name("launch_service.py")
END_S = 8.0


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SERVICE), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(os.environ),
        start_new_session=True,
    )


def test_graph_starts_moves_and_ends(domain: int) -> None:
    del domain
    apply_graph_defaults()
    process = _start("seed:=5", "mode:=sim")
    try:
        probe = GraphProbe()
        try:
            probe.wait_ready(60.0)
            result = probe.start_skill("move_to", 20.0, target="bin").get_result_async()
            probe.require(result.done, 40.0, "the end of the skill")
            assert result.result().result.report.outcome == "succeeded"
        finally:
            probe.close()
        children = [int(word) for word in _children(process.pid)]
        settings = resolve([])
        assert len(children) == len(settings.graph.of_mode("sim", settings.perception_source))
        process.send_signal(signal.SIGINT)
        began_s = time.monotonic()
        output, _ = process.communicate(timeout=30.0)
    finally:
        process.kill()
    assert time.monotonic() - began_s < END_S, output
    assert "SIGKILL" not in output
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_death_of_a_node_ends_the_launch(domain: int) -> None:
    del domain
    apply_graph_defaults()
    process = _start()
    try:
        probe = GraphProbe()
        try:
            probe.wait_ready(60.0)
        finally:
            probe.close()
        command_lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _children(process.pid)}
        victim = next(pid for pid, command_line in command_lines.items() if b"nodes.skills" in command_line)
        os.kill(int(victim), signal.SIGKILL)
        output, _ = process.communicate(timeout=30.0)
    finally:
        process.kill()
    assert "process 'skills' has ended" in output


def test_unknown_mode_is_refused(domain: int) -> None:
    del domain
    process = _start("mode:=moon")
    output, _ = process.communicate(timeout=60.0)
    assert process.returncode == 1
    assert "permitted: sim" in output


def _children(parent: int) -> list[str]:
    answer = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return answer.stdout.split()
