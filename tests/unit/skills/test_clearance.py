"""Where fingers fit: properties over random clutter, checked against outlines drawn point by point."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_looks import base
from skill_rig import settings_of

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.skills.scripted.clearance import (
    GraspChoice,
    clearance_m,
    finger_points,
    footprint_radius_m,
    free_place,
    grasp_width_m,
    grasp_yaws,
    rank_grasps,
)

GRIPPER = settings_of().load_robot().gripper

coordinates = st.floats(-0.1, 0.1)
angles = st.floats(-math.pi, math.pi)
edges = st.floats(0.02, 0.08)


def best_grasp(
    item: SceneObject, others: list[SceneObject], container: SceneObject | None
) -> tuple[float, float, float]:
    choice: GraspChoice = rank_grasps(item, others, container, 0.0, GRIPPER)[0]
    return choice.yaw_rad, choice.opening_m, choice.free_m


def thing(x_m: float, y_m: float, yaw_rad: float, size: tuple[float, float], symmetry: int) -> SceneObject:
    return replace(
        base().scene.objects["red_cube"],
        pose_object_in_base=Pose.at(0.5 + x_m, y_m, 0.02, yaw_rad),
        size_m=np.array([*size, 0.04]),
        yaw_symmetry=symmetry,
    )


def outline(item: SceneObject) -> Array:
    """Return many points on an object's outline, shape (n, 2)."""
    half = item.size_m[:2] / 2
    if item.yaw_symmetry == 0:
        angle = np.linspace(0, 2 * math.pi, 2000)
        local = half.max() * np.column_stack([np.cos(angle), np.sin(angle)])
    else:
        along = np.linspace(-1, 1, 500)
        ones = np.ones_like(along)
        sides = [(along, ones), (along, -ones), (ones, along), (-ones, along)]
        local = np.concatenate([np.column_stack(side) for side in sides]) * half
    return item.pose_object_in_base.transform(np.column_stack([local, np.zeros(len(local))]))[:, :2]


@given(coordinates, coordinates, angles, edges, edges, st.sampled_from([0, 2, 4]))
def test_clearance_is_the_distance_to_the_outline(
    x_m: float, y_m: float, yaw_rad: float, a_m: float, b_m: float, symmetry: int
) -> None:
    item = thing(x_m, y_m, yaw_rad, (a_m, b_m), symmetry)
    point = np.array([[0.5, 0.0]])
    distance = float(np.linalg.norm(outline(item) - point, axis=1).min())
    assert abs(clearance_m(point, [item])) == pytest.approx(distance, abs=1e-3)


@given(coordinates, coordinates, angles, edges, edges)
def test_clearance_is_negative_exactly_inside(x_m: float, y_m: float, yaw_rad: float, a_m: float, b_m: float) -> None:
    item = thing(x_m, y_m, yaw_rad, (a_m, b_m), 2)
    local = item.pose_object_in_base.inverse().transform([0.5, 0.0, 0.02])
    inside = bool((np.abs(local[:2]) < item.size_m[:2] / 2).all())
    assert (clearance_m(np.array([[0.5, 0.0]]), [item]) < 0) == inside


def test_without_obstacles_there_is_all_the_room() -> None:
    assert clearance_m(np.zeros((1, 2)), []) == math.inf


@given(angles, st.floats(0.01, 0.085))
def test_fingers_stand_on_both_sides_that_far_apart(yaw_rad: float, opening_m: float) -> None:
    center = np.array([0.5, 0.0])
    points = finger_points(center, yaw_rad, opening_m, GRIPPER) - center
    along = np.array([-math.sin(yaw_rad), math.cos(yaw_rad)])
    reach = points @ along
    assert np.abs(reach).min() == pytest.approx(opening_m / 2)
    assert np.abs(reach).max() == pytest.approx(opening_m / 2 + GRIPPER.finger_thickness_m)
    assert (reach > 0).sum() == (reach < 0).sum()


@given(angles, edges, edges)
def test_grasp_closes_across_the_narrow_side(yaw_rad: float, a_m: float, b_m: float) -> None:
    item = thing(0.0, 0.0, yaw_rad, (a_m, b_m), 2)
    (turn,) = grasp_yaws(item)
    pads = finger_points(item.position_m[:2], turn, grasp_width_m(item) + 0.01, GRIPPER)
    assert clearance_m(pads, [item]) > 0.0, "the fingers would land on the object"


@given(
    st.lists(st.tuples(coordinates, coordinates, angles), min_size=1, max_size=4),
    st.sampled_from([0, 4]),
    angles,
)
def test_best_grasp_tells_the_true_room_and_no_other_turn_has_more(
    places: list[tuple[float, float, float]], symmetry: int, yaw_rad: float
) -> None:
    item = thing(0.0, 0.0, yaw_rad, (0.04, 0.04), symmetry)
    others = [thing(x, y, turn, (0.045, 0.045), 4) for x, y, turn in places]
    turn, opening_m, free_m = best_grasp(item, others, None)
    ranked = rank_grasps(item, others, None, 0.0, GRIPPER)
    assert len({choice.yaw_rad for choice in ranked}) == len(ranked) == len(grasp_yaws(item)), "every turn once"
    assert opening_m <= GRIPPER.stroke_m
    assert opening_m >= grasp_width_m(item) + 0.01
    assert clearance_m(finger_points(item.position_m[:2], turn, opening_m, GRIPPER), others) == pytest.approx(free_m)
    if free_m < 0.0:
        for other in grasp_yaws(item):
            points = finger_points(item.position_m[:2], other, grasp_width_m(item) + 0.012, GRIPPER)
            assert clearance_m(points, others) < 0.02, "a turn with plenty of room was passed over"


def test_in_a_container_the_fingers_stay_inside_its_walls() -> None:
    container = base().scene.objects["bin"]
    assert container.interior is not None
    corner = container.pose_object_in_base.transform(container.interior.center_m + np.array([0.055, 0.0, 0.0]))
    item = replace(thing(0, 0, 0.0, (0.04, 0.04), 0), pose_object_in_base=Pose.at(*corner))
    turn, opening_m, free_m = best_grasp(item, [], container)
    points = finger_points(item.position_m[:2], turn, opening_m, GRIPPER)
    local = container.pose_object_in_base.inverse().transform(np.column_stack([points, np.full(len(points), 0.04)]))
    room = container.interior.half_extents_m[:2] - np.abs(local[:, :2] - container.interior.center_m[:2])
    assert free_m > 0.0
    assert room.min() == pytest.approx(free_m)


@pytest.mark.parametrize("target", ["bin", "tray", "bowl", "drawer"])
def test_free_place_is_inside_and_as_far_from_others_as_it_can_be(target: str) -> None:
    place = base().scene.objects[target]
    item = thing(0, 0, 0.0, (0.04, 0.04), 4)
    assert place.interior is not None
    empty = free_place(place, item, [], 0.05)
    assert place.holds(empty, margin_m=1e-6)
    assert np.linalg.norm(empty[:2] - place.pose_object_in_base.transform(place.interior.center_m)[:2]) < 1e-6
    lying = replace(item, name="other", pose_object_in_base=Pose.at(*empty))
    beside = free_place(place, item, [lying], 0.05)
    assert place.holds(beside, margin_m=1e-6)
    if target in ("bin", "tray"):  # the others have room for one
        assert np.linalg.norm((beside - empty)[:2]) > footprint_radius_m(item)


def test_another_variation_is_another_place_while_there_is_one() -> None:
    place = base().scene.objects["bin"]
    item = thing(0, 0, 0.0, (0.04, 0.04), 4)
    spots = [free_place(place, item, [], 0.05, variation) for variation in range(4)]
    apart_m = [np.linalg.norm(a - b) for i, a in enumerate(spots) for b in spots[:i]]
    assert min(apart_m) >= 0.03
    assert all(place.holds(spot, margin_m=1e-6) for spot in spots)
    bowl = base().scene.objects["bowl"]
    assert bowl.holds(free_place(bowl, item, [], 0.05, 9), margin_m=1e-6), "where there is none, the best that is left"


def test_place_without_an_interior_is_refused() -> None:
    with pytest.raises(ValueError, match="button has no interior"):
        free_place(base().scene.objects["button"], thing(0, 0, 0, (0.04, 0.04), 4), [], 0.05)
