"""Where cameras really are: what the table tells, and what a near camera tells of a far one."""

from __future__ import annotations

import numpy as np
import pytest
from table_views import TABLE, knocked, looking, off_m, view

from robomatrix_py.contracts.geometry import Box, Pose
from robomatrix_py.perception.levelling import Levelling
from robomatrix_py.perception.registration import Registration

MIDDLE_M, AWAY_M = [0.45, 0.0, 0.0], [0.5, 0.4, 0.0]
FRONT, WRIST = looking([1.3, 0.05, 0.8], MIDDLE_M), looking([0.45, 0.0, 0.45], MIDDLE_M)
THINGS = [
    Box(np.array([x, y, h / 2]), np.array([a, b, h]) / 2)
    for x, y, a, b, h in (
        (0.35, 0.10, 0.05, 0.05, 0.05),
        (0.50, 0.08, 0.03, 0.08, 0.03),
        (0.42, -0.09, 0.06, 0.04, 0.04),
        (0.56, -0.04, 0.04, 0.04, 0.07),
    )
]
SHIFT_M, TURN = [0.012, -0.009, 0.018], [0.012, -0.005, 0.01]


@pytest.mark.parametrize("things", [[], THINGS])
def test_a_knocked_camera_is_levelled_by_the_table(things: list[Box]) -> None:
    true = knocked(FRONT, SHIFT_M, TURN)
    assert abs(off_m(FRONT, true, AWAY_M)[2]) > 0.008
    seen = Levelling(TABLE).level(view("front", true, FRONT, things))
    for place in (MIDDLE_M, AWAY_M):
        assert off_m(seen.pose_camera_in_base, true, place)[2] == pytest.approx(0.0, abs=0.001)


def test_a_camera_that_is_right_is_left_as_it_is() -> None:
    seen = Levelling(TABLE).level(view("front", FRONT, FRONT, THINGS))
    np.testing.assert_allclose(off_m(seen.pose_camera_in_base, FRONT, MIDDLE_M), 0.0, atol=0.0005)


def test_what_a_camera_was_found_to_be_off_by_is_kept_while_it_sees_no_table() -> None:
    levelling, true = Levelling(TABLE), knocked(FRONT, SHIFT_M, TURN)
    covered = [Box(np.array([0.5, 0.0, 0.1]), np.array([0.6, 0.7, 0.1]))]
    first = view("front", true, FRONT, covered)
    assert levelling.level(first) is first
    levelling.level(view("front", true, FRONT))
    seen = levelling.level(view("front", true, FRONT, covered))
    assert off_m(seen.pose_camera_in_base, true, MIDDLE_M)[2] == pytest.approx(0.0, abs=0.001)


def test_a_camera_that_is_far_off_is_not_made_good() -> None:
    off = view("front", knocked(FRONT, [0.0, 0.0, 0.0], [0.0, 0.09, 0.0]), FRONT)
    assert Levelling(TABLE).level(off) is off


def test_looks_are_averaged() -> None:
    levelling, rng = Levelling(TABLE), np.random.default_rng(0)
    errors = []
    for _ in range(12):
        noisy = view("front", FRONT, FRONT)
        noisy.depth_m[:] += 0.004 * rng.standard_normal(noisy.depth_m.shape) + 0.004 * rng.standard_normal()
        errors.append(abs(off_m(levelling.level(noisy).pose_camera_in_base, FRONT, MIDDLE_M)[2]))
    assert np.mean(errors[-4:]) < 0.003


def aligned(
    registration: Registration, front: Pose, things: list[Box] | None = None, wrist: Pose = WRIST, looks: int = 3
) -> Pose:
    """Return where the far camera is taken to be after some looks."""
    things = THINGS if things is None else things
    views = [view("front", front, FRONT, things, (480, 640)), view("wrist", wrist, wrist, things, (224, 224))]
    seen = views
    for _ in range(looks):
        seen = registration.align(views, [FRONT, wrist])
    assert seen[1] is views[1]
    return seen[0].pose_camera_in_base


@pytest.mark.parametrize(("shift_m", "turn_rad"), [((0.012, -0.018), 0.0), ((-0.02, 0.006), 0.015)])
def test_a_far_camera_is_where_the_near_one_sees_the_same(shift_m: tuple[float, float], turn_rad: float) -> None:
    true = knocked(FRONT, [*shift_m, 0.0], [0.0, 0.0, turn_rad])
    assert np.linalg.norm(off_m(FRONT, true, MIDDLE_M)) > 0.015
    found = aligned(Registration(TABLE), true)
    assert np.linalg.norm(off_m(found, true, MIDDLE_M)) < 0.003
    assert np.linalg.norm(off_m(found, true, AWAY_M)) < 0.005


def test_a_bare_table_tells_nothing() -> None:
    assert aligned(Registration(TABLE), knocked(FRONT, [0.01, 0.0, 0.0], [0.0, 0.0, 0.0]), things=[]) is FRONT


def test_a_long_edge_alone_does_not_tell_where_along_it() -> None:
    edge = [Box(np.array([0.45, 0.0, 0.02]), np.array([0.03, 0.7, 0.02]))]
    assert aligned(Registration(TABLE), knocked(FRONT, [0.0, 0.012, 0.0], [0.0, 0.0, 0.0]), things=edge) is FRONT


def test_a_camera_that_was_put_elsewhere_is_found_anew() -> None:
    registration = Registration(TABLE)
    aligned(registration, knocked(FRONT, [0.015, 0.0, 0.0], [0.0, 0.0, 0.0]))
    moved = knocked(FRONT, [-0.012, 0.012, 0.0], [0.0, 0.0, 0.0])
    found = aligned(registration, moved, looks=60)
    assert np.linalg.norm(off_m(found, moved, MIDDLE_M)) < 0.005


def test_where_no_table_is_seen_and_shifts_look_alike_nothing_is_made_good() -> None:
    rng = np.random.default_rng(3)
    paved = [
        Box(np.array([x, y, h]), np.array([0.06, 0.06, h]))
        for x in np.arange(-0.3, 1.0, 0.12)
        for y in np.arange(-0.8, 0.81, 0.12)
        for h in [float(rng.uniform(0.01, 0.05))]
    ]
    true = knocked(FRONT, [0.012, -0.01, 0.0], [0.0, 0.0, 0.0])
    assert aligned(Registration(TABLE), true, things=paved) is FRONT


@pytest.mark.parametrize("turn", [[0.03, 0.0, 0.0], [0.0, -0.03, 0.0], [-0.02, 0.02, 0.0]])
def test_a_camera_that_was_moved_by_all_that_it_may_be_is_levelled(turn: list[float]) -> None:
    levelling, true = Levelling(TABLE), knocked(FRONT, [0.03, -0.03, 0.03], turn)
    seen = levelling.level(view("front", true, FRONT, THINGS))
    for place in (MIDDLE_M, AWAY_M):
        assert off_m(seen.pose_camera_in_base, true, place)[2] == pytest.approx(0.0, abs=0.001)


def test_one_camera_has_nothing_to_be_held_against() -> None:
    alone = view("front", FRONT, FRONT, THINGS)
    assert Registration(TABLE).align([alone], [FRONT]) == [alone]
    assert Registration(TABLE).align([], []) == []
