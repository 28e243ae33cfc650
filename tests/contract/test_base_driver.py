"""The contract of every base driver, simulated, mocked or real: units, following, limits, watchdog, hold, close."""

from __future__ import annotations

import numpy as np
import pytest
from base_rig import BaseRig
from rig import CONFIG

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.base import BASE_AXES
from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.contracts.geometry import wrap_angle

SLACK_S = 0.2


def moved(base: BaseRig, since: np.ndarray) -> np.ndarray:
    """Return way and turn since an earlier place, the way in the frame of odometry."""
    way = base.where() - since
    return np.array([way[0], way[1], wrap_angle(way[2])])


def test_it_begins_by_standing(base: BaseRig) -> None:
    base.check_begins_at_rest()


def test_it_follows_a_stream_of_velocities_in_its_own_frame(base: BaseRig) -> None:
    began = base.where()
    base.run(0.8, base.swing())
    assert base.driver.status.mode is DriverMode.FOLLOWING
    base.run(0.5, base.still())
    assert base.refusals == []
    way = moved(base, began)
    ahead, left = np.cos(began[2]), np.sin(began[2])
    way[:2] = np.array([[ahead, left], [-left, ahead]]) @ way[:2]
    assert (np.abs(way) > 0.05).all()
    assert (np.sign(way) == np.sign(base.swing())).all()


def test_odometry_says_where_it_is_in_si_units_and_how_fast(base: BaseRig) -> None:
    base.run(0.9, base.swing())
    assert base.states[-1].velocity == pytest.approx(base.swing(), abs=0.06)
    base.run(0.8, base.still())
    base.start_here()
    state = base.states[-1]
    np.testing.assert_allclose(base.seen(state), base.where(), atol=base.tolerance)
    assert state.velocity == pytest.approx([0, 0, 0], abs=0.02)
    assert state.pose_base_in_odom.position_m[2] == 0.0


def test_it_reads_at_its_rate(base: BaseRig) -> None:
    base.states.clear()
    base.ticks = 0
    base.run(0.5)
    assert len(base.states) >= base.reading_share * base.ticks - 1
    times = [state.received_s for state in base.states]
    assert times == sorted(times)


def test_silence_in_motion_makes_it_stand_by_itself(base: BaseRig) -> None:
    base.run(0.5, base.swing())
    took_s = base.until(DriverMode.WATCHDOG, 1.0)
    assert took_s <= CONFIG.command_timeout_s + 2 * base.period_s + (SLACK_S if base.real_time else 0.0)
    assert "no command for" in base.driver.status.reason
    assert "standing still" in base.driver.status.reason
    base.run(0.6)
    there = base.where()
    base.run(0.3)
    np.testing.assert_allclose(base.where(), there, atol=5e-3)
    assert base.has_torque()
    assert base.driver.status.mode is DriverMode.WATCHDOG


def test_a_new_command_ends_the_hold(base: BaseRig) -> None:
    base.run(0.3, base.swing())
    base.until(DriverMode.WATCHDOG, 1.0)
    base.run(0.3)
    base.start_here()
    base.run(0.3, base.swing())
    assert base.driver.status.mode is DriverMode.FOLLOWING
    assert base.refusals == []


def test_silence_while_standing_is_no_fault(base: BaseRig) -> None:
    base.run(0.1, base.still())
    base.run(CONFIG.command_timeout_s + 0.3)
    assert base.driver.status.mode is DriverMode.READY
    assert base.driver.status.reason == ""


def test_broken_commands_are_refused_and_move_nothing(base: BaseRig) -> None:
    there, status = base.where(), base.driver.status
    too_fast = 1.5 * base.base.velocity_max
    for bad in ([np.nan, 0, 0], [0, 0, np.inf], [0.1, 0.1], too_fast, -too_fast):
        assert "permitted: finite, at most" in base.command(bad)
        base.tick()
    assert base.driver.status == status
    np.testing.assert_allclose(base.where(), there, atol=5e-3)


def test_a_leap_is_refused_by_name_and_slowing_down_never_is(base: BaseRig) -> None:
    base.run(1.2, [base.base.velocity_max[0], 0.0, 0.0])
    assert base.refusals == []
    reason = base.driver.command(BaseCommand(-np.array([1.0, 0.0, 0.0]) * base.base.velocity_max), base.now_s)
    assert BASE_AXES[0] in reason
    assert f"permitted: {base.base.acceleration_max[0]:g} a second" in reason
    assert base.command(np.zeros(3)) == ""
    base.goal = np.zeros(3)
    base.run(0.5, base.still())


def test_refused_commands_do_not_feed_the_watchdog(base: BaseRig) -> None:
    base.run(0.3, base.swing())
    for _ in range(round((CONFIG.command_timeout_s + 0.15) / base.period_s)):
        assert base.command(np.full(3, np.nan))
        base.tick()
    assert base.driver.status.mode is DriverMode.WATCHDOG


@pytest.mark.parametrize("how", ["hold", "close"])
def test_hold_and_close_end_a_motion(base: BaseRig, how: str) -> None:
    base.run(0.4, base.swing())
    getattr(base.driver, how)()
    for i in range(round(0.9 / base.period_s)):
        if i == round(0.6 / base.period_s):
            there = base.where()
        # The owner of a closed driver calls it no more; a simulated world goes on by itself.
        if how == "hold" or base.name == "sim_base":
            base.tick()
        else:
            base.advance()
    np.testing.assert_allclose(base.where(), there, atol=5e-3)
    assert base.has_torque()
    if how == "close":
        assert base.driver.status.reason == "closed: the base stands still"
