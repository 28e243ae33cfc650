"""ROS tests run real nodes in real processes, each module in a ROS domain of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ros_graph import PATIENT, Graph, private_domain, running

from robomatrix_py.settings.settings import resolve


@pytest.fixture(autouse=True)
def _skip_without_ros() -> None:
    pytest.importorskip("rclpy", reason="no ROS 2: 'make setup' installs it")
    pytest.importorskip("robomatrix_interfaces", reason="robomatrix_interfaces is not built")


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> int:
    """Set a ROS domain nobody else uses in this process and its children."""
    number = private_domain()
    monkeypatch.setenv("ROS_DOMAIN_ID", str(number))
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("ROS_LOG_DIR", str(tmp_path / "ros"))
    return number


@pytest.fixture
def graph(domain: int, tmp_path: Path) -> Iterator[Graph]:
    """Run a whole graph."""
    del domain
    with running(resolve(list(PATIENT)), tmp_path / "log") as graph:
        yield graph
