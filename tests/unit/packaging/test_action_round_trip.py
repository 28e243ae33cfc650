"""The compiled messages work between two processes that have nothing but the environment's Python."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.ros
pytest.importorskip("rclpy", exc_type=ImportError, reason="ROS 2 is not installed")
pytest.importorskip("robomatrix_interfaces", reason="robomatrix_interfaces is not installed")

HERE = Path(__file__).parent
STATUS_CANCELED = 5


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No PATH, no ROS variables: a domain of its own that stays on this machine."""
    return {
        "PATH": "",
        "HOME": str(tmp_path),
        "ROS_LOG_DIR": str(tmp_path),
        "ROS_DOMAIN_ID": "87",
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
    }


@pytest.fixture
def server(environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, str(HERE / "run_task_server.py")], env=environment)
    yield
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(timeout=10.0) == 0
    finally:
        process.kill()


@pytest.mark.usefixtures("server")
def test_goal_feedback_result_rejection_and_cancellation(environment: dict[str, str]) -> None:
    client = subprocess.run(
        [sys.executable, str(HERE / "run_task_client.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert client.returncode == 0, client.stderr
    assert json.loads(client.stdout) == {
        "steps": [1, 2, 3],
        "outcome": "succeeded",
        "evidence": {"counted": 3},
        "run_folder": "/somewhere",
        "rejected": True,
        "cancelled_status": STATUS_CANCELED,
        "cancelled_cause": "cancelled",
    }
