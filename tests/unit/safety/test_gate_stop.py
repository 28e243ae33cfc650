"""The protective stop: granted in every mode, braking within its ramp, latched until an explicit reset."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safety_rig import GateRig, difference_limits, executed, load_roomy_ur5e, load_ur5e
from test_gate_commands import check_limits

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.safety.lease import Lease
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.safety.stop import GateMode, StopRamp, brake

GLIDE = {0: 1.2, 3: -0.7, 6: -0.6}


def starting(rig: GateRig) -> None:
    rig.gate = GateRig(ready=False).gate


def holding(rig: GateRig) -> None:
    del rig


def leased(rig: GateRig) -> None:
    rig.lease()


def moving(rig: GateRig) -> None:
    rig.start_gliding(GLIDE, until_row=45)


def arrived(rig: GateRig) -> None:
    rig.start_gliding({0: 0.02}, steps=20, until_row=20)


def stopping(rig: GateRig) -> None:
    moving(rig)
    assert rig.gate.release(rig.token, rig.now_s) is None
    rig.tick()
    assert rig.gate.status.mode is GateMode.STOPPING


def refused(rig: GateRig) -> None:
    moving(rig)
    assert rig.submit(np.full((3, 7), 1e9), 45) is not None


def stopped(rig: GateRig) -> None:
    rig.gate.request_stop("an earlier stop", rig.now_s)
    assert rig.gate.status.mode is GateMode.STOPPED


SITUATIONS: list[Callable[[GateRig], None]] = [
    starting,
    holding,
    leased,
    moving,
    arrived,
    stopping,
    refused,
    stopped,
]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_stop_is_granted_in_every_mode_and_latches(rig: GateRig, situation: Callable[[GateRig], None]) -> None:
    situation(rig)
    rig.gate.request_stop("the console", rig.now_s)
    assert rig.gate.latched
    rig.observe()
    rig.settle()
    status = rig.gate.status
    assert status.mode is GateMode.STOPPED
    assert status.stop is not None
    assert status.stop.latched
    assert status.stop.cause is Cause.STOPPED
    wanted = "an earlier stop" if situation is stopped else "the console"
    assert status.stop.message == f"stop requested by {wanted}"
    assert status.holder == ""
    for _ in range(10):
        assert rig.tick() is None
    answer = rig.gate.acquire("skills", rig.robot.resources, rig.now_s)
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.STOPPED
    assert wanted in answer.message


@pytest.mark.parametrize("situation", [moving, arrived, leased])
def test_the_holder_of_a_stopped_lease_can_do_nothing_more(rig: GateRig, situation: Callable[[GateRig], None]) -> None:
    situation(rig)
    rig.gate.request_stop("the console", rig.now_s)
    first = rig.submit(rig.hold(), 60)
    assert first is not None
    rig.settle()
    later = rig.submit(rig.hold(), 61)
    assert later is not None
    assert later.code is RefusalCode.STOPPED
    assert later.cause is Cause.STOPPED
    assert rig.gate.release(rig.token, rig.now_s) is not None
    assert rig.gate.status.mode is GateMode.STOPPED
    assert rig.tick() is None


def test_nothing_but_a_reset_leaves_a_latched_stop(rig: GateRig) -> None:
    """Joint states, time, new chunks, new wishes, further stops and faults: 500 tries."""
    moving(rig)
    rig.gate.request_stop("the pedal", rig.now_s)
    rig.settle()
    rng = np.random.default_rng(1)
    for _ in range(500):
        match rng.integers(6):
            case 0:
                rig.observe()
            case 1:
                rig.submit(rig.hold(), int(rng.integers(0, 99)))
            case 2:
                rig.gate.release(rig.token, rig.now_s)
            case 3:
                assert isinstance(rig.gate.acquire("x", rig.robot.resources, rig.now_s), Refusal)
            case 4:
                rig.gate.fault(Cause.DRIVER_FAULT, "something else", rig.now_s)
            case 5:
                rig.gate.request_stop("another", rig.now_s)
        assert rig.tick(after_s=float(rng.uniform(0.0, 0.3))) is None
        assert rig.gate.status.mode is GateMode.STOPPED
    assert rig.gate.status.stop.message == "stop requested by the pedal"
    rig.observe()
    assert rig.gate.reset(rig.now_s) is None
    assert rig.gate.status.mode is GateMode.HOLDING
    assert rig.gate.status.stop is None
    assert rig.gate.status.refusal is None
    assert rig.tick() is None, "a reset alone must move nothing"
    assert rig.submit(rig.hold()) is not None, "the old token stays dead"
    rig.start_gliding({0: -0.5}, until_row=10)


def test_a_reset_waits_until_braking_is_over(rig: GateRig) -> None:
    moving(rig)
    rig.gate.request_stop("the console", rig.now_s)
    rig.tick()
    refusal = rig.gate.reset(rig.now_s)
    assert refusal is not None
    assert refusal.code is RefusalCode.NOT_READY
    assert "braking" in refusal.message
    assert rig.gate.latched
    rig.settle()
    assert rig.gate.reset(rig.now_s) is None


def test_a_reset_needs_a_fresh_joint_state(rig: GateRig) -> None:
    stopped(rig)
    rig.now_s += 0.0601
    refusal = rig.gate.reset(rig.now_s)
    assert refusal is not None
    assert refusal.code is RefusalCode.NOT_READY
    assert "joint state" in refusal.message
    assert rig.gate.latched
    rig.observe()
    assert rig.gate.reset(rig.now_s) is None
    never_seen = GateRig(ready=False)
    assert never_seen.gate.reset(0.0) is not None


def test_a_reset_in_the_middle_of_a_motion_changes_nothing(rig: GateRig) -> None:
    """It used to end the commands in mid-motion, without a ramp."""
    moving(rig)
    assert rig.gate.reset(rig.now_s) is None
    assert rig.gate.status.mode is GateMode.MOVING
    before = len(rig.commands)
    for _ in range(4):
        assert rig.tick() is not None
    check_limits(rig, rig.commands[before - 10 :])


def test_a_reset_where_nothing_is_latched_does_no_harm(rig: GateRig) -> None:
    assert rig.gate.reset(rig.now_s) is None
    assert rig.gate.status.mode is GateMode.HOLDING
    assert isinstance(rig.gate.acquire("skills", rig.robot.resources, rig.now_s), Lease)


def end_by_stop(rig: GateRig) -> None:
    rig.gate.request_stop("the console", rig.now_s)


def end_by_release(rig: GateRig) -> None:
    assert rig.gate.release(rig.token, rig.now_s) is None


def end_by_fault(rig: GateRig) -> None:
    rig.gate.fault(Cause.DRIVER_FAULT, "a second publisher", rig.now_s)


def end_by_refusal(rig: GateRig) -> None:
    assert rig.submit(np.full((3, 7), np.nan), 45) is not None


ENDS = [end_by_stop, end_by_release, end_by_fault, end_by_refusal]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("phase_s", [0.0, 0.003, 0.0099])
def test_every_end_brakes_within_the_ramp(rig: GateRig, end: Callable[[GateRig], None], phase_s: float) -> None:
    moving(rig)
    speed = np.abs(rig.commands[-1].velocities_rad_s)
    assert speed.max() > 1.0
    rig.now_s += phase_s
    end(rig)
    begin = len(rig.commands)
    rig.tick(after_s=rig.period_s - phase_s)
    rig.settle()
    ramp_s = (speed / rig.robot.stop_deceleration_rad_s2).max() + 0.02
    assert (len(rig.commands) - begin) * rig.period_s <= ramp_s + 2 * rig.period_s
    assert np.abs(rig.commands[-1].velocities_rad_s).max() == 0.0
    assert rig.tick() is None
    check_limits(rig, rig.commands, jerk=False)
    position = np.array([command.positions_rad for command in rig.commands])
    # Straight on, and never back.
    steps = np.diff(position[begin - 1 :], axis=0)
    assert (steps * np.sign(steps[0]) >= -1e-12).all()


@pytest.mark.parametrize("end", ENDS)
def test_the_first_command_after_an_end_is_slower_already(rig: GateRig, end: Callable[[GateRig], None]) -> None:
    moving(rig)
    before = np.abs(rig.commands[-1].velocities_rad_s).max()
    end(rig)
    assert np.abs(rig.tick().velocities_rad_s).max() < before


def test_the_gripper_keeps_its_opening_while_braking(rig: GateRig) -> None:
    moving(rig)
    opening = rig.commands[-1].gripper_opening
    assert 0.5 < opening < 0.99
    begin = len(rig.commands)
    rig.gate.request_stop("the console", rig.now_s)
    rig.settle()
    assert [command.gripper_opening for command in rig.commands[begin:]] == pytest.approx(
        [opening] * (len(rig.commands) - begin)
    )


def test_after_a_refusal_the_next_lease_starts_where_the_ramp_ended(rig: GateRig) -> None:
    refused(rig)
    rig.settle()
    status = rig.gate.status
    assert status.mode is GateMode.HOLDING
    assert not rig.gate.latched
    assert status.refusal is not None
    assert status.refusal.code is RefusalCode.POSITION
    assert status.stop is not None
    assert status.stop.cause is Cause.LIMIT
    assert (status.chunks_accepted, status.chunks_refused) == (45, 1)
    lease = rig.lease("again")
    np.testing.assert_array_equal(lease.rest[:-1], rig.commands[-1].positions_rad)
    assert rig.gate.status.refusal is None
    rows = rig.glide({0: -0.3}, 60)
    assert rig.submit(rows) is None
    rig.tick()
    check_limits(rig, rig.commands, jerk=False)


def test_a_lease_cannot_begin_while_braking(rig: GateRig) -> None:
    stopping(rig)
    answer = rig.gate.acquire("skills", rig.robot.resources, rig.now_s)
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.NOT_READY
    assert answer.cause is Cause.STALE_OBSERVATION


def test_a_stop_while_braking_latches_without_a_second_ramp(rig: GateRig) -> None:
    stopping(rig)
    rig.gate.request_stop("the console", rig.now_s)
    rig.settle()
    assert rig.gate.status.mode is GateMode.STOPPED
    check_limits(rig, rig.commands, jerk=False)


def test_a_fault_without_motion_latches_at_once(rig: GateRig) -> None:
    rig.gate.fault(Cause.DRIVER_FAULT, "a second publisher", rig.now_s)
    assert rig.gate.status.mode is GateMode.STOPPED
    assert rig.gate.status.stop.message == "a second publisher"
    assert rig.tick() is None


def test_a_stop_before_the_first_joint_state_is_latched_when_it_comes() -> None:
    rig = GateRig(ready=False)
    assert rig.gate.status.mode is GateMode.STARTING
    rig.gate.request_stop("the console", rig.now_s)
    assert rig.gate.status.mode is GateMode.STARTING
    assert rig.tick(seen=False) is None
    rig.observe()
    assert rig.gate.status.mode is GateMode.STOPPED


def test_a_stop_while_the_lease_has_sent_nothing_yet_has_nothing_to_brake(rig: GateRig) -> None:
    rig.lease()
    rig.gate.request_stop("the console", rig.now_s)
    assert rig.gate.status.mode is GateMode.STOPPED
    assert rig.tick() is None


# A blocked arm and a late loop -------------------------------------------------------------------------------


def test_an_arm_that_lags_far_behind_is_stopped_where_it_is(rig: GateRig) -> None:
    """Braking from the command would go on pushing against what blocks the arm."""
    rows = rig.glide(GLIDE, 100)
    rig.lease()
    blocked = rig.arm_rad.copy()
    row = 0
    while rig.gate.status.mode is GateMode.MOVING:
        assert rig.submit(rows[row:], row) is None
        row += 1
        for _ in range(2):
            command = rig.tick(follow=False)
    stop = rig.gate.status.stop
    assert stop is not None
    assert stop.cause is Cause.DRIVER_FAULT
    assert "shoulder_pan_joint is 0.2" in stop.message
    assert "permitted: 0.25" in stop.message
    np.testing.assert_allclose(command.positions_rad, blocked, atol=1e-9)
    assert rig.gate.latched


def test_an_operators_stop_of_a_blocked_arm_relaxes_it_as_well(rig: GateRig) -> None:
    rows = rig.glide(GLIDE, 100)
    rig.lease()
    for row in range(100):
        assert rig.submit(rows[row:], row) is None
        rig.tick(follow=False)
        command = rig.tick(follow=False)
        if abs(command.positions_rad[0] - rig.arm_rad[0]) > 0.15:
            break
    rig.gate.request_stop("the console", rig.now_s)
    np.testing.assert_allclose(rig.tick(follow=False).positions_rad, rig.arm_rad, atol=1e-9)


def test_a_small_lag_does_not_make_the_stop_jump_back(rig: GateRig) -> None:
    moving(rig)
    rig.arm_rad = rig.arm_rad - 0.08 * np.sign([GLIDE.get(i, 0.0) for i in range(6)])
    rig.observe()
    last = rig.commands[-1].positions_rad
    rig.gate.request_stop("the console", rig.now_s)
    command = rig.tick(follow=False)
    assert (np.abs(command.positions_rad - last) <= 3.15 * rig.period_s).all()
    assert command.positions_rad[0] > last[0]


@pytest.mark.parametrize("pause_s", [0.05, 0.2, 5.0])
def test_a_gate_that_was_held_up_stops_instead_of_leaping(rig: GateRig, pause_s: float) -> None:
    """A paused process finds its arm standing at the last command, not where the time line has got to."""
    rig.start_gliding({0: 1.5}, until_row=50, steps=100)
    last = rig.commands[-1].positions_rad
    speed = rig.commands[-1].velocities_rad_s[0]
    assert speed > 1.3
    rig.speed_rad_s = np.zeros(6)
    rig.now_s += pause_s
    rig.observe()
    rig.gate._command_watchdog.feed(rig.now_s)  # its holder kept on sending
    command = rig.tick(after_s=0.0)
    np.testing.assert_array_equal(command.positions_rad, last)
    np.testing.assert_array_equal(command.velocities_rad_s, np.zeros(6))
    assert rig.gate.latched
    assert rig.gate.status.stop.cause is Cause.DRIVER_FAULT
    assert "late" in rig.gate.status.stop.message
    assert rig.tick() is None


def test_a_tick_that_comes_a_period_late_is_no_leap(rig: GateRig) -> None:
    rig.start_gliding({0: 1.5}, until_row=50, steps=100)
    assert rig.tick(after_s=2 * rig.period_s) is not None
    assert rig.gate.status.mode is GateMode.MOVING


def test_a_gate_that_was_held_up_while_braking_does_not_leap_either() -> None:
    rig = GateRig(robot=load_roomy_ur5e())
    rig.start_gliding({0: 3.2}, until_row=48, steps=100)
    assert rig.commands[-1].velocities_rad_s[0] > 2.0
    rig.gate.request_stop("the console", rig.now_s)
    last = rig.tick().positions_rad
    command = rig.tick(after_s=1.0)
    np.testing.assert_array_equal(command.positions_rad, last)
    np.testing.assert_array_equal(command.velocities_rad_s, np.zeros(6))
    assert rig.gate.status.mode is GateMode.STOPPED
    assert rig.tick() is None


def test_a_stop_that_comes_after_a_pause_brakes_from_the_last_command(rig: GateRig) -> None:
    rig.start_gliding({0: 1.5}, until_row=50, steps=100)
    last = rig.commands[-1].positions_rad
    rig.now_s += 0.3
    rig.observe()
    rig.gate.request_stop("the console", rig.now_s)
    np.testing.assert_array_equal(rig.tick().positions_rad, last)
    assert rig.gate.status.mode is GateMode.STOPPED


# The ramp itself ---------------------------------------------------------------------------------------------

SPEEDS = st.lists(st.floats(-3.2, 3.2), min_size=6, max_size=6)


@given(SPEEDS)
def test_a_ramp_decelerates_no_joint_by_more_than_it_may(speeds: list[float]) -> None:
    deceleration = load_ur5e().stop_deceleration_rad_s2
    ramp = StopRamp(5.0, np.zeros(6), np.array(speeds), deceleration)
    times = np.linspace(5.0, 5.0 + ramp.duration_s + 0.01, 50)
    velocity = np.array([ramp.at(t)[1] for t in times])
    assert (np.abs(np.diff(velocity, axis=0)) <= deceleration * np.diff(times)[:, None] * (1 + 1e-6) + 1e-12).all()
    position, rest = ramp.at(5.0 + ramp.duration_s)
    np.testing.assert_allclose(rest, 0.0, atol=1e-12)
    np.testing.assert_allclose(position, np.array(speeds) * ramp.duration_s / 2, atol=1e-12)
    assert ramp.over(5.0 + ramp.duration_s + 1e-9)
    assert not ramp.over(5.0 - 1e-9)
    assert ramp.duration_s == pytest.approx((np.abs(speeds) / deceleration).max())
    halfway, end = brake(np.zeros(6), np.array(speeds), deceleration)
    np.testing.assert_allclose(halfway, ramp.at(5.0 + ramp.duration_s / 2)[0], atol=1e-12)
    np.testing.assert_allclose(end, position, atol=1e-12)


@given(SPEEDS, st.floats(0.0, 1.0))
def test_a_ramp_keeps_the_direction_of_the_motion(speeds: list[float], share: float) -> None:
    ramp = StopRamp(0.0, np.zeros(6), np.array(speeds), load_ur5e().stop_deceleration_rad_s2)
    position, velocity = ramp.at(share * ramp.duration_s)
    np.testing.assert_allclose(velocity, (1 - share) * np.array(speeds), atol=1e-9)
    np.testing.assert_allclose(position, np.array(speeds) * ramp.duration_s * share * (1 - share / 2), atol=1e-9)


def test_a_ramp_from_rest_is_over_at_once() -> None:
    start = np.arange(6.0)
    ramp = StopRamp(3.0, start, np.zeros(6), load_ur5e().stop_deceleration_rad_s2)
    assert ramp.duration_s == 0.0
    assert ramp.over(3.0)
    assert not ramp.over(2.9)
    position, velocity = ramp.at(4.0)
    np.testing.assert_array_equal(position, start)
    np.testing.assert_array_equal(velocity, np.zeros(6))
    position[:] = 9.0
    start[:] = 9.0
    np.testing.assert_array_equal(ramp.at(4.0)[0], np.arange(6.0))


def test_stop_figures_at_a_radian_per_second(rig: GateRig) -> None:
    """From the request to standstill: the scorecard asks for 300 ms and 0.1 rad of overshoot (F01)."""
    rig.start_gliding({0: 1.2}, until_row=45)
    speed = rig.commands[-1].velocities_rad_s[0]
    assert speed > 1.0
    begin = len(rig.commands)
    rig.gate.request_stop("the console", rig.now_s)
    rig.settle()
    assert (len(rig.commands) - begin) * rig.period_s <= 0.1
    assert rig.commands[-1].positions_rad[0] - rig.commands[begin - 1].positions_rad[0] < 0.1
    _, velocity, acceleration, _ = executed(rig.commands[begin - 3 :], rig.period_s)
    assert np.abs(velocity).max() <= difference_limits(rig.robot)[0].max()
    assert np.abs(acceleration[:, 0]).max() <= rig.robot.stop_deceleration_rad_s2[0] * 1.001


def test_steps_of_the_wall_clock_are_of_no_consequence(rig: GateRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate has no clock of its own: stepping the system's clocks by a minute changes not one command."""
    import time

    reference = GateRig()
    reference.start_gliding(GLIDE, until_row=45)
    rng = np.random.default_rng(3)
    for name in ("time", "monotonic", "time_ns", "monotonic_ns", "perf_counter"):
        monkeypatch.setattr(time, name, lambda: float(rng.choice([-60.0, 60.0])) + 1e9)
    rig.start_gliding(GLIDE, until_row=45)
    for ours, theirs in zip(rig.commands, reference.commands, strict=True):
        np.testing.assert_array_equal(ours.positions_rad, theirs.positions_rad)
