"""Where a base was when a picture or a turn of ranges was taken."""

from __future__ import annotations

import math

import pytest

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.nodes.trail import Trail


def test_between_two_poses_it_was_between_them_the_short_way_round() -> None:
    trail = Trail()
    trail.note(1.00, Pose.at(0.0, 0.0, 0.0, math.pi - 0.1))
    trail.note(1.02, Pose.at(0.2, -0.1, 0.0, -math.pi + 0.1))
    middle = trail.at(1.01)
    assert middle is not None
    assert middle.position_m == pytest.approx([0.1, -0.05, 0.0])
    assert abs(middle.yaw_rad) == pytest.approx(math.pi)
    quarter = trail.at(1.005)
    assert quarter is not None and quarter.yaw_rad == pytest.approx(math.pi - 0.05)


def test_what_lies_before_or_after_all_that_is_known_is_not_guessed() -> None:
    trail = Trail()
    assert not trail.reaches(0.0) and trail.at(0.0) is None
    trail.note(1.0, Pose.at(1.0, 0.0, 0.0))
    assert trail.reaches(1.0) and not trail.reaches(1.01)
    assert trail.at(0.99) is None and trail.at(1.01) is None
    exact = trail.at(1.0)
    assert exact is not None and exact.position_m[0] == 1.0


def test_a_clock_that_was_set_back_begins_anew() -> None:
    trail = Trail()
    for moment_s in (5.0, 5.1, 5.2, 2.0):
        trail.note(moment_s, Pose.at(moment_s, 0.0, 0.0))
    assert trail.at(5.1) is None
    trail.note(2.1, Pose.at(2.1, 0.0, 0.0))
    found = trail.at(2.05)
    assert found is not None and found.position_m[0] == pytest.approx(2.05)
