"""Loads `hardware/<robot>/robot.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from robomatrix_py.contracts.base import BASE, BLASTER, BaseDescription, BlasterDescription, RangingDescription
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

    def __post_init__(self) -> None:
        """Refuse what makes no joint here, where the line is known."""
        self.describe()

    def describe(self) -> JointDescription:
        """Return the joint."""
        return JointDescription(
            name=self.name,
            origin_xyz_m=np.array(self.origin_xyz_m),
            origin_rpy_rad=np.array(self.origin_rpy_rad),
            axis=np.array(self.axis),
            position_min_rad=self.position_rad[0],
            position_max_rad=self.position_rad[1],
            velocity_max_rad_s=self.velocity_rad_s,
            acceleration_max_rad_s2=self.acceleration_rad_s2,
            jerk_max_rad_s3=self.jerk_rad_s3,
            stop_deceleration_rad_s2=self.stop_deceleration_rad_s2,
            effort_max_nm=self.effort_nm,
        )


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

    def __post_init__(self) -> None:
        """Refuse what makes no gripper here, where the line is known."""
        self.describe()

    def describe(self) -> GripperDescription:
        """Return the gripper."""
        return GripperDescription(
            name=self.name,
            joints=self.joints,
            stroke_m=self.stroke_m,
            velocity_max_per_s=self.velocity_per_s,
            force_max_n=self.force_n,
            finger_width_m=self.finger_width_m,
            finger_thickness_m=self.finger_thickness_m,
            tip_below_tool_m=self.tip_below_tool_m,
        )


@dataclass(frozen=True)
class _Corners:
    min: Triple
    max: Triple

    def __post_init__(self) -> None:
        """Refuse an empty box here, where the line is known."""
        if not all(low < high for low, high in zip(self.min, self.max, strict=True)):
            raise ValueError(f"min {list(self.min)} must be below max {list(self.max)} in each of x, y and z")

    def box(self) -> Box:
        """Return the box."""
        low, high = np.array(self.min), np.array(self.max)
        return Box((low + high) / 2, (high - low) / 2)


@dataclass(frozen=True)
class _Workspace:
    tool_box_in_base_m: _Corners
    link_min_z_m: float
    keep_out_in_base_m: tuple[_Corners, ...] = ()


@dataclass(frozen=True)
class _Base:
    """Triples are forward, left and turning: m and rad."""

    velocity: Triple
    acceleration: Triple
    jerk: Triple
    stop_deceleration: Triple
    length_m: float
    width_m: float
    work_distance_m: float
    climb_max_m: float = 0.0
    ranging: RangingDescription | None = None
    blaster: BlasterDescription | None = None
    driver: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what makes no base here, where the line is known."""
        self.describe()

    def describe(self) -> BaseDescription:
        """Return the base."""
        return BaseDescription(
            velocity_max=np.array(self.velocity),
            acceleration_max=np.array(self.acceleration),
            jerk_max=np.array(self.jerk),
            stop_deceleration=np.array(self.stop_deceleration),
            length_m=self.length_m,
            width_m=self.width_m,
            work_distance_m=self.work_distance_m,
            climb_max_m=self.climb_max_m,
            ranging=self.ranging,
            blaster=self.blaster,
            driver=self.driver,
        )


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
    base: _Base | None = None
    level_wrist_xyz_m: Triple | None = None
    travel_height_m: float | None = None
    tool_speed_share: float = 1.0
    scene: str = ""
    policy: str = "scripted"
    park_rad: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what makes no robot."""
        self.describe()

    def _resources(self) -> tuple[str, ...]:
        resources: tuple[str, ...] = ("arm", "gripper")
        if self.base is not None:
            resources += (BASE,) if self.base.blaster is None else (BASE, BLASTER)
        return resources

    def describe(self) -> RobotDescription:
        """Return the robot."""
        return RobotDescription(
            name=self.name,
            summary=self.summary,
            joints=tuple(joint.describe() for joint in self.joints),
            tool_xyz_m=np.array(self.tool.xyz_m),
            tool_rpy_rad=np.array(self.tool.rpy_rad),
            gripper=self.gripper.describe(),
            workspace=WorkspaceDescription(
                tool_box_in_base=self.workspace.tool_box_in_base_m.box(),
                link_min_z_m=self.workspace.link_min_z_m,
                keep_out_in_base=tuple(corners.box() for corners in self.workspace.keep_out_in_base_m),
            ),
            home_rad=self.home_rad,
            cameras=self.cameras,
            model_file=self.model,
            driver=self.driver,
            resources=self._resources(),
            base=self.base.describe() if self.base else None,
            level_wrist_xyz_m=np.array(self.level_wrist_xyz_m) if self.level_wrist_xyz_m else None,
            travel_height_m=self.travel_height_m,
            tool_speed_share=self.tool_speed_share,
            scene=self.scene,
            policy=self.policy,
            park_rad=self.park_rad,
        )


def load_robot(name: str) -> RobotDescription:
    """Return the description of a robot by folder name.

    Raises:
        ConfigError: There is no such robot, or its file is wrong; the message names file and key.
    """
    return read_robot(find_folder("hardware", name, "robot.yaml") / "robot.yaml")


def read_robot(path: Path) -> RobotDescription:
    """Return the description in one file.

    Raises:
        ConfigError: The file is wrong; the message names file, line and key.
    """
    return load_yaml(_RobotFile, path).describe()
