"""Forward kinematics: against the published Denavit-Hartenberg parameters, and as a rigid motion."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.kinematics import SerialChain

# UR5e, "DH parameters for calculations of kinematics and dynamics", Universal Robots: a, d in m, alpha in rad.
DH = [
    (0.0, 0.1625, np.pi / 2),
    (-0.425, 0.0, 0.0),
    (-0.3922, 0.0, 0.0),
    (0.0, 0.1333, np.pi / 2),
    (0.0, 0.0997, -np.pi / 2),
    (0.0, 0.0996, 0.0),
]


def flange_by_dh(positions_rad: Array) -> Array:
    """Return the flange in the controller's base frame, shape (4, 4)."""
    frame = np.eye(4)
    for theta, (a, d, alpha) in zip(positions_rad, DH, strict=True):
        ct, st, ca, sa = np.cos(theta), np.sin(theta), np.cos(alpha), np.sin(alpha)
        frame = frame @ np.array(
            [[ct, -st * ca, st * sa, a * ct], [st, ct * ca, -ct * sa, a * st], [0, sa, ca, d], [0, 0, 0, 1]]
        )
    return frame


def test_the_flange_is_where_the_maker_says(robot: RobotDescription) -> None:
    positions = np.random.default_rng(5).uniform(-np.pi, np.pi, (300, 6))
    joints, tool, rotation = SerialChain(robot).place(positions)
    # REP 103: our base is the controller's, turned by half a turn about z.
    turn = np.diag([-1.0, -1.0, 1.0])
    for i, q in enumerate(positions):
        frame = flange_by_dh(q)
        np.testing.assert_allclose(joints[i, 5], turn @ frame[:3, 3], atol=1e-9)
        np.testing.assert_allclose(rotation[i], turn @ frame[:3, :3], atol=1e-9)
        np.testing.assert_allclose(tool[i], turn @ (frame @ [0, 0, 0.150, 1])[:3], atol=1e-9)


def test_rotations_are_rotations_and_joints_keep_their_distances(robot: RobotDescription) -> None:
    positions = np.random.default_rng(6).uniform(-6, 6, (200, 6))
    joints, tool, rotation = SerialChain(robot).place(positions)
    identity = np.broadcast_to(np.eye(3), (200, 3, 3))
    np.testing.assert_allclose(rotation @ rotation.transpose(0, 2, 1), identity, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rotation), 1.0)
    lengths = np.linalg.norm(np.diff(joints, axis=1), axis=2)
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], lengths.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(tool - joints[:, 5], axis=1), 0.150)


def test_many_configurations_at_once_are_the_same_as_one_by_one(robot: RobotDescription) -> None:
    chain = SerialChain(robot)
    positions = np.random.default_rng(7).uniform(-3, 3, (5, 6))
    one_by_one = zip(*(chain.place(q[None]) for q in positions), strict=True)
    for together, alone in zip(chain.place(positions), one_by_one, strict=True):
        np.testing.assert_allclose(together, np.concatenate(alone))


def test_the_ready_pose_points_the_tool_down_in_front_of_the_robot(robot: RobotDescription) -> None:
    _, tool, rotation = SerialChain(robot).place(robot.home[None])
    np.testing.assert_allclose(rotation[0, :, 2], [0, 0, -1], atol=0.01)
    assert robot.workspace.tool_box_in_base.contains(tool[0])
    assert tool[0][0] == pytest.approx(0.49, abs=0.01)
