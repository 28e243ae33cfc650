"""The tree of frames: every pose through it is the one that the parts of the system work with."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import BaseState, JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.runtime.frames import RobotFrames, optical_frame
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.graph import GraphConfig, NodeEntry
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.settings import resolve


def joints_of(robot: RobotDescription, positions: np.ndarray) -> JointState:
    still = np.zeros(len(positions))
    return JointState(robot.joint_names, positions, still, still, 1.0)


@pytest.mark.parametrize("name", ["ur5e", "so101", "go2_arm", "robomaster_ep"])
def test_every_frame_has_one_way_to_the_root_and_cameras_are_where_perception_has_them(name: str) -> None:
    robot = load_robot(name)
    frames = RobotFrames(robot)
    positions = robot.home + 0.1
    base = Pose.at(1.0, -2.0, 0.0, 0.7)
    placed = [*frames.mounted(), frames.of_joints(joints_of(robot, positions))]
    root = "base_link"
    if robot.base is not None:
        placed.append(frames.of_base(BaseState(base, np.zeros(3), 1.0)))
        root = "odom"
    parents = {item.child: item for item in placed}
    assert len(parents) == len(placed)
    assert {camera.name for camera in robot.cameras} == {
        child.removesuffix("_color_optical_frame") for child in parents if child.endswith("_optical_frame")
    }

    def in_root(frame: str) -> Pose:
        if frame == root:
            return Pose.at(0.0, 0.0, 0.0)
        return in_root(parents[frame].parent) @ parents[frame].pose

    pose_arm_in_root = base if robot.base is not None else Pose.at(0.0, 0.0, 0.0)
    pose_tool = SerialChain(robot).tool_pose(positions)
    for camera in robot.cameras:
        wanted = pose_arm_in_root @ camera.pose_in_base(pose_tool)
        found = in_root(optical_frame(camera.name))
        np.testing.assert_allclose(found.position_m, wanted.position_m, atol=1e-9)
        np.testing.assert_allclose(found.rotation, wanted.rotation, atol=1e-9)


def test_a_lacking_joint_is_an_error() -> None:
    robot = load_robot("ur5e")
    with pytest.raises(KeyError, match="shoulder_pan_joint"):
        RobotFrames(robot).of_joints(JointState(("wrist_1_joint",), np.zeros(1), np.zeros(1), np.zeros(1), 1.0))


def test_a_node_whose_package_is_missing_is_left_out() -> None:
    table = GraphConfig(
        {
            "with": NodeEntry("a.b", "hardware", "", ("sim",), packages=("numpy",)),
            "without": NodeEntry("a.c", "hardware", "", ("sim",), packages=("numpy", "no_such_package_here")),
        }
    )
    assert list(table.of_mode("sim", "camera")) == ["with"]
    assert resolve([]).graph.nodes["frames"].packages == ("tf2_msgs",)
