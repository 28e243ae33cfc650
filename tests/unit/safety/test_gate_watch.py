"""What the gate watches: silence of the holder and of the driver, broken readings, an arm that does not follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from safety_rig import GateRig
from test_gate_commands import check_limits

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.reading import is_usable
from robomatrix_py.safety.refusal import Refusal
from robomatrix_py.safety.stop import GateMode
from robomatrix_py.safety.watchdog import OwnLateness, Watchdog


def test_a_holder_that_falls_silent_in_motion_is_stopped(rig: GateRig) -> None:
    rig.start_gliding({0: 1.2}, until_row=45)
    begin = len(rig.commands)
    while rig.gate.status.mode is GateMode.MOVING:
        rig.tick()
    # The last chunk came two ticks before; 60 ms of silence, noticed within a period.
    assert len(rig.commands) - begin == 5
    rig.settle()
    stop = rig.gate.status.stop
    assert stop is not None
    assert (stop.cause, stop.latched) == (Cause.LEASE_LOST, True)
    assert "no command from skills for 7" in stop.message
    assert rig.gate.status.mode is GateMode.STOPPED
    check_limits(rig, rig.commands, jerk=False)


def test_a_holder_that_falls_silent_at_rest_is_stopped_too(rig: GateRig) -> None:
    rig.lease()
    assert rig.submit(rig.hold()) is None
    for _ in range(6):
        rig.tick()
    assert rig.gate.status.mode is GateMode.MOVING
    rig.tick()
    assert rig.gate.latched


def test_refused_and_foreign_chunks_are_no_sign_of_life(rig: GateRig) -> None:
    rig.start_gliding({0: 1.2}, until_row=45)
    for _ in range(7):
        rig.gate.submit(rig.chunk(rig.hold(), 99), "wrong", rig.now_s)
        rig.tick()
    assert rig.gate.latched


@pytest.mark.parametrize("timeout_s", [0.03, 0.06, 0.5])
def test_the_timeouts_are_those_of_the_settings(timeout_s: float) -> None:
    rig = GateRig(GateConfig(command_timeout_s=timeout_s, joint_state_timeout_s=0.9))
    rig.lease()
    rig.submit(rig.hold())
    silent_s = 0.0
    while rig.gate.status.mode is GateMode.MOVING:
        rig.tick()
        silent_s += rig.period_s
    assert timeout_s < silent_s <= timeout_s + 1.5 * rig.period_s


@pytest.mark.parametrize("arrives", [(0.0, 0.0, 0.0), (0.059, -0.02), (-0.015,) * 8])
def test_joint_states_that_come_unevenly_are_fine(rig: GateRig, arrives: tuple[float, ...]) -> None:
    rows = rig.start_gliding({0: 0.4}, until_row=20)
    for number, shift_s in enumerate(arrives):
        rig.now_s += 0.02 + shift_s
        rig.submit(rows[20 + number :], 20 + number)
        rig.observe()
        rig.gate.tick(rig.now_s)
    assert not rig.gate.latched


def run_without_joints(rig: GateRig, **changes: Any) -> int:
    """Go on with a motion while joint states are missing or broken; return after how many ticks it stops."""
    rows = rig.start_gliding({0: 1.2}, until_row=45)
    ticks = 0
    while rig.gate.status.mode is GateMode.MOVING and ticks < 50:
        if ticks % 2 == 0:
            assert rig.submit(rows[45 + ticks // 2 :], 45 + ticks // 2) is None
        if changes:
            rig.observe(**{key: make(rig) if callable(make) else make for key, make in changes.items()})
        rig.tick(seen=False)
        ticks += 1
    rig.settle()
    return ticks


NAMES = GateRig().joints().names
BROKEN: dict[str, dict[str, Any]] = {
    "none come": {},
    "a joint is missing": {
        "names": NAMES[1:],
        "positions": lambda rig: rig.joints().positions[1:],
        "velocities": lambda rig: rig.joints().velocities[1:],
    },
    "a finger is missing": {
        "names": NAMES[:-1],
        "positions": lambda rig: rig.joints().positions[:-1],
        "velocities": lambda rig: rig.joints().velocities[:-1],
    },
    "no names": {"names": ()},
    "a joint is named twice": {"names": (*NAMES[:7], NAMES[0])},
    "position NaN": {"positions": np.array([np.nan, *GateRig().joints().positions[1:]])},
    "position infinite": {"positions": np.array([np.inf, *GateRig().joints().positions[1:]])},
    "velocities NaN": {"velocities": np.full(8, np.nan)},
    "velocity infinite": {"velocities": np.array([0, 0, np.inf, 0, 0, 0, 0, 0.0])},
    "finger NaN": {"positions": lambda rig: np.append(rig.joints().positions[:-1], np.nan)},
    "too few positions": {"positions": lambda rig: rig.joints().positions[:-1]},
    "too few velocities": {"velocities": np.zeros(3)},
    "no velocities": {"velocities": np.zeros(0)},
    "positions of another shape": {"positions": lambda rig: rig.joints().positions[None]},
    "velocity of another planet": {"velocities": np.array([0, 1e6, 0, 0, 0, 0, 0, 0.0])},
    "position of another planet": {"positions": lambda rig: rig.joints().positions + 1e6},
    "an encoder has slipped": {"positions": lambda rig: rig.joints().positions + 1.0},
}


@pytest.mark.parametrize("kind", BROKEN)
def test_without_usable_joint_states_the_arm_is_stopped(rig: GateRig, kind: str) -> None:
    """Within 60 ms and a period, from the last command: a broken reading decides nothing but that."""
    ticks = run_without_joints(rig, **BROKEN[kind])
    assert ticks == 7
    stop = rig.gate.status.stop
    assert stop is not None
    assert (stop.cause, stop.latched) == (Cause.STALE_OBSERVATION, True)
    assert "joint states are 7" in stop.message
    check_limits(rig, rig.commands, jerk=False)


def test_one_broken_reading_among_good_ones_is_of_no_consequence(rig: GateRig) -> None:
    rows = rig.start_gliding({0: 0.5}, until_row=20)
    for number, changes in enumerate(kind for kind in BROKEN.values() if kind):
        assert rig.submit(rows[20 + number :], 20 + number) is None
        rig.observe(**{key: make(rig) if callable(make) else make for key, make in changes.items()})
        rig.tick()
        rig.tick()
    assert not rig.gate.latched


def test_a_first_reading_must_be_whole() -> None:
    rig = GateRig(ready=False)
    rig.observe(names=NAMES[1:], positions=np.zeros(7), velocities=np.zeros(7))
    assert rig.gate.status.mode is GateMode.STARTING
    rig.observe()
    assert rig.gate.status.mode is GateMode.HOLDING


def test_names_may_come_in_any_order_and_with_others(rig: GateRig) -> None:
    order = np.random.default_rng(0).permutation(8)
    joints = rig.joints()
    rig.now_s += 0.05
    rig.observe(
        names=(*(joints.names[i] for i in order), "a_wheel"),
        positions=np.append(joints.positions[order], 17.0),
        velocities=np.append(joints.velocities[order], 170.0),
        efforts=np.zeros(9),
    )
    rig.now_s += 0.05
    np.testing.assert_allclose(rig.lease().rest[:-1], rig.robot.home)


def test_after_a_pause_an_arm_that_was_moved_is_believed_again(rig: GateRig) -> None:
    rig.arm_rad = rig.arm_rad + np.array([1.0, 0, 0, 0, 0, 0])
    rig.observe()
    rig.now_s += 0.05
    assert isinstance(rig.gate.acquire("x", rig.robot.resources, rig.now_s + 0.02), Refusal)
    rig.now_s += 0.3
    rig.observe()
    np.testing.assert_allclose(rig.lease().rest[:-1], rig.arm_rad)


@pytest.mark.parametrize("joint", range(6))
def test_how_fast_a_reading_may_move_and_what_speed_it_may_name(robot: RobotDescription, joint: int) -> None:
    rig = GateRig()
    previous = rig.joints()
    largest = robot.joints[joint].velocity_max_rad_s
    for share, expected in ((0.999, True), (1.001, False)):
        positions, velocities = previous.positions.copy(), previous.velocities.copy()
        positions[joint] += share * largest * 0.07
        velocities[joint] = -2.0 * share * largest
        assert is_usable(rig.joints(positions=positions), previous, 0.07, robot) is expected
        assert is_usable(rig.joints(velocities=velocities), previous, 0.07, robot) is expected
        assert is_usable(rig.joints(positions=positions), None, 0.0, robot)


@pytest.mark.parametrize(("lag", "latched"), [(0.249, False), (-0.249, False), (0.251, True), (-0.251, True)])
def test_the_arm_may_lag_but_not_too_far(rig: GateRig, lag: float, latched: bool) -> None:
    rig.lease()
    hold = rig.hold()
    for sequence in range(10):
        # No further in one reading than an arm can be.
        rig.arm_rad[4] = rig.robot.home[4] + lag * min(1.0, (sequence + 1) / 9)
        rig.submit(hold, sequence)
        rig.tick(follow=False)
        rig.tick(follow=False)
    assert rig.gate.latched is latched
    if latched:
        message = rig.gate.status.stop.message
        assert "wrist_2_joint is 0.251 rad from its command (permitted: 0.25)" in message


def test_nothing_is_watched_while_nobody_moves(rig: GateRig) -> None:
    for _ in range(100):
        rig.tick(seen=False)
    assert rig.gate.status.mode is GateMode.HOLDING
    assert rig.gate.status.stop is None


def test_joint_states_are_watched_from_the_lease_on(rig: GateRig) -> None:
    rig.lease()
    for _ in range(7):
        rig.tick(seen=False)
    assert rig.gate.latched
    assert rig.gate.status.mode is GateMode.STOPPED


class TestWatchdog:
    """Silence on its own."""

    def test_it_expires_after_the_timeout_and_not_before(self) -> None:
        dog = Watchdog(0.1)
        dog.feed(5.0)
        assert not dog.expired(5.1 - 1e-9)
        assert not dog.expired(5.0 + 0.09999)
        assert dog.expired(5.1 + 1e-9)
        assert dog.age_s(5.25) == pytest.approx(0.25)
        dog.feed(5.3)
        assert not dog.expired(5.35)

    def test_unfed_or_disarmed_it_never_expires(self) -> None:
        dog = Watchdog(0.1)
        assert not dog.expired(1e12)
        assert dog.age_s(1e12) == 0.0
        dog.feed(1.0)
        dog.disarm()
        assert not dog.expired(1e12)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate_hz", 9.9),
        ("rate_hz", 1000.1),
        ("rate_hz", float("nan")),
        ("command_timeout_s", 0.0),
        ("command_timeout_s", -1.0),
        ("command_timeout_s", 1.01),
        ("command_timeout_s", float("inf")),
        ("command_timeout_s", float("nan")),
        ("joint_state_timeout_s", 0.0),
        ("joint_state_timeout_s", 1.01),
        ("lease_timeout_s", 0.0),
        ("lease_timeout_s", 5.01),
        ("tracking_error_max_rad", 0.0),
        ("tracking_error_max_rad", 1.01),
        ("chunk_dt_min_s", 0.0),
        ("chunk_dt_min_s", 0.11),
        ("chunk_dt_max_s", 0.0),
        ("chunk_dt_max_s", 0.11),
        ("chunk_steps_max", 0),
        ("chunk_steps_max", 10_001),
    ],
)
def test_settings_cannot_switch_a_protection_off(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"gate\.{key} is .*permitted: "):
        GateConfig(**{key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate_hz", 10.0),
        ("rate_hz", 1000.0),
        ("command_timeout_s", 1.0),
        ("lease_timeout_s", 5.0),
        ("chunk_dt_max_s", 0.1),
        ("chunk_steps_max", 1),
        ("chunk_steps_max", 10_000),
    ],
)
def test_the_ends_of_the_settings_ranges(key: str, value: float) -> None:
    assert getattr(GateConfig(**{key: value}), key) == value


def still_for(rig: GateRig, pause_s: float) -> None:
    """Let gate, holder and driver all be set aside for a while, as on a virtual machine that stands still."""
    rig.tick(seen=False, after_s=pause_s)


@pytest.mark.parametrize("pause_s", [0.05, 0.08, 0.11])
def test_a_pause_of_the_whole_machine_is_not_taken_for_silence(rig: GateRig, pause_s: float) -> None:
    rows = rig.start_gliding({0: 0.2}, until_row=20)
    still_for(rig, pause_s)
    assert rig.gate.status.mode is GateMode.MOVING
    row = 20 + round(pause_s / 0.02)
    assert rig.submit(rows[row:], row) is None
    assert rig.tick() is not None
    assert not rig.gate.latched


def test_a_longer_pause_is(rig: GateRig) -> None:
    rig.start_gliding({0: 0.2}, until_row=20)
    still_for(rig, 0.2)
    assert rig.gate.latched


def test_a_holder_that_died_in_a_pause_is_noticed_in_the_usual_time_after_it(rig: GateRig) -> None:
    rig.start_gliding({0: 0.2}, until_row=20)
    still_for(rig, 0.08)
    silent_s = 0.0
    while rig.gate.status.mode is GateMode.MOVING:
        rig.tick()
        silent_s += rig.period_s
    assert silent_s <= rig.config.command_timeout_s + rig.period_s


def test_a_gate_that_is_always_late_still_notices_silence(rig: GateRig) -> None:
    rig.lease()
    rig.submit(rig.hold(60))
    for _ in range(20):
        rig.submit(rig.hold(60), round((rig.now_s - 1000.0) / 0.02) + 1)
        rig.tick(after_s=0.045)
    spoke_s = rig.now_s
    while rig.gate.status.mode is GateMode.MOVING:
        rig.tick(after_s=0.045)
    assert rig.now_s - spoke_s < rig.config.command_timeout_s + rig.config.own_lateness_max_s + 0.05


def test_without_an_allowance_every_pause_is_silence() -> None:
    rig = GateRig(GateConfig(own_lateness_max_s=0.001))
    rig.start_gliding({0: 0.2}, until_row=20)
    still_for(rig, 0.09)
    assert rig.gate.latched


def test_excused_lateness_is_bounded_and_comes_back_slowly() -> None:
    lateness = OwnLateness(0.01, 0.1)
    assert lateness.excused_s(0.0) == 0.0
    assert lateness.excused_s(0.015) == 0.0
    assert lateness.excused_s(0.085) == pytest.approx(0.05)
    assert lateness.excused_s(0.285) == pytest.approx(0.057)
    assert lateness.excused_s(0.385) == pytest.approx(0.02)
    for tick in range(200):
        lateness.excused_s(0.395 + 0.01 * tick)
    assert lateness.excused_s(9.0) == pytest.approx(0.1)
