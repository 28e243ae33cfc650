"""Samples through the running graph: a camera and an arm that publish, and `robomatrix calibrate` beside them."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from ros_graph import start_robomatrix
from sensor_msgs.msg import JointState as JointStateMsg

from robomatrix_py.calibration.board import BoardConfig
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.nodes import names
from robomatrix_py.nodes.camera_topics import CameraTopics
from robomatrix_py.nodes.convert import joint_state_to_msg
from robomatrix_py.settings.robots import load_robot

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "calibration"))
from rendered_board import RenderedBoard, ideal_lens, pose

pytestmark = [pytest.mark.ros, pytest.mark.gl]

CAMERA = "wrist_camera"
WITHIN_S = 90.0
SHOTS = 3


def test_pictures_and_joints_are_collected(domain: int, tmp_path: Path) -> None:
    del domain
    robot = load_robot("ur5e")
    camera = Pose(np.array(robot.cameras[1].xyz_m), robot.cameras[1].pose_in_base(Pose.at(0, 0, 0)).quaternion_xyzw)
    scene = RenderedBoard(robot, tmp_path, BoardConfig(), camera, "tool", pose((0.34, 0.22, 0.0), (np.pi, 0.0, 0.0)))
    shots = list(scene.seen_poses(robot.home, 0.35, SHOTS, seed=2))
    scene.close()
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = Node("robot_with_camera")
    topics = CameraTopics(node, CAMERA)
    states = node.create_publisher(JointStateMsg, names.JOINT_STATES, names.STATE_QOS)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    folder = tmp_path / "samples"
    command = start_robomatrix(
        *("calibrate", "collect", "--camera", CAMERA, "--out", str(folder), "--count", str(SHOTS), "--json")
    )
    try:
        end_s, still = time.monotonic() + WITHIN_S, np.zeros(len(robot.joint_names))
        while command.poll() is None and time.monotonic() < end_s:
            taken = len(json.loads((folder / "samples.json").read_text())["samples"]) if folder.exists() else 0
            joints, picture = shots[min(taken, SHOTS - 1)]
            stamp = node.get_clock().now().to_msg()
            topics.publish_color(picture, ideal_lens(), stamp)
            for _ in range(5):
                state = JointState(robot.joint_names, joints, still, still, time.monotonic())
                states.publish(joint_state_to_msg(state, stamp))
                executor.spin_once(timeout_sec=0.02)
                time.sleep(0.01)
        out, err = command.communicate(timeout=10.0)
        assert command.returncode == 0, err
        assert json.loads(out)["samples"] == SHOTS
    finally:
        command.kill()
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
    listed = json.loads((folder / "samples.json").read_text())
    for sample, (joints, _) in zip(listed["samples"], shots, strict=True):
        assert list(sample["joints_rad"].values()) == pytest.approx(joints.tolist())
    assert listed["lens"]["fx"] == pytest.approx(ideal_lens().fx)
