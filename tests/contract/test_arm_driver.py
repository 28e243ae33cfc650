"""The contract of every arm driver, simulated, mocked or real: units, following, limits, watchdog, hold, close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from arm_rig import ArmRig
from rig import CONFIG

from robomatrix_py.contracts.driver import DriverMode

# Time that a test machine may lose between two periods.
SLACK_S = 0.2


def test_it_begins_by_holding_where_the_arm_is(arm: ArmRig) -> None:
    arm.check_begins_at_rest()


def test_states_bear_the_robots_names_and_si_units(arm: ArmRig) -> None:
    arm.run(0.3, arm.swing())
    arm.run(0.3, np.zeros(len(arm.robot.joints)))
    state = arm.states[-1]
    assert state.names == (*arm.robot.joint_names, *arm.robot.gripper.joints)
    for vector in (state.positions, state.velocities, state.efforts):
        assert vector.shape == (len(state.names),)
        assert np.isfinite(vector).all()
    np.testing.assert_allclose(state.arm_positions_rad(arm.robot), arm.where(), atol=arm.tolerance_rad)
    assert -0.05 <= state.gripper_opening(arm.robot) <= 1.05


def test_velocities_are_those_of_the_motion(arm: ArmRig) -> None:
    arm.run(0.4, arm.swing())
    states = arm.states[-25:]
    elapsed_s = states[-1].received_s - states[0].received_s
    moved = states[-1].arm_positions_rad(arm.robot) - states[0].arm_positions_rad(arm.robot)
    said = np.mean([state.arm_velocities_rad_s(arm.robot) for state in states], axis=0)
    np.testing.assert_allclose(said, moved / elapsed_s, atol=0.25)
    assert (np.sign(said) == np.sign(moved)).all()


def test_it_follows_a_stream_of_commands(arm: ArmRig) -> None:
    began = arm.where()
    arm.run(0.5, arm.swing())
    assert arm.driver.status.mode is DriverMode.FOLLOWING
    arm.run(0.3, np.zeros(len(arm.robot.joints)))
    np.testing.assert_allclose(arm.where(), arm.goal, atol=arm.tolerance_rad)
    assert np.abs(arm.where() - began).min() > 0.1
    assert arm.refusals == []


def test_it_reads_at_its_rate(arm: ArmRig) -> None:
    arm.states.clear()
    arm.ticks = 0
    arm.run(0.5)
    assert len(arm.states) >= arm.reading_share * arm.ticks
    times = [state.received_s for state in arm.states]
    assert times == sorted(times)


def test_the_gripper_goes_where_it_is_told(arm: ArmRig) -> None:
    zero = np.zeros(len(arm.robot.joints))
    for opening in arm.openings:
        for _ in range(round(0.15 / arm.period_s)):
            arm.opening += np.clip(opening - arm.opening, -0.1, 0.1)
            arm.run(arm.period_s, zero)
        arm.run(0.7, zero)
        assert arm.states[-1].gripper_opening(arm.robot) == pytest.approx(opening, abs=0.05)


def test_arm_and_gripper_can_be_commanded_apart(arm: ArmRig) -> None:
    speed = arm.swing()
    for _ in range(round(0.3 / arm.period_s)):
        arm.goal = arm.goal + speed * arm.period_s
        assert arm.driver.command_gripper(arm.opening, arm.period_s, arm.now_s) == ""
        assert arm.driver.command_arm(arm.robot.joint_names, arm.goal, arm.period_s, arm.now_s) == ""
        arm.tick()
    arm.run(0.3, np.zeros(len(speed)))
    np.testing.assert_allclose(arm.where(), arm.goal, atol=arm.tolerance_rad)


def test_silence_in_motion_makes_it_hold_by_itself(arm: ArmRig) -> None:
    arm.run(0.3, arm.swing())
    last = arm.goal.copy()
    took_s = arm.until(DriverMode.WATCHDOG, 1.0)
    assert took_s <= CONFIG.command_timeout_s + 2 * arm.period_s + (SLACK_S if arm.real_time else 0.0)
    assert "no command for" in arm.driver.status.reason
    assert "holding" in arm.driver.status.reason
    arm.run(0.3)
    there = arm.where()
    np.testing.assert_allclose(there, last, atol=2 * arm.tolerance_rad)
    arm.run(0.2)
    np.testing.assert_allclose(arm.where(), there, atol=5e-3)
    assert arm.has_torque()
    assert arm.driver.status.mode is DriverMode.WATCHDOG


def test_a_new_command_ends_the_hold(arm: ArmRig) -> None:
    arm.run(0.2, arm.swing())
    arm.until(DriverMode.WATCHDOG, 1.0)
    arm.start_here()
    arm.run(0.2, arm.swing())
    assert arm.driver.status.mode is DriverMode.FOLLOWING
    assert arm.refusals == []


def test_silence_while_standing_is_no_fault(arm: ArmRig) -> None:
    arm.run(0.1, np.zeros(len(arm.robot.joints)))
    arm.run(CONFIG.command_timeout_s + 0.3)
    assert arm.driver.status.mode is DriverMode.READY
    assert arm.driver.status.reason == ""


def test_broken_commands_are_refused_and_move_nothing(arm: ArmRig) -> None:
    count = len(arm.robot.joints)
    bad = np.full(count, np.nan)
    names = arm.robot.joint_names
    cases: list[tuple[str, dict[str, Any]]] = [
        ("permitted: finite", {"positions_rad": bad}),
        ("permitted: finite", {"positions_rad": np.append(arm.goal[:-1], np.inf)}),
        ("permitted: [", {"positions_rad": arm.goal[:-1]}),
        ("permitted: [", {"names": names[::-1]}),
        ("permitted: [", {"names": ()}),
        ("permitted: 0 to 1", {"gripper_opening": float("nan")}),
        ("permitted: 0 to 1", {"gripper_opening": 1.5}),
        ("within 0 to 1 s", {"reach_in_s": float("nan")}),
        ("within 0 to 1 s", {"reach_in_s": -1.0}),
    ]
    there, status = arm.where(), arm.driver.status
    for says, changes in cases:
        positions = changes.pop("positions_rad", arm.goal + 0.02)
        assert says in arm.command(positions, **changes)
        arm.tick()
    assert arm.driver.status == status
    np.testing.assert_allclose(arm.where(), there, atol=5e-3)


def test_a_target_beyond_a_limit_is_refused_by_name(arm: ArmRig) -> None:
    for i, joint in enumerate(arm.robot.joints):
        for outside in (joint.position_min_rad - 0.05, joint.position_max_rad + 0.05):
            positions = arm.goal.copy()
            positions[i] = outside
            reason = arm.command(positions)
            assert joint.name in reason
            assert f"permitted: {joint.position_min_rad} to {joint.position_max_rad} rad" in reason


def test_a_leap_is_refused_with_the_permitted_speed(arm: ArmRig) -> None:
    joint = arm.robot.joints[0]
    positions = arm.goal.copy()
    farther = max((joint.position_min_rad, joint.position_max_rad), key=lambda limit: abs(limit - positions[0]))
    positions[0] += 0.9 * (farther - positions[0])
    reason = arm.command(positions)
    assert joint.name in reason
    assert f"{joint.velocity_max_rad_s} rad/s" in reason


def test_refused_commands_do_not_feed_the_watchdog(arm: ArmRig) -> None:
    arm.run(0.2, arm.swing())
    for _ in range(round((CONFIG.command_timeout_s + 0.15) / arm.period_s)):
        assert arm.command(np.full(len(arm.robot.joints), np.nan))
        arm.tick()
    assert arm.driver.status.mode is DriverMode.WATCHDOG


@pytest.mark.parametrize("how", ["hold", "close"])
def test_hold_and_close_end_a_motion_and_keep_the_torque(arm: ArmRig, how: str) -> None:
    arm.run(0.2, np.zeros(len(arm.robot.joints)))
    assert arm.command(arm.goal + arm.swing(), reach_in_s=1.0) == ""
    arm.run(0.1)
    getattr(arm.driver, how)()
    began = arm.where()
    for _ in range(round(0.3 / arm.period_s)):
        # The owner of a closed driver calls it no more; a simulated world goes on by itself.
        if how == "hold" or arm.name == "sim":
            arm.tick()
        else:
            arm.advance()
    np.testing.assert_allclose(arm.where(), began, atol=2 * arm.tolerance_rad)
    assert arm.has_torque()
    if how == "close":
        assert "closed" in arm.driver.status.reason
        assert "hold" in arm.driver.status.reason
