"""Fault tests of processes need a whole graph in a ROS domain of its own; those in lock-step need nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _private_domain(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if request.node.get_closest_marker("faults") is None:
        return  # in lock-step, in this process
    pytest.importorskip("rclpy", reason="no ROS 2: 'make setup' installs it")
    pytest.importorskip("robomatrix_interfaces", reason="robomatrix_interfaces is not built")
    from robomatrix_py.runtime.environment import apply_graph_defaults

    monkeypatch.setenv("ROS_DOMAIN_ID", str(random.randint(20, 99)))
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("ROS_LOG_DIR", str(tmp_path / "ros"))
    apply_graph_defaults()
