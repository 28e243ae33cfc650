"""What a robot is: joints, limits, gripper, workspace, cameras. Values come from `hardware/<robot>/robot.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from robomatrix_py.contracts.base import BaseDescription
from robomatrix_py.contracts.geometry import (
    Array,
    Box,
    Pose,
    frozen_array,
    quaternion_from_matrix,
    rotation_from_rpy,
)


def _require_positive(description: object, *keys: str) -> None:
    """Raise ValueError where a field is no positive finite number."""
    for key in keys:
        value = getattr(description, key)
        if not 0.0 < value < float("inf"):
            raise ValueError(f"{key} is {value}, a positive finite number is needed")


@dataclass(frozen=True, eq=False)
class JointDescription:
    """One revolute joint of a serial arm: where it sits and what it may do.

    Args:
        name: Name in joint states and trajectories.
        origin_xyz_m: Position of the joint frame in the parent link frame at zero, shape (3,).
        origin_rpy_rad: Fixed-axis roll, pitch, yaw of the same, shape (3,).
        axis: Unit axis of rotation in the joint frame, shape (3,).
        position_min_rad: Lowest permitted position.
        position_max_rad: Highest permitted position.
        velocity_max_rad_s: Largest permitted speed.
        acceleration_max_rad_s2: Largest permitted acceleration of a commanded motion.
        jerk_max_rad_s3: Largest permitted jerk of a commanded motion.
        stop_deceleration_rad_s2: Deceleration of a protective stop.
        effort_max_nm: Torque limit of the joint.
    """

    name: str
    origin_xyz_m: Array
    origin_rpy_rad: Array
    axis: Array
    position_min_rad: float
    position_max_rad: float
    velocity_max_rad_s: float
    acceleration_max_rad_s2: float
    jerk_max_rad_s3: float
    stop_deceleration_rad_s2: float
    effort_max_nm: float

    def __post_init__(self) -> None:
        """Check that the limits make sense: a robot without limits does not start."""
        for key in ("origin_xyz_m", "origin_rpy_rad", "axis"):
            object.__setattr__(self, key, frozen_array(getattr(self, key), (3,)))
            if not np.isfinite(getattr(self, key)).all():
                raise ValueError(f"joint {self.name}: {key} {getattr(self, key).tolist()} is not finite")
        if not -float("inf") < self.position_min_rad < self.position_max_rad < float("inf"):
            raise ValueError(f"joint {self.name}: position_min_rad must be below position_max_rad, both finite")
        if abs(np.linalg.norm(self.axis) - 1.0) > 1e-3:
            raise ValueError(f"joint {self.name}: axis {self.axis.tolist()} is not of unit length")
        try:
            _require_positive(
                self,
                "velocity_max_rad_s",
                "acceleration_max_rad_s2",
                "jerk_max_rad_s3",
                "stop_deceleration_rad_s2",
                "effort_max_nm",
            )
        except ValueError as error:
            raise ValueError(f"joint {self.name}: {error}") from error


@dataclass(frozen=True)
class GripperDescription:
    """A gripper with one degree of freedom; its command is the opening, 0 closed to 1 open.

    Args:
        name: Name of the opening in action chunks.
        joints: Names of its finger joints in joint states, all moving alike; one where only one jaw moves.
        stroke_m: Distance between the pads when fully open.
        velocity_max_per_s: Largest permitted change of opening per second.
        force_max_n: Largest force between the pads.
        finger_width_m: Width of a finger across the closing direction.
        finger_thickness_m: Thickness of a finger along the closing direction.
        tip_below_tool_m: How far the finger tips reach beyond the tool frame's origin.
    """

    name: str
    joints: tuple[str, ...]
    stroke_m: float
    velocity_max_per_s: float
    force_max_n: float
    finger_width_m: float
    finger_thickness_m: float
    tip_below_tool_m: float

    def __post_init__(self) -> None:
        """Check that sizes and limits make sense."""
        if not self.joints:
            raise ValueError("the gripper needs at least one finger joint")
        _require_positive(self, "stroke_m", "velocity_max_per_s", "force_max_n", "finger_width_m", "finger_thickness_m")

    def opening_from_joints(self, positions_m: Mapping[str, float]) -> float:
        """Return the opening, 0 to 1, from the finger joint positions in metres (together they move the stroke)."""
        return sum(positions_m[name] for name in self.joints) / self.stroke_m

    def finger_m(self, opening: float) -> float:
        """Return the position of each finger joint in metres at an opening from 0 to 1."""
        return opening * self.stroke_m / len(self.joints)


CAMERA_MOUNTS = ("base", "tool")
"""What a camera can be fixed to."""


@dataclass(frozen=True)
class CameraDescription:
    """A camera: where its images appear and how large they are.

    Args:
        name: Topic namespace, such as ``front_camera``.
        width_px: Image width.
        height_px: Image height.
        rate_hz: Frames a second.
        mounted_on: What it is fixed to: ``base`` or ``tool``.
        xyz_m: Its optical frame (x right, y down, z ahead) in the frame of that: position, shape (3,).
        rpy_rad: The same: fixed-axis roll, pitch, yaw, shape (3,).
    """

    name: str
    width_px: int
    height_px: int
    rate_hz: float
    mounted_on: str = "base"
    xyz_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rpy_rad: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        """Check the numbers."""
        _require_positive(self, "width_px", "height_px", "rate_hz")
        if self.mounted_on not in CAMERA_MOUNTS:
            raise ValueError(f"mounted_on is {self.mounted_on}; permitted: {', '.join(CAMERA_MOUNTS)}")

    def pose_in_base(self, pose_tool_in_base: Pose) -> Pose:
        """Return where its optical frame is while the tool is at a pose."""
        rotation = rotation_from_rpy(*self.rpy_rad)
        pose_in_mount = Pose(np.array(self.xyz_m), quaternion_from_matrix(rotation))
        return pose_tool_in_base @ pose_in_mount if self.mounted_on == "tool" else pose_in_mount


@dataclass(frozen=True, eq=False)
class WorkspaceDescription:
    """Where the robot may be. All in the base frame.

    Args:
        tool_box_in_base: The tool's origin must stay inside this box.
        link_min_z_m: No joint frame beyond the shoulder may sink below this height.
        keep_out_in_base: The tool's origin must stay out of these boxes.
    """

    tool_box_in_base: Box
    link_min_z_m: float
    keep_out_in_base: tuple[Box, ...] = ()


@dataclass(frozen=True, eq=False)
class RobotDescription:
    """Everything that gate, skills and drivers must know of a robot.

    Args:
        name: Folder name under `hardware/`.
        summary: One line for people.
        joints: The arm's joints from base to flange.
        tool_xyz_m: Tool frame in the last joint's frame: position, shape (3,).
        tool_rpy_rad: The same: fixed-axis roll, pitch, yaw, shape (3,).
        gripper: The gripper.
        workspace: Where the robot may be.
        home_rad: Ready pose by joint name.
        cameras: Cameras mounted on or watching the robot.
        model_file: MuJoCo model, relative to the robot's folder.
        driver: Which driver serves it, by mode.
        resources: What a skill can hold a lease on.
        base: What the arm stands on, if that can move; all of the arm is then given in the base's frame.
        level_wrist_xyz_m: Where a linkage begins that keeps the tool's axes parallel to the base's, whatever the joints
            do: in the last joint's frame, shape (3,). The tool is then given from there. None: there is no linkage.
        travel_height_m: How high the tool is carried where that is a matter of the robot; None: as the skills have it.
        tool_speed_share: Which share of the skills' tool speeds the arm is good for.
        scene: The simulated scene where it is at home; empty: the ordinary one.
        policy: What serves its skills unless told otherwise: scripted, or learned from demonstrations of this robot.
        park_rad: Pose by joint name in which it may be switched off without dropping far; empty where it has brakes.
    """

    name: str
    summary: str
    joints: tuple[JointDescription, ...]
    tool_xyz_m: Array
    tool_rpy_rad: Array
    gripper: GripperDescription
    workspace: WorkspaceDescription
    home_rad: Mapping[str, float]
    cameras: tuple[CameraDescription, ...]
    model_file: str
    driver: Mapping[str, str]
    resources: tuple[str, ...] = field(default=("arm", "gripper"))
    base: BaseDescription | None = None
    level_wrist_xyz_m: Array | None = None
    travel_height_m: float | None = None
    tool_speed_share: float = 1.0
    scene: str = ""
    policy: str = "scripted"
    park_rad: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the arrays and check that names agree."""
        for key in ("tool_xyz_m", "tool_rpy_rad"):
            object.__setattr__(self, key, frozen_array(getattr(self, key), (3,)))
        if self.level_wrist_xyz_m is not None:
            object.__setattr__(self, "level_wrist_xyz_m", frozen_array(self.level_wrist_xyz_m, (3,)))
        if not self.joints:
            raise ValueError("a robot needs at least one joint with limits")
        if set(self.home_rad) != set(self.joint_names):
            raise ValueError(f"home_rad names {sorted(self.home_rad)}, joints are {sorted(self.joint_names)}")
        if (self.base is not None) != ("base" in self.resources):
            raise ValueError(f"resources are {self.resources}; 'base' belongs there if there is a base, and only then")
        if not 0.0 < self.tool_speed_share <= 1.0:
            raise ValueError(f"tool_speed_share is {self.tool_speed_share}; permitted: above 0, at most 1")
        names = [*self.joint_names, *self.gripper.joints]
        if len(set(names)) < len(names):
            raise ValueError(f"joint names repeat: {names}")
        if self.park_rad and set(self.park_rad) != set(self.joint_names):
            raise ValueError(f"park_rad names {sorted(self.park_rad)}, joints are {sorted(self.joint_names)}")
        for key in ("home_rad", "park_rad"):
            self._require_within_limits(key)

    def _require_within_limits(self, key: str) -> None:
        pose: Mapping[str, float] = getattr(self, key)
        for joint in self.joints:
            value = pose.get(joint.name, joint.position_min_rad)
            if not joint.position_min_rad <= value <= joint.position_max_rad:
                raise ValueError(
                    f"{key} of {joint.name} is {value}; permitted: {joint.position_min_rad} to {joint.position_max_rad}"
                )

    @cached_property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the arm's joints, base first."""
        return tuple(joint.name for joint in self.joints)

    @cached_property
    def command_names(self) -> tuple[str, ...]:
        """Names of all commanded values: the joints, then the gripper opening."""
        return (*self.joint_names, self.gripper.name)

    @cached_property
    def stop_deceleration_rad_s2(self) -> Array:
        """Deceleration of a protective stop in joint order, shape (joints,)."""
        return frozen_array([joint.stop_deceleration_rad_s2 for joint in self.joints])

    @cached_property
    def home(self) -> Array:
        """The ready pose in joint order, rad, shape (joints,)."""
        return frozen_array([self.home_rad[name] for name in self.joint_names])
