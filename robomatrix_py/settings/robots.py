"""Loads `hardware/<robot>/robot.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Box
from robomatrix_py.contracts.robot import (
    CameraDescription,
    GripperDescription,
    JointDescription,
    RobotDescription,
    WorkspaceDescription,
)
from robomatrix_py.settings.share import find_folder
from robomatrix_py.settings.yaml_file import load_yaml

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class _Joint:
    name: str
    origin_xyz_m: Triple
    origin_rpy_rad: Triple
    axis: Triple
    position_rad: tuple[float, float]
    velocity_rad_s: float
    acceleration_rad_s2: float
    jerk_rad_s3: float
    stop_deceleration_rad_s2: float
    effort_nm: float


@dataclass(frozen=True)
class _Tool:
    xyz_m: Triple
    rpy_rad: Triple


@dataclass(frozen=True)
class _Gripper:
    name: str
    joints: tuple[str, ...]
    stroke_m: float
    velocity_per_s: float
    force_n: float
    finger_width_m: float
    finger_thickness_m: float
    tip_below_tool_m: float


@dataclass(frozen=True)
class _Corners:
    min: Triple
    max: Triple

    def box(self) -> Box:
        low, high = np.array(self.min), np.array(self.max)
        return Box((low + high) / 2, (high - low) / 2)


@dataclass(frozen=True)
class _Workspace:
    tool_box_in_base_m: _Corners
    link_min_z_m: float
    keep_out_in_base_m: tuple[_Corners, ...] = ()


@dataclass(frozen=True)
class _RobotFile:
    """The schema of robot.yaml. No limit has a default: a robot without limits does not load."""

    name: str
    summary: str
    joints: tuple[_Joint, ...]
    tool: _Tool
    gripper: _Gripper
    workspace: _Workspace
    home_rad: dict[str, float]
    model: str
    driver: dict[str, str]
    cameras: tuple[CameraDescription, ...] = field(default=())


def load_robot(name: str) -> RobotDescription:
    """Return the description of a robot by folder name.

    Raises:
        ConfigError: There is no such robot, or its file is wrong; the message names file and key.
    """
    return read_robot(find_folder("hardware", name, "robot.yaml") / "robot.yaml")


def read_robot(path: Path) -> RobotDescription:
    """Return the description in one file.

    Raises:
        ConfigError: The file is wrong; the message names file and key.
    """
    file = load_yaml(_RobotFile, path)
    try:
        return _describe(file)
    except ValueError as error:
        raise ConfigError(str(error), where=str(path)) from error


def _describe(file: _RobotFile) -> RobotDescription:
    return RobotDescription(
        name=file.name,
        summary=file.summary,
        joints=tuple(
            JointDescription(
                name=joint.name,
                origin_xyz_m=np.array(joint.origin_xyz_m),
                origin_rpy_rad=np.array(joint.origin_rpy_rad),
                axis=np.array(joint.axis),
                position_min_rad=joint.position_rad[0],
                position_max_rad=joint.position_rad[1],
                velocity_max_rad_s=joint.velocity_rad_s,
                acceleration_max_rad_s2=joint.acceleration_rad_s2,
                jerk_max_rad_s3=joint.jerk_rad_s3,
                stop_deceleration_rad_s2=joint.stop_deceleration_rad_s2,
                effort_max_nm=joint.effort_nm,
            )
            for joint in file.joints
        ),
        tool_xyz_m=np.array(file.tool.xyz_m),
        tool_rpy_rad=np.array(file.tool.rpy_rad),
        gripper=GripperDescription(
            name=file.gripper.name,
            joints=file.gripper.joints,
            stroke_m=file.gripper.stroke_m,
            velocity_max_per_s=file.gripper.velocity_per_s,
            force_max_n=file.gripper.force_n,
            finger_width_m=file.gripper.finger_width_m,
            finger_thickness_m=file.gripper.finger_thickness_m,
            tip_below_tool_m=file.gripper.tip_below_tool_m,
        ),
        workspace=WorkspaceDescription(
            tool_box_in_base=file.workspace.tool_box_in_base_m.box(),
            link_min_z_m=file.workspace.link_min_z_m,
            keep_out_in_base=tuple(corners.box() for corners in file.workspace.keep_out_in_base_m),
        ),
        home_rad=file.home_rad,
        cameras=file.cameras,
        model_file=file.model,
        driver=file.driver,
    )
