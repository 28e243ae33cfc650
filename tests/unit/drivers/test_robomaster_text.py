"""The words of the RoboMaster's protocol, and its arm as two links."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.drivers.robomaster import text
from robomatrix_py.drivers.robomaster.config import RoboMasterConfig
from robomatrix_py.drivers.robomaster.linkage import PlanarArm
from robomatrix_py.settings.robots import load_robot


def test_messages_are_cut_at_their_ends_however_they_come() -> None:
    messages = text.Messages()
    assert list(messages.feed(b"ok se")) == []
    assert list(messages.feed(b"q 7;1.0 2.0 seq")) == ["ok seq 7"]
    assert list(messages.feed(b" 8; ;")) == ["1.0 2.0 seq 8", ""]
    # What never ends is no message of this protocol, and is not kept for ever.
    assert sum(map(len, messages.feed(b"x" * 5000))) == 5000
    assert list(messages.feed(b"\xffok;")) == ["\ufffdok"]


@pytest.mark.parametrize(
    ("reply", "found"),
    [("ok seq 12", ("ok", 12)), ("ok", ("ok", None)), ("a seq b", ("a seq b", None)), ("error seq  3", ("error", 3))],
)
def test_answers_are_matched_by_their_number(reply: str, found: tuple[str, int | None]) -> None:
    assert text.numbered(reply) == found


def test_only_numbers_are_read_as_numbers() -> None:
    assert text.numbers("0.5 -1 2e-3 more", 3) == [0.5, -1.0, 0.002]
    assert text.numbers("0.5", 2) is None
    assert text.numbers("error", 1) is None


def test_a_place_of_the_wrist_is_that_of_its_joints() -> None:
    robot = load_robot("robomaster_ep")
    arm = PlanarArm(robot)
    low = [joint.position_min_rad for joint in robot.joints]
    high = [joint.position_max_rad for joint in robot.joints]
    for joints in np.random.default_rng(4).uniform(low, high, (50, 2)):
        assert arm.joints(*arm.wrist(joints)) == pytest.approx(joints, abs=1e-9)
    assert arm.wrist(np.zeros(2)) == pytest.approx((0.14, 0.14))
    assert arm.joints(0.4, 0.1) is None
    assert arm.joints(1.8, 1.0) is None


def test_another_kind_of_arm_is_refused() -> None:
    with pytest.raises(ValueError, match="so101 has 5 joints; needed: 2"):
        PlanarArm(load_robot("so101"))


@pytest.mark.parametrize(
    "change", [{"rate_hz": 40.0}, {"turn_sign": 0}, {"units_per_m": 0.0}, {"gripper_force": 5}, {"left_sign": 2}]
)
def test_settings_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(change))} is .*permitted"):
        RoboMasterConfig("192.168.2.1", **change)  # type: ignore[arg-type]
