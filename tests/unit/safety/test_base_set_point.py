"""What a base's driver follows: limits, leaps, silence and braking, on a clock that only the test moves."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.safety.base_set_point import BaseSetPoint
from robomatrix_py.settings.robots import load_robot

TIMEOUT_S = 0.1


@pytest.fixture
def base() -> BaseSetPoint:
    description = load_robot("robomaster_ep").base
    assert description is not None
    return BaseSetPoint(description, TIMEOUT_S)


def give(base: BaseSetPoint, forward_m_s: float, now_s: float) -> str:
    return base.command(BaseCommand(np.array([forward_m_s, 0.0, 0.0])), now_s)


def test_speeding_up_is_bounded_by_time_and_slowing_down_is_not(base: BaseSetPoint) -> None:
    # 1.2 m/s2 over twice the timeout, as nothing was commanded before.
    assert "permitted: 1.2 a second" in give(base, 0.25, 0.0)
    assert give(base, 0.24, 0.0) == ""
    # Without time between the two, over the timeout alone.
    assert give(base, 0.37, 0.0)
    assert give(base, 0.35, 0.0) == ""
    assert give(base, 0.0, 0.0) == ""
    assert give(base, 0.24, 1.0) == ""
    assert give(base, -0.25, 2.0)
    assert give(base, -0.24, 2.0) == ""


def test_in_silence_it_brakes_as_a_protective_stop_and_does_not_leap_back(base: BaseSetPoint) -> None:
    for i in range(6):
        assert give(base, 0.1 * (i + 1), 0.1 * i) == ""
        assert base.update(0.1 * i)[0] == pytest.approx(0.1 * (i + 1))
    assert base.update(0.6)[0] == pytest.approx(0.6)
    # 2.5 m/s2
    assert base.update(0.62)[0] == pytest.approx(0.55)
    assert base.status.mode is DriverMode.WATCHDOG
    assert base.status.reason == "no command for 120 ms: standing still"
    assert base.update(0.80)[0] == pytest.approx(0.1)
    assert give(base, 0.6, 0.8)
    assert base.update(0.90)[0] == 0.0
    assert base.update(5.0)[0] == 0.0
    assert base.status.mode is DriverMode.WATCHDOG
    assert give(base, 0.0, 5.0) == ""
    assert base.status.mode is DriverMode.READY


def test_it_takes_up_a_stream_while_it_still_brakes(base: BaseSetPoint) -> None:
    assert give(base, 0.2, 0.0) == ""
    base.update(0.0)
    base.hold()
    assert base.update(0.04)[0] == pytest.approx(0.1)
    assert give(base, 0.2, 0.04) == ""
    assert base.update(0.05)[0] == pytest.approx(0.2)
    assert base.status.mode is DriverMode.FOLLOWING
