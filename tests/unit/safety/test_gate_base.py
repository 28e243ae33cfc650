"""The gate over a mobile base: what it refuses, how it brakes, when it stops by itself."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from safety_rig import DT_S, GateRig, load_roomy_ur5e

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.contracts.base import BASE_AXES, BaseDescription
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.observation import BaseState
from robomatrix_py.safety.gate import Gate
from robomatrix_py.safety.lease import Lease
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.safety.stop import GateMode

BASE = BaseDescription(
    velocity_max=np.array([1.0, 0.5, 2.0]),
    acceleration_max=np.array([2.0, 2.0, 6.0]),
    jerk_max=np.array([60.0, 60.0, 200.0]),
    stop_deceleration=np.array([2.0, 2.0, 8.0]),
    length_m=0.4,
    width_m=0.3,
    work_distance_m=0.5,
)
NAMES = ("arm", "gripper", "base")


class BaseRig(GateRig):
    """The same arm on a base that does what it is told, unless it is blocked."""

    def __init__(self) -> None:
        super().__init__(robot=replace(load_roomy_ur5e(), base=BASE, resources=NAMES))
        self.velocity = np.zeros(3)
        self.blocked = False
        self.odometry = True
        self.sent: list[Array] = []
        self.feel()
        lease = self.gate.acquire("test", NAMES, self.now_s)
        assert isinstance(lease, Lease)
        self.token = lease.token

    def feel(self) -> None:
        """Let the gate see odometry."""
        self.gate.observe_base(BaseState(Pose.at(0, 0, 0), self.velocity, self.now_s), self.now_s)

    def send(self, rows: Array, sequence: int = 0) -> Refusal | None:
        """Submit base velocities."""
        space = ActionSpace.BASE_VELOCITY
        chunk = ActionChunk(sequence, self.now_s, DT_S, space, BASE_AXES, np.asarray(rows, dtype=np.float64))
        return self.gate.submit(chunk, self.token, self.now_s)

    def run(self, duration_s: float) -> None:
        """Let time pass."""
        for _ in range(round(duration_s / self.period_s)):
            self.now_s += self.period_s
            self.observe()
            if self.odometry:
                self.feel()
            self.gate.tick(self.now_s)
            command = self.gate.base_command(self.now_s)
            if command is not None:
                self.sent.append(command.velocity)
                self.velocity = np.zeros(3) if self.blocked else command.velocity


def ramp(peak: float, axis: int = 0, hold: int = 5) -> Array:
    """Return velocities up to a peak and back to rest, at 0.8 of the limits."""
    rise = np.arange(0.0, peak, 0.8 * BASE.acceleration_max[axis] * DT_S)
    # Smooth corners keep the jerk.
    line = np.convolve(np.concatenate([rise, [peak] * hold, rise[::-1]]), np.ones(5) / 5)
    rows = np.zeros((len(line) + 1, 3))
    rows[:-1, axis] = line
    return rows


def test_velocities_go_through_and_end_at_rest() -> None:
    rig = BaseRig()
    rows = ramp(0.3)
    for sequence in range(len(rows)):
        assert rig.send(rows[sequence:], sequence) is None
        rig.run(DT_S)
    assert max(velocity[0] for velocity in rig.sent) == pytest.approx(0.3, abs=2e-3)
    rig.run(0.04)
    assert not rig.velocity.any()
    assert rig.gate.status.mode is GateMode.MOVING


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (ramp(1.1), RefusalCode.VELOCITY),
        (ramp(0.6, axis=1), RefusalCode.VELOCITY),
        (np.array([[0.5, 0, 0], [0, 0, 0]]), RefusalCode.ACCELERATION),
        (np.array([[0.035, 0, 0], [0.0, 0, 0], [0.035, 0, 0], [0, 0, 0]]), RefusalCode.JERK),
        (ramp(0.3)[:-12], RefusalCode.NOT_AT_REST),
        (np.array([[math.nan, 0, 0], [0, 0, 0]]), RefusalCode.NOT_FINITE),
        (np.zeros((2, 2)), RefusalCode.SHAPE),
    ],
)
def test_what_is_refused_ends_the_lease_and_moves_nothing(rows: Array, code: RefusalCode) -> None:
    rig = BaseRig()
    refusal = rig.send(rows)
    assert refusal is not None and refusal.code is code
    assert rig.gate.status.holder == ""
    rig.run(0.2)
    assert all(not velocity.any() for velocity in rig.sent)


def test_a_stop_decelerates_to_zero_within_its_ramp_and_latches() -> None:
    rig = BaseRig()
    assert rig.send(ramp(0.4, hold=50)) is None
    rig.run(0.05)
    for sequence in range(1, 12):
        rig.send(ramp(0.4, hold=50)[sequence:], sequence)
        rig.run(DT_S)
    speed = rig.velocity[0]
    assert speed > 0.2
    rig.gate.request_stop("test", rig.now_s)
    began = len(rig.sent)
    rig.run(speed / BASE.stop_deceleration[0] + 0.03)
    speeds = np.array([velocity[0] for velocity in rig.sent[began:]])
    assert rig.gate.status.mode is GateMode.STOPPED
    assert speeds[-1] == 0.0
    assert (np.diff(speeds) <= 1e-12).all()
    assert -np.diff(speeds).min() <= BASE.stop_deceleration[0] * rig.period_s * 1.01


def test_silence_of_the_holder_stops_the_base() -> None:
    rig = BaseRig()
    assert rig.send(ramp(0.4, hold=50)) is None
    rig.run(0.3)
    assert rig.gate.status.stop is not None
    assert rig.gate.status.stop.cause is Cause.LEASE_LOST
    rig.run(0.5)
    assert not rig.velocity.any()


def test_a_blocked_base_is_noticed() -> None:
    rig = BaseRig()
    rig.blocked = True
    rows = ramp(0.8, hold=60)
    for sequence in range(100):
        if not rig.gate.status.holder:
            break
        rig.send(rows[sequence:], sequence)
        rig.run(DT_S)
    assert rig.gate.status.stop is not None
    assert "is the base blocked" in rig.gate.status.stop.message


def test_silent_odometry_stops_and_no_lease_is_given_without_it() -> None:
    rig = BaseRig()
    rig.send(ramp(0.4, hold=60))
    rig.odometry = False
    for sequence in range(1, 15):
        rig.send(ramp(0.4, hold=60)[sequence:], sequence)
        rig.run(DT_S)
    stop = rig.gate.status.stop
    assert stop is not None and "odometry" in stop.message
    rig.run(0.5)
    rig.gate.reset(rig.now_s)
    refused = rig.gate.acquire("test", NAMES, rig.now_s)
    assert isinstance(refused, Refusal) and refused.code is RefusalCode.NOT_READY


def test_an_arm_without_a_base_refuses_velocities() -> None:
    rig = GateRig()
    gate: Gate = rig.gate
    lease = gate.acquire("test", ("arm", "gripper"), rig.now_s)
    assert isinstance(lease, Lease)
    chunk = ActionChunk(0, 0.0, DT_S, ActionSpace.BASE_VELOCITY, BASE_AXES, np.zeros((2, 3)))
    refusal = gate.submit(chunk, lease.token, rig.now_s)
    assert refusal is not None and refusal.code is RefusalCode.SHAPE
    assert gate.base_command(rig.now_s) is None


@pytest.mark.parametrize("key", ["velocity_max", "acceleration_max", "jerk_max", "stop_deceleration"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_a_base_without_sound_limits_is_none(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=key):
        replace(BASE, **{key: np.array([value, 1.0, 1.0])})
