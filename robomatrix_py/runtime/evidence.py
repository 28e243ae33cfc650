"""Puts readings together into what scheduler and judge may look at."""

from __future__ import annotations

from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.safety.kinematics import SerialChain


def make_evidence(
    robot: RobotDescription, chain: SerialChain, joints: JointState, scene: Scene, base_pose: Pose | None = None
) -> Evidence:
    """Return what judge and scheduler may look at.

    Args:
        robot: The robot.
        chain: Its kinematics.
        joints: Newest joint state.
        scene: Newest scene.
        base_pose: Where the base is in the scene's frame, if it moves.
    """
    _, tool, _ = chain.place(joints.arm_positions_rad(robot)[None])
    x, y, z = (tool[0] if base_pose is None else base_pose.transform(tool[0])).tolist()
    opening = joints.gripper_opening(robot)
    return Evidence(
        scene=scene,
        joints=joints,
        gripper_opening=opening,
        gripper_force_n=joints.gripper_force_n(robot),
        tool_position_m=(x, y, z),
        gripper_gap_m=opening * robot.gripper.stroke_m,
        base_pose=base_pose,
    )
