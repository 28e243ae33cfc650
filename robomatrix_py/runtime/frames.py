"""Where the robot's frames are in each other, as docs/frames.md has them."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import BaseState, JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety.kinematics import SerialChain

ODOM, FOOTPRINT, BASE_LINK, TOOL = "odom", "base_footprint", "base_link", "tool"


@dataclass(frozen=True, eq=False)
class Placed:
    """A frame in its parent.

    Args:
        parent: Name of the parent.
        child: Name of the frame.
        pose: The frame in the parent.
    """

    parent: str
    child: str
    pose: Pose


def optical_frame(camera: str) -> str:
    """Return the frame of a camera's pictures: x right, y down, z ahead (REP 103)."""
    return f"{camera}_color_optical_frame"


class RobotFrames:
    """The frames of one robot.

    Args:
        robot: The robot, with its cameras where they were measured.
    """

    def __init__(self, robot: RobotDescription) -> None:
        self._robot = robot
        self._chain = SerialChain(robot)

    def mounted(self) -> list[Placed]:
        """Return the frames that never move in their parent."""
        at_origin = Pose.at(0.0, 0.0, 0.0)
        parents = {"tool": TOOL, "base": BASE_LINK}
        cameras = [
            Placed(parents[camera.mounted_on], optical_frame(camera.name), camera.pose_in_base(at_origin))
            for camera in self._robot.cameras
        ]
        # The arm of a mobile robot is described from the floor beneath it.
        return cameras if self._robot.base is None else [Placed(FOOTPRINT, BASE_LINK, at_origin), *cameras]

    def of_joints(self, joints: JointState) -> Placed:
        """Return where the tool is.

        Raises:
            KeyError: A joint is missing.
        """
        return Placed(BASE_LINK, TOOL, self._chain.tool_pose(joints.arm_positions_rad(self._robot)))

    def of_base(self, state: BaseState) -> Placed:
        """Return where the base is."""
        return Placed(ODOM, FOOTPRINT, state.pose_base_in_odom)
