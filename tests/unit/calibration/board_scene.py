"""Two scenes with a board: a camera in the hand, and one beside the arm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rendered_board import RenderedBoard, ideal_lens, pose

from robomatrix_py.calibration.board import BoardConfig
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.robots import load_robot

COUNT = 14
# Half the board of the default: it must fit what the hand can hold before the front camera.
SMALL = BoardConfig(7, 5, 0.030, 0.022)


@dataclass(frozen=True, eq=False)
class Scene:
    """What was drawn, and the truth.

    Args:
        rendered: The scene.
        mounted_on: What the camera is on.
        camera: Which of the robot's cameras it is.
        pose_camera_in_mount: Where it is.
        shots: Joint positions and pictures.
        folder: Folder of samples with them.
    """

    rendered: RenderedBoard
    mounted_on: str
    camera: str
    pose_camera_in_mount: Pose
    shots: list[tuple[Array, Any]]
    folder: Path


def make_scene(folder: Path, mounted_on: str) -> Scene:
    """Return the scene of a camera on the tool or the base."""
    robot = load_robot("ur5e")
    home = SerialChain(robot).tool_pose(robot.home)
    front, wrist = robot.cameras
    # Not where robot.yaml has it: what comes out must come from the pictures.
    shift = pose((0.012, -0.008, 0.015), (0.05, -0.04, 0.06))
    if mounted_on == "tool":
        camera = Pose(np.array(wrist.xyz_m), wrist.pose_in_base(Pose.at(0.0, 0.0, 0.0)).quaternion_xyzw) @ shift
        middle = (home @ camera).position_m
        board = pose((middle[0] - 0.135, middle[1] + 0.09, 0.0), (np.pi, 0.0, 0.0))
        name, config, spread_rad = wrist.name, BoardConfig(), 0.35
    else:
        camera = front.pose_in_base(home) @ shift
        # Held before the fingers, its face towards the camera beside the arm.
        facing = Pose(np.zeros(3), camera.quaternion_xyzw)
        board = home.inverse() @ Pose(home.position_m, (facing @ pose((0, 0, 0), (0.1, 0.2, 0.1))).quaternion_xyzw)
        board = board @ pose((-0.105, -0.075, 0.0), (0.0, 0.0, 0.0))
        name, config, spread_rad = front.name, SMALL, 0.35
    rendered = RenderedBoard(robot, folder, config, camera, mounted_on, board)
    shots = list(rendered.seen_poses(robot.home, spread_rad, COUNT, seed=4))
    samples = folder / "samples"
    rendered.write(samples, name, shots, ideal_lens())
    return Scene(rendered, mounted_on, name, camera, shots, samples)
