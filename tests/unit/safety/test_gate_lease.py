"""Leases: one holder, who is named to everybody else, and whose token is worth nothing afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from safety_rig import GateRig

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.safety.lease import Lease, LeaseTable
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.safety.stop import GateMode


def test_a_second_holder_is_refused_and_told_who_has_it(rig: GateRig) -> None:
    rig.lease("pick and place")
    for resources in (rig.robot.resources, rig.robot.resources[::-1]):
        answer = rig.gate.acquire("intruder", resources, rig.now_s)
        assert isinstance(answer, Refusal)
        assert answer.code is RefusalCode.LEASE
        assert answer.cause is Cause.LEASE_LOST
        assert "held by pick and place" in answer.message
    assert rig.gate.status.holder == "pick and place"


def test_the_same_holder_cannot_have_it_twice(rig: GateRig) -> None:
    rig.lease("skills")
    assert isinstance(rig.gate.acquire("skills", rig.robot.resources, rig.now_s), Refusal)


def test_commands_of_two_senders_never_mix(rig: GateRig) -> None:
    """1,000 chunks of an intruder between those of the holder: not one of them shows."""
    rows = rig.glide({0: 0.8}, 200)
    other = rig.glide({0: -0.8}, 200)
    reference = GateRig()
    for one in (reference, rig):
        one.lease()
    tokens = ["", "0" * 32, "wrong", "ß" * 16, "\ud800", rig.token[:-1], rig.token.upper() + " ", rig.token + "0"]
    for row in range(125):
        for one in (reference, rig):
            assert one.submit(rows[row:], row) is None
        for token in tokens:
            refusal = rig.gate.submit(rig.chunk(other[row:], row + 1), token, rig.now_s)
            assert refusal is not None
            assert refusal.code is RefusalCode.LEASE
            assert "held by skills" in refusal.message
        for one in (reference, rig):
            one.tick()
    assert rig.gate.status.chunks_refused == 125 * len(tokens)
    assert rig.gate.status.chunks_accepted == 125
    for ours, theirs in zip(rig.commands, reference.commands, strict=True):
        np.testing.assert_array_equal(ours.positions_rad, theirs.positions_rad)


def test_an_old_token_is_worth_nothing(rig: GateRig) -> None:
    rig.lease("first")
    old = rig.token
    assert rig.gate.release(old, rig.now_s) is None
    again = rig.gate.release(old, rig.now_s)
    assert again is not None
    assert again.code is RefusalCode.LEASE
    rig.lease("second")
    assert rig.token != old
    for refusal in (
        rig.gate.submit(rig.chunk(rig.hold()), old, rig.now_s),
        rig.gate.release(old, rig.now_s),
    ):
        assert refusal is not None
        assert refusal.code is RefusalCode.LEASE
    assert rig.gate.status.holder == "second"
    assert rig.gate.status.mode is GateMode.MOVING
    assert rig.submit(rig.hold()) is None


def test_tokens_are_secrets_and_leases_are_counted(rig: GateRig) -> None:
    tokens = set()
    for number in range(1, 41):
        lease = rig.lease()
        assert lease.number == rig.gate.status.lease_number == number
        assert len(lease.token) == 32
        tokens.add(lease.token)
        rig.gate.release(lease.token, rig.now_s)
    assert len(tokens) == 40


@pytest.mark.parametrize("resources", [(), ("arm",), ("gripper",), ("arm", "gripper", "base"), ("ARM", "gripper")])
def test_only_the_whole_robot_can_be_leased(rig: GateRig, resources: tuple[str, ...]) -> None:
    answer = rig.gate.acquire("skills", resources, rig.now_s)
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.LEASE
    assert "permitted: ['arm', 'gripper']" in answer.message
    assert rig.gate.status.mode is GateMode.HOLDING


def test_a_lease_that_sends_nothing_ends(rig: GateRig) -> None:
    rig.lease("sleeper")
    for _ in range(20):
        assert rig.tick() is None
    assert rig.gate.status.mode is GateMode.MOVING
    rig.tick()
    status = rig.gate.status
    assert status.mode is GateMode.HOLDING
    assert status.holder == ""
    assert status.stop is not None
    assert (status.stop.cause, status.stop.latched) == (Cause.LEASE_LOST, False)
    assert "sleeper leased but sent no command" in status.stop.message
    rig.lease("next")


def test_a_chunk_of_somebody_else_does_not_keep_a_sleeping_lease_alive(rig: GateRig) -> None:
    rig.lease("sleeper")
    for _ in range(25):
        rig.gate.submit(rig.chunk(rig.hold()), "wrong", rig.now_s)
        rig.tick()
    assert rig.gate.status.holder == ""


def test_the_first_chunk_ends_the_wait_for_it(rig: GateRig) -> None:
    rig.lease()
    for _ in range(19):
        rig.tick()
    for sequence in range(12):
        assert rig.submit(rig.hold(), sequence) is None
        rig.tick()
        rig.tick()
    assert rig.gate.status.mode is GateMode.MOVING


def test_a_lease_needs_a_joint_state_and_a_fresh_one() -> None:
    rig = GateRig(ready=False)
    for _ in range(2):
        answer = rig.gate.acquire("skills", rig.robot.resources, rig.now_s)
        assert isinstance(answer, Refusal)
        assert answer.code is RefusalCode.NOT_READY
        assert "is the driver running?" in answer.message
        rig.observe()
        rig.now_s += 0.0601
    rig.observe()
    rig.now_s += 0.0599
    assert isinstance(rig.gate.acquire("skills", rig.robot.resources, rig.now_s), Lease)


def test_release_while_nothing_moves_is_quiet(rig: GateRig) -> None:
    rig.lease()
    assert rig.gate.release(rig.token, rig.now_s) is None
    status = rig.gate.status
    assert status.mode is GateMode.HOLDING
    assert status.stop is not None
    assert (status.stop.cause, status.stop.latched) == (Cause.CANCELLED, False)
    assert status.stop.message == "skills gave its lease back"


def test_without_a_lease_every_chunk_is_refused(rig: GateRig) -> None:
    refusal = rig.submit(rig.hold())
    assert refusal is not None
    assert refusal.code is RefusalCode.LEASE
    assert refusal.message == "the sender holds no lease"
    assert rig.gate.status.refusal is refusal
    assert rig.tick() is None


def test_rest_is_the_measured_pose_before_the_first_command(rig: GateRig) -> None:
    rig.arm_rad = rig.arm_rad + 0.01
    rig.opening = 0.4
    rig.observe()
    rest = rig.lease().rest
    np.testing.assert_allclose(rest, [*rig.arm_rad, 0.4])
    with pytest.raises(ValueError, match="read-only"):
        rest[0] = 9.0


@pytest.mark.parametrize(("opening", "expected"), [(1.02, 1.0), (-0.01, 0.0), (0.3, 0.3)])
def test_rest_of_the_gripper_is_a_permitted_opening(rig: GateRig, opening: float, expected: float) -> None:
    rig.opening = opening
    rig.observe()
    assert rig.lease().rest[-1] == pytest.approx(expected)


def test_rest_is_the_last_command_while_the_arm_is_at_it(rig: GateRig) -> None:
    """So that what the gripper squeezes stays squeezed, and the arm does not sink from lease to lease."""
    rig.start_gliding({0: 0.3, 6: -0.7}, steps=40, until_row=40)
    rig.gate.release(rig.token, rig.now_s)
    rig.settle()
    last = rig.gate._command.copy()
    rig.arm_rad = rig.arm_rad - 0.04
    rig.opening = 0.6  # something is between the fingers
    rig.observe()
    np.testing.assert_array_equal(rig.lease().rest, last)


def test_rest_is_the_measured_pose_where_the_arm_was_moved_by_hand(rig: GateRig) -> None:
    """And moving it there is no tracking error of the lease that begins: the gate used to stop at once."""
    rig.start_gliding({0: 0.3}, steps=40, until_row=40)
    rig.gate.release(rig.token, rig.now_s)
    rig.settle()
    for _ in range(60):
        rig.arm_rad = rig.arm_rad - np.array([0.01, 0, 0, 0, 0, 0])
        rig.tick()
    moved = rig.arm_rad.copy()
    lease = rig.lease()
    np.testing.assert_array_equal(lease.rest[:-1], moved)
    assert lease.rest[-1] == pytest.approx(1.0)
    rig.tick()
    assert not rig.gate.latched
    assert rig.submit(rig.hold()) is None
    np.testing.assert_allclose(rig.tick().positions_rad, moved)


class TestLeaseTable:
    """The table on its own, which can also lease parts."""

    def test_parts_can_be_held_by_different_holders(self) -> None:
        table = LeaseTable(frozenset({"arm", "base"}))
        arm = table.acquire("one", ["arm"], np.zeros(2))
        base = table.acquire("two", ["base"], np.zeros(2))
        assert isinstance(arm, Lease)
        assert isinstance(base, Lease)
        assert table.find(arm.token) is arm
        assert table.find(base.token) is base
        taken = table.acquire("three", ["arm", "base"], np.zeros(2))
        assert isinstance(taken, Refusal)
        assert "arm is held by one" in taken.message
        assert table.given == 2
        table.clear()
        assert table.find(arm.token) is None
        assert isinstance(table.acquire("three", ["arm", "base"], np.zeros(2)), Lease)

    @pytest.mark.parametrize("resources", [[], ["leg"], ["arm", "leg"]])
    def test_unknown_or_no_resources(self, resources: list[str]) -> None:
        table = LeaseTable(frozenset({"arm", "base"}))
        answer = table.acquire("one", resources, np.zeros(2))
        assert isinstance(answer, Refusal)
        assert answer.code is RefusalCode.LEASE
        assert "permitted: some of arm, base" in answer.message
        assert table.given == 0
