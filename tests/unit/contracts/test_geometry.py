"""Rigid transforms obey the laws of their group, and agree with MuJoCo's."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
from contract_values import ANGLES, LENGTHS, POINTS, POSES, QUATERNIONS
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.geometry import (
    Box,
    Pose,
    frozen_array,
    quaternion_from_matrix,
    quaternion_from_yaw,
    quaternion_multiply,
    quaternion_to_matrix,
    rotation_from_rpy,
    rpy_from_rotation,
    wrap_angle,
)


def same(a: Pose, b: Pose) -> None:
    np.testing.assert_allclose(a.position_m, b.position_m, atol=1e-9)
    np.testing.assert_allclose(a.rotation, b.rotation, atol=1e-9)


@given(POSES, POSES, POSES)
def test_putting_poses_together_is_associative(a: Pose, b: Pose, c: Pose) -> None:
    same((a @ b) @ c, a @ (b @ c))


@given(POSES)
def test_a_pose_and_its_inverse_cancel(pose: Pose) -> None:
    same(pose @ pose.inverse(), Pose.at(0, 0, 0))
    same(pose.inverse() @ pose, Pose.at(0, 0, 0))
    same(pose.inverse().inverse(), pose)


@given(POSES, POSES, POINTS)
def test_a_product_transforms_as_its_factors_do_in_turn(a: Pose, b: Pose, point: np.ndarray) -> None:
    np.testing.assert_allclose((a @ b).transform(point), a.transform(b.transform(point)), atol=1e-8)


@given(POSES, st.lists(POINTS, min_size=2, max_size=5).map(np.array))
def test_a_transform_keeps_distances_and_takes_many_points_at_once(pose: Pose, points: np.ndarray) -> None:
    moved = pose.transform(points)
    np.testing.assert_allclose(moved, [pose.transform(point) for point in points], atol=1e-9)
    before, after = (np.linalg.norm(p[1:] - p[:-1], axis=1) for p in (points, moved))
    np.testing.assert_allclose(after, before, atol=1e-9)


@given(QUATERNIONS)
def test_a_quaternion_makes_a_rotation_and_comes_back(quaternion: np.ndarray) -> None:
    rotation = quaternion_to_matrix(quaternion)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    back = quaternion_from_matrix(rotation)
    assert np.linalg.norm(back) == pytest.approx(1.0)
    assert abs(back @ quaternion) == pytest.approx(1.0, abs=1e-12)


@given(QUATERNIONS, QUATERNIONS)
def test_quaternions_agree_with_mujoco(a: np.ndarray, b: np.ndarray) -> None:
    """MuJoCo puts w first."""
    product, matrix = np.empty(4), np.empty(9)
    mujoco.mju_mulQuat(product, np.roll(a, 1), np.roll(b, 1))
    np.testing.assert_allclose(quaternion_multiply(a, b), np.roll(product, -1), atol=1e-12)
    mujoco.mju_quat2Mat(matrix, np.roll(a, 1))
    np.testing.assert_allclose(quaternion_to_matrix(a), matrix.reshape(3, 3), atol=1e-12)


@given(ANGLES, ANGLES, ANGLES)
def test_roll_pitch_yaw_are_turns_about_fixed_axes(roll: float, pitch: float, yaw: float) -> None:
    quaternion = np.empty(4)
    mujoco.mju_euler2Quat(quaternion, np.array([roll, pitch, yaw]), "XYZ")
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    np.testing.assert_allclose(rotation_from_rpy(roll, pitch, yaw), matrix.reshape(3, 3), atol=1e-9)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("angle_rad", [math.pi, math.pi - 1e-9, -math.pi / 2, 1e-9])
def test_half_turns_lose_no_accuracy(axis: int, angle_rad: float) -> None:
    quaternion = np.zeros(4)
    quaternion[axis], quaternion[3] = math.sin(angle_rad / 2), math.cos(angle_rad / 2)
    back = quaternion_from_matrix(quaternion_to_matrix(quaternion))
    np.testing.assert_allclose(back * np.sign(back @ quaternion), quaternion, atol=1e-12)


@given(LENGTHS, LENGTHS, LENGTHS, ANGLES)
def test_yaw_comes_back(x: float, y: float, z: float, yaw: float) -> None:
    pose = Pose.at(x, y, z, yaw)
    assert abs(wrap_angle(pose.yaw_rad - yaw)) < 1e-9
    np.testing.assert_allclose(pose.transform([1.0, 0, 0]), [x + math.cos(yaw), y + math.sin(yaw), z], atol=1e-12)
    np.testing.assert_allclose(pose.quaternion_xyzw, quaternion_from_yaw(yaw))


@given(st.floats(-1e4, 1e4))
def test_a_wrapped_angle_points_the_same_way(angle: float) -> None:
    wrapped = wrap_angle(angle)
    assert -math.pi <= wrapped <= math.pi
    assert math.cos(wrapped) == pytest.approx(math.cos(angle), abs=1e-9)
    assert math.sin(wrapped) == pytest.approx(math.sin(angle), abs=1e-9)


def test_half_a_turn_wraps_to_plus_pi() -> None:
    assert wrap_angle(math.pi) == wrap_angle(-math.pi) == math.pi


@pytest.mark.parametrize("quaternion", [[0, 0, 0, 0], [0, 0, 0, 1.02], [0, 0, 0, 0.98], [math.nan, 0, 0, 1], [0, 0, 1]])
def test_what_is_no_rotation_is_refused(quaternion: list[float]) -> None:
    with pytest.raises(ValueError, match=r"unit length needed|\(4,\) needed"):
        Pose(np.zeros(3), np.array(quaternion))


@pytest.mark.parametrize("position", [[0, 0], [0, 0, 0, 0], [[0, 0, 0]], 0.0])
def test_what_is_no_position_is_refused(position: object) -> None:
    with pytest.raises(ValueError, match=r"\(3,\) needed"):
        Pose(np.array(position), np.array([0, 0, 0, 1.0]))


@given(POINTS, st.floats(0.995, 1.005))
def test_a_rounded_quaternion_is_normalised(point: np.ndarray, length: float) -> None:
    pose = Pose(point, length * np.array([0.0, 0.6, 0.0, 0.8]))
    assert np.linalg.norm(pose.quaternion_xyzw) == pytest.approx(1.0, abs=1e-14)


def test_nobody_changes_a_pose_or_box_afterwards() -> None:
    position, quaternion, half = np.zeros(3), np.array([0, 0, 0, 1.0]), np.ones(3)
    pose, box = Pose(position, quaternion), Box(position, half)
    position[0] = quaternion[0] = half[0] = 7.0
    assert pose.position_m[0] == pose.quaternion_xyzw[0] == box.center_m[0] == 0.0
    assert box.half_extents_m[0] == 1.0
    for array in (pose.position_m, pose.quaternion_xyzw, box.center_m, box.half_extents_m):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_a_read_only_view_of_what_may_change_is_copied() -> None:
    values = np.zeros(3)
    view = values.view()
    view.setflags(write=False)
    frozen = frozen_array(view)
    values[0] = 7.0
    assert frozen[0] == 0.0
    assert frozen_array([1, 2]).dtype == np.float64


@given(POINTS, st.tuples(*[st.floats(0.01, 5.0)] * 3).map(np.array), POINTS, st.floats(0.0, 1.0))
def test_a_box_holds_exactly_what_lies_between_its_corners(
    center: np.ndarray, half: np.ndarray, point: np.ndarray, margin: float
) -> None:
    box = Box(center, half)
    inside = bool(((point >= center - half - margin) & (point <= center + half + margin)).all())
    nearest = np.abs(np.abs(point - center) - half - margin).min()
    assert box.contains(point, margin) is inside or nearest < 1e-9
    corners = center + half * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    assert box.contains(corners, 1e-9)
    assert not box.contains(np.vstack([corners, center + 1.001 * half + 1e-6]))


@pytest.mark.parametrize("half", [[0, 1, 1], [-1, 1, 1], [math.nan, 1, 1]])
def test_a_box_without_inside_is_refused(half: list[float]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        Box(np.zeros(3), np.array(half))


@pytest.mark.parametrize("point", [[math.nan, 0, 0], [math.inf, 0, 0], [0, 0, -math.inf]])
def test_no_box_holds_what_is_nowhere(point: list[float]) -> None:
    assert not Box(np.zeros(3), np.ones(3)).contains(point, margin_m=0.1)


@given(ANGLES, ANGLES, ANGLES)
def test_angles_come_back_from_a_rotation(roll: float, pitch: float, yaw: float) -> None:
    rotation = rotation_from_rpy(roll, pitch, yaw)
    np.testing.assert_allclose(rotation_from_rpy(*rpy_from_rotation(rotation)), rotation, atol=1e-9)


@pytest.mark.parametrize("pitch", [np.pi / 2, -np.pi / 2])
def test_angles_come_back_from_an_upright_rotation(pitch: float) -> None:
    rotation = rotation_from_rpy(0.4, pitch, -1.1)
    np.testing.assert_allclose(rotation_from_rpy(*rpy_from_rotation(rotation)), rotation, atol=1e-9)
