"""How soon a running graph obeys corrections: `stop` to standstill, a language motion to a motion that has changed."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from robomatrix_py.bench.graph import running_graph
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.statistics import spread
from robomatrix_py.nodes.graph_probe import GraphProbe
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.settings import Settings

_PLACES = ("bin", "cabinet")
_UP = "3 cm up"
_WATCHED_S = 0.6
_END_S = 20.0
# On its way across, the tool keeps its height to within much less than this.
_RISEN_M = 0.0005
_CROSSING_M_S = 0.1
_LEVEL = 6
_GATE_HZ = 100.0


def measure_corrections(settings: Settings, trials: int) -> dict[str, Any]:
    """Measure from saying something on the topic to the gate's first commands that obey.

    Stops come at random moments of fast motion; `3 cm up` while the tool crosses the table at constant height.

    Args:
        settings: The graph.
        trials: How often each.
    """
    rng = np.random.default_rng(settings.seed)
    chain = SerialChain(settings.load_robot())
    stops_ms, motions_ms, missed = [], [], 0
    with running_graph(settings) as (_, probe):
        probe.wait_for_tasks(_END_S)
        for trial in range(trials):
            stopped_s = _time_stop(probe, _PLACES[trial % 2], float(rng.uniform(0.0, 0.6)))
            if stopped_s is not None:
                stops_ms.append(1e3 * stopped_s)
        for trial in range(trials):
            changed_s = _time_motion(probe, chain, _PLACES[trial % 2])
            if changed_s is None:
                missed += 1
            else:
                motions_ms.append(1e3 * changed_s)
    return {
        "stop_trials": len(stops_ms),
        "stop_said_to_zero_velocity_command_ms": spread(stops_ms),
        "motion_trials": len(motions_ms),
        "motion_trials_without_a_change": missed,
        "motion_said_to_changed_command_ms": spread(motions_ms),
    }


def _time_stop(probe: GraphProbe, place: str, after_s: float) -> float | None:
    """Return how long the arm was still commanded to move after a stop was said; None where it stood already."""
    probe.commands.clear()
    result = probe.start_task(f"move to the {place}", 60.0).get_result_async()
    probe.require(lambda: probe.commanded_speed_rad_s() > 0.4, _END_S, "motion")
    probe.spin(after_s)
    was_moving = probe.commanded_speed_rad_s() > 0.1
    said_s = time.monotonic()
    probe.say("stop")
    probe.spin(_WATCHED_S)
    took_s = probe.last_motion_after(said_s) - said_s
    probe.require(result.done, _END_S, "the end of the task")
    probe.reset()
    return took_s if was_moving else None


def _time_motion(probe: GraphProbe, chain: SerialChain, place: str) -> float | None:
    """Return how long it took until the commanded tool rose; None where it did not."""
    probe.commands.clear()
    goal = probe.start_task(f"move to the {place}", 60.0)
    result = goal.get_result_async()
    probe.require(lambda: _is_crossing(probe, chain) or result.done(), _END_S, "the way across")
    height_m = _tool(chain, probe.commands[-1][1])[2]
    said_s = time.monotonic()
    probe.say(_UP)
    probe.spin(_WATCHED_S)
    risen = (t for t, joints in probe.commands if t > said_s and _tool(chain, joints)[2] - height_m > _RISEN_M)
    changed_s = next(risen, None)
    probe.require(result.done, _END_S, "the end of the task")
    return None if changed_s is None else changed_s - said_s


def _is_crossing(probe: GraphProbe, chain: SerialChain) -> bool:
    if len(probe.commands) < _LEVEL:
        return False
    tools = np.array([_tool(chain, joints) for _, joints in probe.commands[-_LEVEL:]])
    speed_m_s = np.linalg.norm(np.diff(tools[:, :2], axis=0), axis=1) * _GATE_HZ
    return bool(speed_m_s.min() > _CROSSING_M_S and np.ptp(tools[:, 2]) < _RISEN_M / 5)


def _tool(chain: SerialChain, joints: Array) -> Array:
    _, position, _ = chain.place(joints[None])
    tool: Array = position[0]
    return tool
