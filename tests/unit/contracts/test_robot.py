"""A robot is refused without real limits, and readings are found by name, never by position."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import CameraDescription, RobotDescription
from robomatrix_py.settings.robots import load_robot

UR5E = load_robot("ur5e")
LIMITS = [
    "velocity_max_rad_s",
    "acceleration_max_rad_s2",
    "jerk_max_rad_s3",
    "stop_deceleration_rad_s2",
    "effort_max_nm",
]


@pytest.mark.parametrize("key", LIMITS)
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_a_joint_needs_positive_finite_limits(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"joint shoulder_pan_joint: {key} is"):
        replace(UR5E.joints[0], **{key: value})


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 1.0), (1.0, -1.0), (-math.inf, 1.0), (-1.0, math.inf), (math.nan, 1.0), (-1.0, math.nan)]
)
def test_a_joint_needs_a_finite_range(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="must be below"):
        replace(UR5E.joints[0], position_min_rad=low, position_max_rad=high)


@pytest.mark.parametrize("axis", [(0, 0, 0), (0, 0, 2), (1, 1, 0)])
def test_a_joint_turns_about_a_unit_axis(axis: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="not of unit length"):
        replace(UR5E.joints[0], axis=np.array(axis))


@pytest.mark.parametrize("key", ["origin_xyz_m", "origin_rpy_rad", "axis"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_joint_sits_somewhere(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"joint shoulder_pan_joint: {key} .* is not finite"):
        replace(UR5E.joints[0], **{key: np.array([0.0, 0.0, value])})


@pytest.mark.parametrize("key", ["stroke_m", "velocity_max_per_s", "force_max_n", "finger_width_m"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_a_gripper_needs_positive_finite_limits(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{key} is"):
        replace(UR5E.gripper, **{key: value})


@pytest.mark.parametrize("values", [(0, 48, 30.0), (64, -1, 30.0), (64, 48, 0.0), (64, 48, math.nan)])
def test_a_camera_needs_a_size_and_a_rate(values: Any) -> None:
    with pytest.raises(ValueError, match="a positive finite number is needed"):
        CameraDescription("camera", *values)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"joints": ()}, "at least one joint with limits"),
        ({"home_rad": {}}, "home_rad names"),
        ({"home_rad": {**UR5E.home_rad, "tail_joint": 0.0}}, "home_rad names"),
        ({"home_rad": {**UR5E.home_rad, "elbow_joint": 3.2}}, "home_rad of elbow_joint is 3.2; permitted: -3.1416 to"),
        ({"home_rad": {**UR5E.home_rad, "elbow_joint": math.nan}}, "home_rad of elbow_joint is nan"),
        ({"joints": (*UR5E.joints, UR5E.joints[0])}, "joint names repeat"),
        ({"gripper": replace(UR5E.gripper, joints=("elbow_joint",))}, "joint names repeat"),
    ],
)
def test_the_parts_of_a_robot_agree(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(UR5E, **changes)


def test_names_are_in_the_order_of_the_arm() -> None:
    assert UR5E.command_names == (*UR5E.joint_names, "gripper")
    assert UR5E.joint_names[0] == "shoulder_pan_joint"
    assert UR5E.home.tolist() == [UR5E.home_rad[name] for name in UR5E.joint_names]


def reading(robot: RobotDescription, order: list[str]) -> JointState:
    """Return a state in which every number says which joint it belongs to."""
    names = [*robot.joint_names, *robot.gripper.joints]
    value = {name: float(i) for i, name in enumerate(names)}
    numbers = np.array([value[name] for name in order])
    return JointState(tuple(order), numbers, numbers + 100.0, numbers + 200.0, 0.0)


@given(st.permutations([*UR5E.joint_names, *UR5E.gripper.joints]))
def test_readings_are_found_by_name_in_whatever_order_they_come(order: list[str]) -> None:
    state = reading(UR5E, order)
    assert state.arm_positions_rad(UR5E).tolist() == [0, 1, 2, 3, 4, 5]
    assert state.arm_velocities_rad_s(UR5E).tolist() == [100, 101, 102, 103, 104, 105]
    assert state.gripper_opening(UR5E) == pytest.approx((6 + 7) / UR5E.gripper.stroke_m)
    assert state.gripper_speed_per_s(UR5E) == pytest.approx((106 + 107) / UR5E.gripper.stroke_m)
    assert state.gripper_force_n(UR5E) == 207


@pytest.mark.parametrize("missing", [*UR5E.joint_names, *UR5E.gripper.joints])
def test_a_missing_joint_is_an_error_and_no_guess(missing: str) -> None:
    state = reading(UR5E, [name for name in (*UR5E.joint_names, *UR5E.gripper.joints) if name != missing])
    with pytest.raises(KeyError, match=missing):
        state.arm_positions_rad(UR5E)
        state.gripper_opening(UR5E)
