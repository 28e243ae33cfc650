"""Following things from look to look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from robomatrix_py.perception.detection import Detection
from robomatrix_py.perception.footprint import Footprint
from robomatrix_py.perception.tracking import Tracker

CUBE, CAN, BIN = range(3)


def seen(
    caption: int,
    x_m: float,
    y_m: float = 0.0,
    sure: float = 0.9,
    distance_m: float = 1.0,
    yaw_rad: float | None = None,
) -> Detection:
    probabilities = np.full(3, (1 - sure) / 2)
    probabilities[caption] = sure
    place = np.array([x_m, y_m, 0.02])
    eye = place + np.array([0.0, 0.0, distance_m])
    turn = Footprint(yaw_rad, np.array([0.04, 0.04])).turn if yaw_rad is not None else np.zeros(4)
    return Detection(probabilities, place, np.full(3, 0.04), turn, np.zeros((0, 3)), 10, 0.002, eye, np.zeros(4))


def tracker() -> Tracker:
    return Tracker(forget_s=2.0, singles=frozenset({BIN}))


def test_thing_keeps_its_track_while_it_moves() -> None:
    following = tracker()
    for step in range(10):
        following.update([[seen(CUBE, 0.02 * step)]], 0.1 * step)
    (track,) = following.tracks
    assert track.looks == 10
    assert abs(track.center_m[0] - 0.18) < 0.02


def test_things_that_pass_each_other_keep_their_tracks() -> None:
    following = tracker()
    for step in range(21):
        following.update([[seen(CUBE, 0.01 * step), seen(CAN, 0.2 - 0.01 * step)]], 0.1 * step)
    assert sorted((track.caption, round(float(track.center_m[0]), 1)) for track in following.tracks) == [
        (CUBE, 0.2),
        (CAN, 0.0),
    ]


def test_one_wrong_look_does_not_rename_a_thing() -> None:
    following = tracker()
    for step in range(5):
        following.update([[seen(CUBE, 0.0)]], 0.1 * step)
    following.update([[seen(CAN, 0.0)]], 0.5)
    (track,) = following.tracks
    assert track.caption == CUBE


def test_what_two_cameras_see_is_one_thing_and_the_nearer_knows_better_where() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0, distance_m=1.0)], [seen(CUBE, 0.01, distance_m=0.2)]], 0.0)
    (track,) = following.tracks
    assert track.center_m[0] > 0.009


def test_one_camera_never_sees_one_thing_twice() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0), seen(CUBE, 0.03)]], 0.0)
    assert len(following.tracks) == 2


def test_thing_out_of_sight_is_forgotten_after_a_while() -> None:
    following = tracker()
    for now_s in (-0.2, -0.1, 0.0):
        following.update([[seen(CUBE, 0.0)]], now_s)
    following.update([[]], 1.9)
    assert len(following.tracks) == 1
    following.update([[]], 2.1)
    assert following.tracks == []


def test_furniture_is_one_however_far_it_was_moved() -> None:
    following = tracker()
    following.update([[seen(BIN, 0.0)]], 0.0)
    following.update([[seen(BIN, 0.9)]], 0.1)
    assert len(following.tracks) == 1


def test_noise_on_a_standing_thing_is_averaged() -> None:
    rng = np.random.default_rng(0)
    following, single = tracker(), []
    for step in range(200):
        place = seen(CUBE, 0.0)
        noisy = replace(place, center_m=place.center_m + rng.normal(0.0, 0.003, 3))
        following.update([[noisy]], 0.1 * step)
        single.append(float(following.tracks[0].center_m[0]))
    assert np.std(single[20:]) < 0.0025


def test_piece_at_the_edge_of_a_picture_is_no_new_thing() -> None:
    following = tracker()
    following.update([[replace(seen(CUBE, 0.0), whole=False)]], 0.0)
    assert following.tracks == []


def test_piece_at_the_edge_keeps_a_known_thing_in_sight() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0)]], 0.0)
    following.update([[replace(seen(CUBE, 0.01), whole=False)]], 0.1)
    (track,) = following.tracks
    assert track.seen_s == 0.1


def test_camera_that_sees_a_thing_cut_off_does_not_rename_it() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0)], [replace(seen(CAN, 0.0, distance_m=0.2), whole=False)]], 0.0)
    (track,) = following.tracks
    assert track.caption == CUBE


def test_cameras_that_disagree_on_what_a_thing_is_see_one_thing() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0, sure=0.99)], [seen(CAN, 0.02, sure=0.9)]], 0.0)
    (track,) = following.tracks
    assert track.caption == CUBE


def test_thing_in_a_bin_is_not_taken_for_the_bin() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0)], [seen(BIN, 0.01)]], 0.0)
    assert sorted(track.caption for track in following.tracks) == [CUBE, BIN]


def test_turn_that_a_look_cannot_tell_stays_what_it_was() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0, yaw_rad=0.3)]], 0.0)
    following.update([[seen(CUBE, 0.0)]], 0.1)
    (track,) = following.tracks
    assert track.yaw_rad(4) == pytest.approx(0.3)
    assert track.yaw_rad(0) == 0.0


def test_turn_is_averaged_over_looks_and_cameras() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0, yaw_rad=0.30)], [seen(CUBE, 0.0, yaw_rad=0.34)]], 0.0)
    for step in range(1, 20):
        following.update([[seen(CUBE, 0.0, yaw_rad=0.36)], [seen(CUBE, 0.0, yaw_rad=0.40)]], 0.1 * step)
    (track,) = following.tracks
    assert track.yaw_rad(4) == pytest.approx(0.38, abs=0.005)


def test_second_part_of_a_thing_that_one_camera_sees_twice_is_no_new_thing() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0)]], 0.0)
    # Beside the front camera's look, the wrist camera has two for it: the top, and a side far below.
    for step in range(1, 5):
        low = replace(seen(CUBE, 0.0, distance_m=0.3), center_m=np.array([0.005, 0.0, -0.008]))
        top = replace(seen(CUBE, 0.0, distance_m=0.3), center_m=np.array([0.0, 0.004, 0.035]))
        following.update([[seen(CUBE, 0.0)], [low, top]], 0.1 * step)
    (track,) = following.tracks
    assert track.number == 1
    assert track.seen_s == pytest.approx(0.4)


def test_height_is_told_by_the_camera_that_looks_from_the_side() -> None:
    following = tracker()
    side = replace(seen(CUBE, 0.0), eye_m=np.array([1.0, 0.0, 0.4]))
    above = replace(seen(CUBE, 0.0, distance_m=0.3), center_m=np.array([0.0, 0.0, 0.035]))
    following.update([[side], [above]], 0.0)
    (track,) = following.tracks
    assert track.center_m[2] == pytest.approx(0.026, abs=0.004)


def test_two_things_of_one_kind_on_top_of_each_other_stay_two() -> None:
    following = tracker()
    upper = replace(seen(CUBE, 0.0), center_m=np.array([0.0, 0.0, 0.075]))
    following.update([[seen(CUBE, 0.0), upper]], 0.0)
    assert len(following.tracks) == 2


def test_speck_does_not_take_the_place_of_what_is_carried_past_it() -> None:
    following = tracker()
    for step in range(5):
        following.update([[seen(CUBE, 0.0)]], 0.1 * step)
    following.update([[seen(CUBE, 0.0), seen(CUBE, 0.08)]], 0.5)
    following.update([[seen(CUBE, 0.07)]], 0.6)
    for step in range(7, 20):
        following.update([[seen(CUBE, 0.07 + 0.02 * step)]], 0.1 * step)
    (track,) = following.tracks
    assert track.number == 1


def test_what_hardly_looks_like_it_is_not_taken_for_a_thing_that_has_moved() -> None:
    following = tracker()
    for step in range(5):
        following.update([[seen(CUBE, 0.0)]], 0.1 * step)
    following.update([[seen(CUBE, 0.15, sure=0.4)]], 0.5)
    track = next(track for track in following.tracks if track.number == 1)
    assert track.center_m[0] == pytest.approx(0.0)
    assert track.seen_s == pytest.approx(0.4)


def test_thing_that_was_seen_once_is_soon_forgotten() -> None:
    following = tracker()
    following.update([[seen(CUBE, 0.0), seen(CAN, 0.3)]], 0.0)
    for step in range(1, 8):
        following.update([[seen(CUBE, 0.0)]], 0.1 * step)
    assert [track.caption for track in following.tracks] == [CUBE]


def test_of_two_places_that_are_about_as_near_the_one_of_which_more_is_seen_is_it() -> None:
    following = tracker()
    for step in range(5):
        following.update([[seen(CUBE, 0.0)]], 0.1 * step)
    speck = replace(seen(CUBE, 0.030), patches=4)
    following.update([[replace(seen(CUBE, -0.035), patches=90), speck]], 0.5)
    track = next(track for track in following.tracks if track.number == 1)
    assert track.center_m[0] == pytest.approx(-0.035)
