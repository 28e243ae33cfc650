"""A graph under test: supervisor, probe, and the command line beside it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robomatrix_py.nodes.graph_probe import GraphProbe
from robomatrix_py.runtime.environment import apply_graph_defaults
from robomatrix_py.runtime.supervisor import Supervisor
from robomatrix_py.settings.settings import Settings

READY_S = 60.0

PATIENT = (
    "gate.command_timeout_s=0.8",
    "gate.joint_state_timeout_s=0.8",
    "gate.odometry_timeout_s=0.8",
    "gate.lease_timeout_s=1.0",
    "gate.tracking_error_max_rad=1.0",
    "sim.command_timeout_s=0.9",
    "sim.base.command_timeout_s=0.9",
    "+skills.servo.lookahead_steps=20",
)
"""Settings for tests of what is done, not of how soon silence is noticed.

Shared machines that run tests stand still for longer than the computer of a robot should: on a busy one a process was
seen to get no time for 0.3 s. Whoever waits for another must bear it: the gate for the skills' chunks and the driver's
readings, the driver for the gate, and the skills for themselves, whose chunks must reach so far.
"""
PATIENT_OPTIONS = tuple(word for setting in PATIENT for word in ("--set", setting))
"""The same for the command line."""


@dataclass
class Graph:
    """What a test may touch.

    Args:
        supervisor: The processes.
        probe: A node that listens and asks.
        settings: What the graph is configured by.
    """

    supervisor: Supervisor
    probe: GraphProbe
    settings: Settings


def private_domain() -> int:
    """Return a ROS domain that neither users nor other tests are likely to be on."""
    return random.Random(os.getpid() * 7919 + random.randrange(10**6)).randint(20, 99)


def shared_memory() -> set[str]:
    """Return the names of Fast DDS's shared-memory files, whoever made them."""
    return {path.name for path in Path("/dev/shm").iterdir() if path.name.startswith("fastdds")}


@contextmanager
def running(settings: Settings, log_folder: Path, cameras: tuple[str, ...] = ()) -> Iterator[Graph]:
    """Run a graph and a probe, and end both."""
    apply_graph_defaults()
    supervisor = Supervisor(settings.graph.of_mode("sim", settings.perception_source), settings, log_folder)
    supervisor.start()
    probe: GraphProbe | None = None
    try:
        probe = GraphProbe(cameras)
        probe.wait_ready(READY_S)
        yield Graph(supervisor, probe, settings)
    finally:
        if probe is not None:
            probe.close()
        supervisor.stop()


def robomatrix(*arguments: str, timeout_s: float, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command line and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", "robomatrix_py.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=os.environ | extra,
        check=False,
    )


def start_robomatrix(*arguments: str, **extra: Any) -> subprocess.Popen[str]:
    """Start the command line and return the process."""
    return subprocess.Popen(
        [sys.executable, "-m", "robomatrix_py.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | extra,
        start_new_session=True,
    )
