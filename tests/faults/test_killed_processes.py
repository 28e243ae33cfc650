"""F01 to F04 of the reliability scorecard: a process dies or hangs in motion.

The bounds here only tell working from broken on a busy machine; the figures come from `robomatrix bench faults`.
"""

from __future__ import annotations

import signal
from typing import Any

import pytest

from robomatrix_py.settings.settings import resolve

pytestmark = [pytest.mark.faults, pytest.mark.slow]

TRIALS = 2
DETECT_MS = 300.0
STILL_MS = 1000.0
OVERSHOOT_RAD = 0.15


def _check(result: dict[str, Any]) -> None:
    assert result["trials"] >= 1, result
    assert result["detect_ms"]["max"] < DETECT_MS, result
    assert result["still_ms"]["max"] < STILL_MS, result
    assert result["overshoot_rad"]["max"] < OVERSHOOT_RAD, result


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_skills_dead_or_hanging_the_gate_stops_the_arm(number: signal.Signals) -> None:
    from robomatrix_py.bench.faults import measure_kill

    _check(measure_kill(resolve([]), "skills", TRIALS, number))


def test_gate_dead_the_driver_stops_the_arm() -> None:
    from robomatrix_py.bench.faults import measure_kill

    _check(measure_kill(resolve([]), "gate", TRIALS, signal.SIGKILL))


def test_scheduler_dead_nothing_new_starts() -> None:
    from robomatrix_py.bench.faults import measure_scheduler_death

    assert measure_scheduler_death(resolve([]), 1)["new_motions"] == 0
