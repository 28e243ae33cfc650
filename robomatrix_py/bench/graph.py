"""Figures of the running graph: jitter, latency, stopping, images, memory, start-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.statistics import spread
from robomatrix_py.data.recording_reader import read_messages
from robomatrix_py.data.run_folder import RECORDING_FILE
from robomatrix_py.nodes import names
from robomatrix_py.nodes.graph_probe import GraphProbe
from robomatrix_py.runtime.domain import DomainMark, RunningGraph, domain_id
from robomatrix_py.runtime.supervisor import Supervisor
from robomatrix_py.settings.settings import Settings

_REPORT_S = 5.0
_READY_S = 30.0
# Far longer than any stop takes.
_BRAKED_S = 0.5
_TARGETS = ("bin", "cabinet")


@contextmanager
def running_graph(settings: Settings, cameras: tuple[str, ...] = ()) -> Iterator[tuple[Supervisor, GraphProbe]]:
    """Start a graph and a probe, and end both.

    Raises:
        EnvironmentFault: A graph is running on this domain already.
    """
    with DomainMark(domain_id()) as mark, tempfile.TemporaryDirectory(prefix="robomatrix-bench-") as folder:
        mark.take(RunningGraph(os.getpid(), settings.robot, settings.scene.name, settings.seed))
        supervisor = Supervisor(settings.graph.of_mode("sim", settings.perception_source), settings, Path(folder))
        probe: GraphProbe | None = None
        try:
            supervisor.start()
            probe = GraphProbe(cameras)
            probe.wait_ready(_READY_S)
            yield supervisor, probe
        finally:
            if probe is not None:
                probe.close()
            supervisor.stop()


def _published_frames(probe: GraphProbe) -> dict[str, int]:
    """Return how many frames each camera has published, as of a report of the driver that is just in."""
    key = "sim_driver: control loop"
    probe.diagnostics.pop(key, None)
    probe.require(lambda: key in probe.diagnostics, _REPORT_S, "diagnostics of the driver")
    return {name: int(probe.diagnostics[key][f"{name}_frames"]) for name in probe.images}


def measure_idle(settings: Settings, duration_s: float) -> dict[str, Any]:
    """Measure the gate's jitter, image loss and memory while skills run one after the other.

    Args:
        settings: The graph.
        duration_s: How long.
    """
    cameras = tuple(camera.name for camera in settings.load_robot().cameras)
    with running_graph(settings, cameras) as (supervisor, probe):
        probe.spin(2.0)
        published = _published_frames(probe)
        for stamps in probe.images.values():
            stamps.clear()
        began_s = time.monotonic()
        _move_about(probe, duration_s)
        took_s = time.monotonic() - began_s
        published = {name: count - published[name] for name, count in _published_frames(probe).items()}
        gate = probe.diagnostics.get("gate: control loop", {})
        rates = {
            camera.name: min(camera.rate_hz, settings.sim.cameras.rate_hz)
            for camera in settings.load_robot().cameras
        }
        return {
            "duration_s": round(took_s, 1),
            "gate_loop": {key: float(gate[key]) for key in sorted(gate) if key.startswith(("late_ms", "missed"))},
            "real_time_priority": gate.get("real_time_priority"),
            "observation_to_command_ms": {
                key.rpartition("_")[2]: float(gate[key]) for key in gate if key.startswith("observation_to_command")
            },
            "images": {
                name: {
                    "received": len(stamps),
                    # Counted by the driver about once a second, so that a frame or two may lie between the counts.
                    "published": published[name],
                    "due": round(rates[name] * took_s),
                    "interval_ms": spread(list(1e3 * np.diff(stamps))),
                }
                for name, stamps in probe.images.items()
            },
            "resident_mib": resident_mib(supervisor),
        }


def measure_stop(settings: Settings, trials: int) -> dict[str, Any]:
    """Measure from the request of a stop to standstill of the commands, at random moments of fast motion.

    Args:
        settings: The graph.
        trials: How many stops.
    """
    rng = np.random.default_rng(settings.seed)
    answers_ms, standstills_ms, speeds = [], [], []
    with running_graph(settings) as (_, probe):
        for trial in range(trials):
            goal = probe.start_skill("move_to", 20.0, target=_TARGETS[trial % 2])
            result = goal.get_result_async()
            probe.require(lambda: probe.commanded_speed_rad_s() > 0.4, 10.0, "motion")
            probe.spin(float(rng.uniform(0.0, 0.6)))
            if result.done():
                continue
            speeds.append(probe.commanded_speed_rad_s())
            asked_s, answered_s = probe.stop("bench")
            probe.spin(_BRAKED_S)
            answers_ms.append(1e3 * (answered_s - asked_s))
            standstills_ms.append(1e3 * (probe.last_motion_after(asked_s) - asked_s))
            probe.require(result.done, 5.0, "the end of the skill")
            probe.reset()
            probe.commands.clear()
    return {
        "trials": len(standstills_ms),
        "speed_at_request_rad_s": spread(speeds),
        "request_to_answer_ms": spread(answers_ms),
        "request_to_zero_velocity_command_ms": spread(standstills_ms),
    }


def measure_first_motion(trials: int) -> dict[str, Any]:
    """Measure from the command `robomatrix run` to the first command that the gate sends to the arm."""
    waits_s = []
    for _ in range(trials):
        with tempfile.TemporaryDirectory(prefix="robomatrix-bench-") as folder:
            began_ns = time.time_ns()
            command = [sys.executable, "-m", "robomatrix_py.cli", "run", "move to the bowl", "--out", folder, "--json"]
            answer = subprocess.run(command, capture_output=True, text=True, timeout=120.0, check=False)
            try:
                run = Path(json.loads(answer.stdout)["run_folder"])
                first_ns = next(
                    message.log_time_ns
                    for message in read_messages(run / RECORDING_FILE)
                    if message.topic == f"/{names.ARM_TRAJECTORY}"
                )
            except (ValueError, KeyError, StopIteration) as error:
                raise DeviceError(f"the run failed: {answer.stderr.strip()[-300:]}") from error
            waits_s.append((first_ns - began_ns) * 1e-9)
    return {"command_to_first_motion_s": spread(waits_s)}


def resident_mib(supervisor: Supervisor) -> dict[str, float]:
    """Return the proportional set size of every process in MiB, and their sum."""
    sizes = {}
    for name, pid in supervisor.pids.items():
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        kib = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
        sizes[name] = round(kib / 1024, 1)
    return sizes | {"sum": round(sum(sizes.values()), 1)}


def _move_about(probe: GraphProbe, duration_s: float) -> None:
    end = time.monotonic() + duration_s
    trial = 0
    while time.monotonic() < end:
        goal = probe.start_skill("move_to", 20.0, target=_TARGETS[trial % 2])
        result = goal.get_result_async()
        probe.require(result.done, 25.0, "the end of the skill")
        trial += 1


