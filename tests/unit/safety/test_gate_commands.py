"""What comes out of the gate: smooth, within limits at every instant, and from the newest chunk only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safety_rig import DT_S, GateRig, difference_limits, executed, load_roomy_ur5e

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.refusal import RefusalCode
from robomatrix_py.safety.stop import GateMode

ROUNDING = 1e-6


def check_limits(rig: GateRig, commands: list[JointCommand], *, jerk: bool = True) -> None:
    """Check executed commands against what the robot may do at most, a stop included."""
    velocity_max, acceleration_max, jerk_max = difference_limits(rig.robot)
    position, velocity, acceleration, jerks = executed(commands, rig.period_s)
    low = [joint.position_min_rad for joint in rig.robot.joints]
    high = [joint.position_max_rad for joint in rig.robot.joints]
    assert np.isfinite(position).all()
    assert ((position >= np.array(low) - 1e-9) & (position <= np.array(high) + 1e-9)).all()
    assert (np.abs(velocity) <= velocity_max * (1 + ROUNDING)).all()
    hardest = np.maximum(acceleration_max, rig.robot.stop_deceleration_rad_s2)
    assert (np.abs(acceleration) <= hardest * (1 + ROUNDING)).all()
    assert all(-1e-9 <= command.gripper_opening <= 1.0 + 1e-9 for command in commands)
    if jerk:
        assert (np.abs(acceleration) <= acceleration_max * (1 + ROUNDING)).all()
        assert (np.abs(jerks) <= jerk_max * (1 + ROUNDING)).all()


def test_a_motion_arrives_where_it_was_sent_and_stays(rig: GateRig) -> None:
    rows = rig.start_gliding({0: 0.6, 5: -0.4, 6: -0.5}, steps=80, until_row=80)
    for row in range(80, 90):
        assert rig.submit(rows[-1:], row) is None
        rig.tick()
        rig.tick()
    assert rig.commands[-1].positions_rad == pytest.approx(rows[-1, :-1])
    assert rig.commands[-1].velocities_rad_s == pytest.approx(np.zeros(6), abs=1e-5)
    assert rig.commands[-1].gripper_opening == pytest.approx(0.5)
    assert rig.commands[-1].names == rig.robot.joint_names
    assert rig.commands[-1].reach_in_s == rig.period_s
    check_limits(rig, rig.commands)


def test_velocities_that_go_out_are_those_of_the_motion(rig: GateRig) -> None:
    rig.start_gliding({1: 0.5}, until_row=50)
    _, between, _, _ = executed(rig.commands, rig.period_s)
    told = np.array([command.velocities_rad_s for command in rig.commands])
    np.testing.assert_allclose((told[1:] + told[:-1]) / 2, between, atol=2e-3)


@pytest.mark.parametrize("dt_s", [0.005, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 330.0])
def test_a_coarse_chunk_is_executed_within_the_limits_between_its_rows(dt_s: float, rate_hz: float) -> None:
    """A single far row asks for a velocity that no arm can take up at once."""
    rig = GateRig(GateConfig(rate_hz=rate_hz, command_timeout_s=1.0))
    way = 0.9 * min(15.0 * dt_s**2, 800.0 * dt_s**3)
    values = rig.hold(1)
    values[0, 0] += way
    rig.lease()
    assert rig.submit(values, dt_s=dt_s) is None
    for _ in range(round(6 * dt_s * rate_hz) + 2):
        rig.tick()
    assert rig.commands[-1].positions_rad[0] == pytest.approx(rig.robot.home[0] + way)
    check_limits(rig, rig.commands, jerk=False)


@pytest.mark.parametrize("dt_s", [0.11, 0.5, 1.0])
def test_a_time_line_too_coarse_to_say_where_the_arm_goes_is_refused(rig: GateRig, dt_s: float) -> None:
    rig.lease()
    refusal = rig.submit(rig.hold(3), dt_s=dt_s)
    assert refusal is not None
    assert refusal.code is RefusalCode.SHAPE
    assert "permitted: 0.005 to 0.1" in refusal.message


def test_rows_sent_far_ahead_leave_the_rows_under_way_alone(rig: GateRig) -> None:
    """A chunk that begins beyond many rows must not make the gate forget those rows and jump."""
    rows = rig.start_gliding({0: 1.0}, steps=200, until_row=20)
    assert rig.submit(rows[180:], 180) is None
    for row in range(20, 38):
        assert rig.submit(rows[180 + row - 20 + 1 :], 180 + row - 20 + 1) is None
        rig.tick()
        rig.tick()
    check_limits(rig, rig.commands)
    assert abs(rig.commands[-1].positions_rad[0] - rows[35, 0]) < 0.02


def test_a_gap_between_chunks_holds_the_last_row(rig: GateRig) -> None:
    rig.lease()
    assert rig.submit(rig.hold(2)) is None
    rig.tick()
    assert rig.submit(rig.hold(2), 10) is None
    later = rig.hold(2)
    later[:, 0] += 2e-3
    assert rig.submit(later, 13) is None
    for _ in range(25):
        rig.tick()
        rig.gate._command_watchdog.feed(rig.now_s)
    assert rig.commands[24].positions_rad[0] == pytest.approx(rig.robot.home[0])
    for _ in range(12):
        rig.tick()
        rig.gate._command_watchdog.feed(rig.now_s)
    assert rig.commands[-1].positions_rad[0] == pytest.approx(rig.robot.home[0] + 2e-3)


@pytest.mark.parametrize("late_s", [0.0, 0.004, 0.011, 0.02, 0.035])
def test_late_rows_are_skipped_and_never_replayed(rig: GateRig, late_s: float) -> None:
    """Chunks that come late say the same of the time that is left, so the motion is the same."""
    rows = rig.glide({0: 0.5}, 60)
    rig.lease()
    assert rig.submit(rows) is None
    begin_s = rig.now_s
    for row in range(1, 40):
        while rig.now_s < begin_s + row * DT_S + late_s - 1e-9:
            rig.tick(after_s=min(rig.period_s, begin_s + row * DT_S + late_s - rig.now_s))
        assert rig.submit(rows[row:], row) is None
    place = (rig.now_s - begin_s) / DT_S - 1
    expected = np.interp(place - 1, np.arange(60), rows[:, 0])
    rig.gate.tick(rig.now_s)
    assert rig.arm_rad[0] == pytest.approx(expected, abs=2e-3)


def test_a_row_the_arm_is_on_its_way_to_can_no_longer_change(rig: GateRig) -> None:
    """Between two rows the next one is settled: changing it would be a jump."""
    rows = rig.start_gliding({0: 0.5}, until_row=40)
    other = rows[40:].copy()
    other[:, 0] += 0.004 * np.minimum(1.0, np.arange(60) / 6) ** 3
    other[0, 0] += 0.003  # would be refused for its jerk if it were looked at, and would be a jump if it were used
    rig.tick(after_s=0.014)
    assert rig.submit(other, 40) is None
    for _ in range(4):
        rig.tick(after_s=0.002)
    position = np.array([command.positions_rad[0] for command in rig.commands[-4:]])
    assert np.abs(np.diff(position, 2)).max() / 0.002**2 < 15.0


def test_a_chunk_whose_every_row_is_past_is_refused_as_late(rig: GateRig) -> None:
    rig.lease()
    assert rig.submit(rig.hold(3)) is None
    for _ in range(5):
        rig.tick()
    refusal = rig.submit(rig.hold(1), 1)
    assert refusal is not None
    assert refusal.code is RefusalCode.LATE
    assert "2 steps late" in refusal.message


@pytest.mark.parametrize("ahead", [0, 1, 255])
def test_how_far_ahead_a_chunk_may_begin(rig: GateRig, ahead: int) -> None:
    rig.lease()
    assert rig.submit(rig.hold(1)) is None
    assert rig.submit(rig.hold(1), 1 + ahead) is None


@pytest.mark.parametrize("sequence", [258, 2**31, 2**63, 2**64 - 1])
def test_too_far_ahead_is_refused_and_costs_no_memory(rig: GateRig, sequence: int) -> None:
    rig.lease()
    assert rig.submit(rig.hold(1)) is None
    refusal = rig.submit(rig.hold(1), sequence)
    assert refusal is not None
    assert refusal.code is RefusalCode.SEQUENCE


@pytest.mark.parametrize("sequence", [-1, -(2**40), 257, 2**63])
def test_a_time_line_starts_near_zero(rig: GateRig, sequence: int) -> None:
    rig.lease()
    refusal = rig.submit(rig.hold(1), sequence)
    assert refusal is not None
    assert refusal.code is RefusalCode.SEQUENCE


def test_a_first_chunk_that_lost_its_predecessors_starts_at_its_own_first_row(rig: GateRig) -> None:
    rig.lease()
    rows = rig.glide({0: 0.3}, 50)
    assert rig.submit(rows, 5) is None
    for _ in range(6):
        rig.tick()
    assert rig.commands[1].positions_rad[0] == pytest.approx(rig.robot.home[0], abs=1e-5)
    assert rig.commands[-1].positions_rad[0] > rig.robot.home[0]


@pytest.mark.parametrize("sequence", [0, 3])
def test_a_repeated_or_older_chunk_is_refused(rig: GateRig, sequence: int) -> None:
    rows = rig.start_gliding({0: 0.5}, until_row=4)
    refusal = rig.submit(rows[sequence:], sequence)
    assert refusal is not None
    assert refusal.code is RefusalCode.SEQUENCE


def test_the_distance_of_rows_cannot_change_within_a_lease(rig: GateRig) -> None:
    rig.lease()
    assert rig.submit(rig.hold()) is None
    refusal = rig.submit(rig.hold(), 1, 0.021)
    assert refusal is not None
    assert refusal.code is RefusalCode.SHAPE
    assert "0.02" in refusal.message


class Adversary:
    """Sends, at any time, the hardest continuation of the present time line that the limits permit.

    It keeps its own account of which rows are settled, from nothing but the rule in the contract.
    """

    def __init__(self, rig: GateRig, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.rig = rig
        rest = np.append(rig.lease().rest[:-1], rig.opening)
        self.dt_s = float(self.rng.choice([0.005, 0.02, 0.05]))
        self.line = [rest] * 3  # row n is self.line[n + 3]
        self.start_s = 0.0
        self.last = -1

    def next_values(self) -> tuple[int, np.ndarray]:
        """Return sequence and values of the next chunk."""
        rig, rng = self.rig, self.rng
        if self.last < 0:
            self.start_s, settled = rig.now_s + self.dt_s, 0
        else:
            settled = max(0, int(np.ceil((rig.now_s - self.start_s) / self.dt_s - 1e-6)) + 1)
        late = int(rng.integers(0, 3)) if self.last >= 0 else 0
        sequence = max(self.last + 1, settled - late)
        first = max(settled, sequence)
        self.line += [self.line[-1]] * (first + 3 - len(self.line))
        del self.line[first + 3 :]
        self.last = sequence
        garbage = [self.line[-1] + rng.normal(size=7)] * max(0, settled - sequence)
        fresh = self._continue(int(rng.integers(1, 40)))
        self.line += fresh
        return sequence, np.array(garbage + fresh)

    def _continue(self, steps: int) -> list[np.ndarray]:
        velocity_max, acceleration_max, jerk_max = (0.999 * v for v in difference_limits(self.rig.robot))
        dt_s, rng = self.dt_s, self.rng
        a, b, c = (row[:-1] for row in self.line[-3:])
        velocity, acceleration = (c - b) / dt_s, (c - 2 * b + a) / dt_s**2
        at_end = 0.999 * self.rig.robot.stop_deceleration_rad_s2 * dt_s
        goal = rng.uniform(-1, 1, 6) * velocity_max * rng.choice([0.02, 0.3, 1.0])
        rows: list[np.ndarray] = []
        position = c.copy()
        opening = self.line[-1][-1]
        for step in range(400):
            if step >= steps:
                goal = np.zeros(6)
                if (np.abs(velocity) <= at_end).all() and rows:
                    break
            # Head for the wanted velocity as hard as can be, easing off in time to get there with no acceleration.
            error = goal - velocity
            wanted = np.sign(error) * np.minimum(np.sqrt(jerk_max * np.abs(error)), acceleration_max)
            wanted = np.where(np.abs(error) < jerk_max * dt_s**2, error / dt_s, wanted)
            acceleration = acceleration + np.clip(wanted - acceleration, -jerk_max * dt_s, jerk_max * dt_s)
            acceleration = np.clip(acceleration, -acceleration_max, acceleration_max)
            velocity = velocity + acceleration * dt_s
            position = position + velocity * dt_s
            opening = float(np.clip(opening + rng.uniform(-1, 1) * 1.75 * dt_s, 0.0, 1.0))
            rows.append(np.append(position, opening))
        return rows


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_is_accepted_is_executed_within_the_limits(seed: int) -> None:
    rig = GateRig(GateConfig(rate_hz=200.0), robot=load_roomy_ur5e())
    adversary = Adversary(rig, seed)
    accepted = 0
    for _ in range(60):
        sequence, values = adversary.next_values()
        if len(values) > rig.config.chunk_steps_max or rig.submit(values, sequence, adversary.dt_s) is not None:
            break
        accepted += 1
        for _ in range(int(adversary.rng.integers(1, 12))):
            assert rig.tick() is not None
    rig.settle()
    assert accepted >= 1
    check_limits(rig, rig.commands, jerk=False)


def test_the_adversary_gets_far() -> None:
    """The property above would say nothing if hardly any motion got through."""
    fastest, accepted = 0.0, 0
    for seed in range(30):
        rig = GateRig(GateConfig(rate_hz=200.0), robot=load_roomy_ur5e())
        adversary = Adversary(rig, seed)
        for _ in range(30):
            sequence, values = adversary.next_values()
            if rig.submit(values, sequence, adversary.dt_s) is not None:
                break
            accepted += 1
            for _ in range(8):
                rig.tick()
            fastest = max(fastest, np.abs(rig.commands[-1].velocities_rad_s).max())
    assert accepted > 300
    assert fastest > 2.0


def test_a_lease_of_an_hour_keeps_a_bounded_memory(rig: GateRig) -> None:
    rig = GateRig(GateConfig(rate_hz=20.0))
    rig.lease()
    sizes = set()
    for sequence in range(0, 36_000, 24):
        assert rig.submit(rig.hold(6), sequence, 0.1) is None
        rig.now_s += 2.4
        rig.observe()
        sizes.add(rig.gate._arm.timeline._rows.nbytes)
        rig.gate._command_watchdog.feed(rig.now_s)
    assert max(sizes) < 30 * 7 * 8
    assert rig.gate.status.chunks_accepted == 1_500
    assert rig.gate.status.mode is GateMode.MOVING
