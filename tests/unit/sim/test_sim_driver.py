"""The simulated arm driver: its own watchdog, what it refuses, and that it never drops the arm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sim_worlds import make_world, ur5e

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.sim.arm_driver import SimArmDriver
from robomatrix_py.sim.config import SensorConfig
from robomatrix_py.sim.world import SimWorld

PERIOD_S = 0.01
SWING = np.array([0.5, 0.0, 0.0, 0.0, 0.0, 0.3])


def command(positions_rad: Any, opening: float = 1.0, **changes: Any) -> JointCommand:
    fields: dict[str, Any] = {
        "names": ur5e().joint_names,
        "positions_rad": np.asarray(positions_rad, dtype=float),
        "velocities_rad_s": np.zeros(6),
        "gripper_opening": opening,
        "reach_in_s": PERIOD_S,
    }
    return JointCommand(**(fields | changes))


class Stream:
    """A driver that gets a command every period, and physics beneath it."""

    def __init__(self, world: SimWorld | None = None) -> None:
        self.world = world or make_world()
        self.driver = SimArmDriver(self.world)
        self.now_s = 0.0
        self.goal = ur5e().home.copy()

    def run(self, duration_s: float, speed_rad_s: Any = None) -> None:
        """Let time pass; with a speed, commands go on at it."""
        for _ in range(round(duration_s / PERIOD_S)):
            if speed_rad_s is not None:
                self.goal = self.goal + np.asarray(speed_rad_s) * PERIOD_S
                assert self.driver.command(command(self.goal), self.now_s) == ""
            for i in range(5):
                self.driver.update(self.now_s + i * 0.002)
                self.world.step()
            self.now_s += PERIOD_S

    @property
    def arm(self) -> np.ndarray:
        positions = self.world.joint_positions()
        return np.array([positions[name] for name in ur5e().joint_names])

    @property
    def speed(self) -> float:
        velocities = self.world.joint_velocities()
        return max(abs(velocities[name]) for name in ur5e().joint_names)


def test_before_any_command_it_holds_and_is_ready() -> None:
    stream = Stream()
    stream.run(0.5)
    assert stream.driver.status.mode is DriverMode.READY
    np.testing.assert_allclose(stream.arm, ur5e().home, atol=2e-3)


def test_it_follows_a_stream_of_commands_closely() -> None:
    stream = Stream()
    for share in np.linspace(0.0, 1.0, 30):
        stream.run(PERIOD_S, share * SWING)
    stream.run(0.5, SWING)
    assert stream.driver.status.mode is DriverMode.FOLLOWING
    np.testing.assert_allclose(stream.arm, stream.goal, atol=6e-3)
    np.testing.assert_allclose(stream.driver.targets[:-1], stream.goal)


def test_silence_in_motion_makes_it_hold_by_itself() -> None:
    stream = Stream()
    stream.run(0.4, SWING)
    last_s, last = stream.now_s - PERIOD_S, stream.goal.copy()
    while stream.driver.status.mode is DriverMode.FOLLOWING:
        stream.run(PERIOD_S)
    assert 0.1 < stream.now_s - last_s <= 0.1 + 2 * PERIOD_S
    assert stream.driver.status.mode is DriverMode.WATCHDOG
    assert "no command for 10" in stream.driver.status.reason
    assert "holding" in stream.driver.status.reason
    stream.run(0.3)
    assert stream.speed < 0.01
    # It ends at the last command, no farther.
    np.testing.assert_allclose(stream.arm, last, atol=3e-3)
    assert stream.driver.status.mode is DriverMode.WATCHDOG


def test_the_timeout_is_a_setting() -> None:
    stream = Stream(make_world(command_timeout_s=0.3))
    stream.run(0.4, SWING)
    stream.run(0.29)
    assert stream.driver.status.mode is DriverMode.FOLLOWING
    stream.run(0.03)
    assert stream.driver.status.mode is DriverMode.WATCHDOG


def test_silence_while_standing_is_no_fault() -> None:
    stream = Stream()
    stream.run(0.2, np.zeros(6))
    stream.run(0.3)
    assert stream.driver.status.mode is DriverMode.READY
    assert stream.driver.status.reason == ""


def test_a_new_command_ends_the_hold() -> None:
    stream = Stream()
    stream.run(0.3, SWING)
    stream.run(0.3)
    assert stream.driver.status.mode is DriverMode.WATCHDOG
    stream.goal = stream.arm
    stream.run(0.1, np.zeros(6))
    assert stream.driver.status.mode is DriverMode.FOLLOWING


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"positions_rad": np.array([np.nan, 0, 0, 0, 0, 0])}, "permitted: finite"),
        ({"positions_rad": np.array([0, np.inf, 0, 0, 0, 0])}, "permitted: finite"),
        ({"positions_rad": np.zeros(5)}, "permitted: ['shoulder_pan_joint'"),
        ({"positions_rad": np.zeros((6, 1))}, "permitted: ['shoulder_pan_joint'"),
        ({"names": ur5e().joint_names[::-1]}, "permitted: ['shoulder_pan_joint'"),
        ({"names": ur5e().joint_names[:5], "positions_rad": np.zeros(5)}, "permitted: ['shoulder_pan_joint'"),
        ({"names": ()}, "permitted: ['shoulder_pan_joint'"),
        ({"gripper_opening": float("nan")}, "gripper opening nan; permitted: 0 to 1"),
        ({"gripper_opening": float("inf")}, "permitted: 0 to 1"),
        ({"gripper_opening": 1.02}, "permitted: 0 to 1"),
        ({"gripper_opening": -0.02}, "permitted: 0 to 1"),
        ({"reach_in_s": float("nan")}, "within 0 to 1 s"),
        ({"reach_in_s": -0.01}, "within 0 to 1 s"),
        ({"reach_in_s": 1.5}, "within 0 to 1 s"),
    ],
)
def test_a_broken_command_is_refused_as_a_whole_and_changes_nothing(changes: dict[str, Any], says: str) -> None:
    stream = Stream()
    stream.run(0.2, SWING)
    before, mode = stream.driver.targets, stream.driver.status
    fields = {"positions_rad": stream.goal + 0.05, "opening": 0.2} | changes
    opening = fields.pop("gripper_opening", fields.pop("opening"))
    broken = command(fields.pop("positions_rad"), opening, **fields)
    reason = stream.driver.command(broken, stream.now_s)
    assert says in reason
    np.testing.assert_array_equal(stream.driver.targets, before)
    assert stream.driver.status == mode


def test_refused_commands_do_not_feed_the_watchdog() -> None:
    stream = Stream()
    stream.run(0.3, SWING)
    for _ in range(12):
        assert stream.driver.command(command(np.full(6, np.nan)), stream.now_s)
        stream.run(PERIOD_S)
    assert stream.driver.status.mode is DriverMode.WATCHDOG


def test_arm_and_gripper_can_be_commanded_apart() -> None:
    stream = Stream()
    for _ in range(60):
        assert stream.driver.command_gripper(0.3, PERIOD_S, stream.now_s) == ""
        assert stream.driver.command_arm(ur5e().joint_names, ur5e().home, PERIOD_S, stream.now_s) == ""
        stream.run(PERIOD_S)
    reading = stream.driver.read(stream.now_s)
    assert reading is not None
    assert reading.gripper_opening(ur5e()) == pytest.approx(0.3, abs=0.02)
    np.testing.assert_allclose(stream.arm, ur5e().home, atol=2e-3)


@pytest.mark.parametrize("opening", [0.0, 0.25, 0.5, 1.0])
def test_the_gripper_goes_where_it_is_told_within_its_force(opening: float) -> None:
    stream = Stream()
    for _ in range(100):
        stream.driver.command(command(ur5e().home, opening), stream.now_s)
        stream.run(PERIOD_S)
    reading = stream.driver.read(stream.now_s)
    assert reading is not None
    # Closed on nothing, the pads press about a millimetre into each other.
    assert reading.gripper_opening(ur5e()) == pytest.approx(opening, abs=0.03)
    assert abs(reading.gripper_force_n(ur5e())) <= ur5e().gripper.force_max_n


def test_silence_ends_a_long_motion_where_it_is() -> None:
    """A target may be due up to a second ahead: the watchdog does not wait for it."""
    stream = Stream()
    assert stream.driver.command(command(ur5e().home + SWING, reach_in_s=1.0), 0.0) == ""
    stream.run(0.15)
    assert stream.driver.status.mode is DriverMode.WATCHDOG
    held = stream.driver.targets
    np.testing.assert_allclose(held[:-1], ur5e().home + 0.1 * SWING, atol=0.01)
    stream.run(1.0)
    np.testing.assert_allclose(stream.arm, held[:-1], atol=3e-3)


@pytest.mark.parametrize("how", ["hold", "close"])
def test_hold_and_close_end_a_long_motion_where_it_is(how: str) -> None:
    stream = Stream()
    assert stream.driver.command(command(ur5e().home + SWING, reach_in_s=1.0), 0.0) == ""
    stream.run(0.05)
    getattr(stream.driver, how)()
    stream.run(1.0)
    np.testing.assert_allclose(stream.arm, ur5e().home + 0.05 * SWING, atol=5e-3)


@pytest.mark.parametrize("how", ["hold", "close"])
def test_hold_and_close_keep_the_arm_up_with_torque(how: str) -> None:
    stream = Stream()
    stream.run(0.4, SWING)
    getattr(stream.driver, how)()
    there = stream.goal.copy()
    stream.run(2.0)
    np.testing.assert_allclose(stream.arm, there, atol=3e-3)
    assert stream.speed < 1e-3
    if how == "close":
        assert stream.driver.status.mode is DriverMode.READY
        assert "holding" in stream.driver.status.reason


def test_encoders_have_their_own_rate_and_noise() -> None:
    world = make_world(joints=SensorConfig(50.0, noise=0.01, delay_s=0.03))
    driver = SimArmDriver(world)
    readings = [driver.read(i * PERIOD_S) for i in range(1000)]
    came = [r for r in readings if r is not None]
    assert len(came) == 499 or len(came) == 498
    errors = np.array([r.arm_positions_rad(ur5e()) for r in came]) - [
        world.joint_positions()[name] for name in ur5e().joint_names
    ]
    assert errors.std() == pytest.approx(0.01, rel=0.1)
    assert {r.names for r in came} == {(*ur5e().joint_names, *ur5e().gripper.joints)}
    assert np.isfinite(came[0].efforts).all()


def test_equal_seeds_read_equal_noise() -> None:
    config = SensorConfig(100.0, noise=0.01)
    first, second = (SimArmDriver(make_world(3, joints=config)).read(0.0) for _ in range(2))
    other = SimArmDriver(make_world(4, joints=config)).read(0.0)
    assert first is not None
    np.testing.assert_array_equal(first.positions, second.positions)
    assert (first.positions != other.positions).all()
