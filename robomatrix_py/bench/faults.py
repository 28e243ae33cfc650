"""What happens when a process is killed in motion: who notices, how soon, and how far the arm still goes.

The oracle is what the driver measures and is told, never a node's own claim of success.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import numpy as np

from robomatrix_py.bench.graph import running_graph
from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.statistics import spread
from robomatrix_py.nodes.graph_probe import GraphProbe
from robomatrix_py.safety.stop import GateMode
from robomatrix_py.settings.settings import Settings

_AFTER_S = 1.5
_FAST_RAD_S = 0.4
_TARGETS = ("bin", "cabinet")


def measure_kill(settings: Settings, node: str, trials: int, number: signal.Signals) -> dict[str, Any]:
    """Kill a process of the command path at random moments of motion.

    Args:
        settings: The graph.
        node: ``skills`` (faults F01, F02) or ``gate`` (F03).
        trials: How often; each with a new graph.
        number: SIGKILL, or SIGSTOP for a process that hangs.
    """
    rng = np.random.default_rng([settings.seed, len(node)])
    results = []
    for trial in range(trials):
        with running_graph(settings) as (supervisor, probe):
            _move(probe, _TARGETS[trial % 2])
            probe.spin(float(rng.uniform(0.0, 0.5)))
            if probe.commanded_speed_rad_s() > 0.1:
                results.append(_kill(probe, supervisor.pids[node], node, number))
            # A stopped process cannot end by itself.
            if number is signal.SIGSTOP:
                os.kill(supervisor.pids[node], signal.SIGKILL)
    return {
        "fault": f"{number.name} of {node}",
        "trials": len(results),
        "speed_rad_s": spread([result["speed"] for result in results]),
        "detect_ms": spread([result["detect"] for result in results]),
        "still_ms": spread([result["still"] for result in results]),
        "overshoot_rad": spread([result["overshoot"] for result in results], 4),
    }


def _kill(probe: GraphProbe, pid: int, node: str, number: signal.Signals) -> dict[str, float]:
    speed = probe.commanded_speed_rad_s()
    os.kill(pid, number)
    probe.spin(_AFTER_S)
    killed_s = _last_sign_of_life(probe, node)
    detected_s = _detected(probe, node, killed_s)
    still_s = probe.stillness_after(killed_s)
    if still_s is None:
        raise DeviceError(f"the arm still moves {_AFTER_S} s after {node} was killed")
    return {
        "speed": speed,
        "detect": 1e3 * (detected_s - killed_s),
        "still": 1e3 * (still_s - killed_s),
        "overshoot": probe.travel_after(detected_s),
    }


def _last_sign_of_life(probe: GraphProbe, node: str) -> float:
    """Return when the last chunk (of the skills) or command (of the gate) came."""
    return probe.chunks[-1] if node == "skills" else probe.commands[-1][0]


def _detected(probe: GraphProbe, node: str, since_s: float) -> float:
    """Return when the gate began to brake, or when the driver's own watchdog held."""
    changes = probe.safety_changes if node == "skills" else probe.driver_changes
    words = (GateMode.STOPPING.value, GateMode.STOPPED.value) if node == "skills" else (DriverMode.WATCHDOG.value,)
    for time_s, word in changes:
        if time_s > since_s and word.startswith(words):
            return time_s
    raise DeviceError(f"nobody noticed that {node} was killed; seen: {changes[-3:]}")


def measure_scheduler_death(settings: Settings, trials: int) -> dict[str, Any]:
    """Kill the scheduler while it carries out a plan (F04): the running skill may end, nothing new may start.

    Args:
        settings: The graph.
        trials: How often; each with a new graph.
    """
    motions_after_end = 0
    for trial in range(trials):
        with running_graph(settings) as (supervisor, probe):
            probe.start_task("put the red cube in the bin", 120.0)
            probe.require(lambda: probe.commanded_speed_rad_s() > _FAST_RAD_S, 20.0, "motion")
            probe.spin(0.3 * (trial % 4))
            os.kill(supervisor.pids["scheduler"], signal.SIGKILL)
            # The skill under way ends, at the latest at its deadline; then the gate holds.
            probe.require(lambda: probe.safety is not None and not probe.safety.holder, 40.0, "the skill's end")
            count = len(probe.commands)
            probe.spin(_AFTER_S)
            motions_after_end += int(len(probe.commands) - count > 20)
    return {"fault": "SIGKILL of scheduler", "trials": trials, "new_motions": motions_after_end}


def _move(probe: GraphProbe, target: str) -> None:
    result = probe.start_skill("move_to", 20.0, target=target).get_result_async()
    probe.require(lambda: probe.commanded_speed_rad_s() > _FAST_RAD_S or result.done(), 10.0, "motion")
    if result.done():
        raise DeviceError(f"move_to ended before it could be disturbed: {result.result().result.report.message}")
