"""What a scripted skill sees and moves: the newest perception, the arm's own readings, and the servo."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import (
    Array,
    Pose,
    quaternion_from_yaw,
    quaternion_multiply,
    wrap_angle,
)
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.scene import Scene, SceneObject
from robomatrix_py.skills.config import SkillConfig
from robomatrix_py.skills.mobile.base_view import BaseView
from robomatrix_py.skills.servo import Servo

# Fingers that close on nothing come to rest nearer together than the thinnest thing they can hold.
EMPTY_OPENING = 0.03
# A closed gripper that holds something presses at least so hard.
HOLDING_FORCE_N = 5.0
# A standing object seems to move by less than this from look to look; what moves more has moved.
_MOVED_M = 0.008
_TURNED_RAD = 0.15
# Weight of the newest look at a standing object.
_SMOOTHING = 0.25


class SkillFailure(Exception):
    """Ends a skill: what went wrong, as a verdict the runner reports.

    Args:
        cause: Cause code.
        message: One sentence for a person.
        evidence: What a recovery needs to know, JSON-serialisable: `unseen`, the name of a thing that is out of sight;
            `crowded_by`, that of a thing which leaves the fingers no room.
    """

    def __init__(self, cause: Cause, message: str, **evidence: Any) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
        self.evidence = evidence


class SkillContext:
    """The world as one running skill knows it. Updated by the runner before every control step.

    `variation` says which way of doing things is wanted: 0 the first choice, further numbers other ways.

    Things are handed out in the base's frame. Where the base moves, that is its frame of this moment: what was seen
    before is where it was, as odometry has it.

    Args:
        robot: The robot.
        servo: Moves the tool.
        config: How long things may stay unseen, how high to travel.
        base: The base, if the robot has one.
    """

    def __init__(
        self, robot: RobotDescription, servo: Servo, config: SkillConfig, base: BaseView | None = None
    ) -> None:
        self.robot = robot
        self.base = base
        self.servo = servo
        self.config = config
        self.now_s = 0.0
        self.held_s = 0.0
        self.stage_name = "start"
        self.progress = 0.0
        self.variation = 0
        self._known: dict[str, SceneObject] = {}
        self._source = ""
        self._trouble = ""
        self._scene_s = 0.0
        self._joints: JointState | None = None

    def update(self, joints: JointState, scene: Scene, now_s: float) -> None:
        """Take in the newest readings."""
        self.now_s = now_s
        self._joints = joints
        if scene.received_s == self._scene_s and self._source:
            return
        self._scene_s = scene.received_s
        self._source = scene.source
        self._trouble = scene.trouble
        for name, item in self._known.items():
            if name not in scene.objects:
                self._known[name] = replace(item, visible=False)
        for name, item in scene.objects.items():
            self._known[name] = _smooth(self._known.get(name), item)

    def forget(self) -> None:
        """Forget what was seen, as when another perception source takes over."""
        self._known = {}
        self._source = ""
        self._trouble = ""

    def stage(self, name: str, progress: float) -> None:
        """Say which stage this is and how far the skill is, 0 to 1."""
        self.stage_name = name
        self.progress = progress

    @property
    def time_s(self) -> float:
        """The time a skill waits by: the clock without the time in which it was told to wait."""
        return self.now_s - self.held_s

    @property
    def scene_age_s(self) -> float:
        """How long ago the newest scene came, or infinity where none has."""
        return self.now_s - self._scene_s if self._source else math.inf

    def find(self, name: str) -> SceneObject:
        """Return an object as seen now, or as last seen if that is not long ago.

        Raises:
            SkillFailure: It was never seen, was lost from sight, or perception went silent.
        """
        if not self._source:
            raise SkillFailure(Cause.STALE_OBSERVATION, "no scene objects have arrived from perception")
        if self.scene_age_s > self.config.scene_age_max_s:
            raise SkillFailure(
                Cause.STALE_OBSERVATION, f"no scene objects for {self.scene_age_s:.1f} s from perception"
            )
        if self._trouble:
            raise SkillFailure(Cause.CAMERA_FAULT, self._trouble)
        item = self._known.get(name)
        if item is None:
            message = f"{name} is not seen; seen are {', '.join(sorted(self._known))}"
            raise SkillFailure(Cause.UNKNOWN_OBJECT, message, unseen=name)
        if self.now_s - item.seen_s > self.config.unseen_max_s:
            unseen_s = self.now_s - item.seen_s
            message = f"{name} has been out of sight for {unseen_s:.1f} s"
            raise SkillFailure(Cause.UNKNOWN_OBJECT, message, unseen=name)
        return self._here(item)

    def known(self, name: str) -> SceneObject | None:
        """Return an object as last seen, however long ago, or None."""
        item = self._known.get(name)
        return self._here(item) if item is not None else None

    def in_odom(self, name: str = "") -> list[SceneObject]:
        """Return the objects as last seen, or the one of a name, in odometry's frame."""
        return [item for item in self._known.values() if not name or item.name == name]

    def others(self, *names: str) -> list[SceneObject]:
        """Return all other objects as last seen."""
        return [self._here(item) for item in self._known.values() if item.name not in names]

    def _here(self, item: SceneObject) -> SceneObject:
        if self.base is None:
            return item
        return replace(item, pose_object_in_base=self.base.pose.inverse() @ item.pose_object_in_base)

    @property
    def travel_height_m(self) -> float:
        """Height of the tool when it is carried about."""
        own = self.robot.travel_height_m
        return self.config.travel_height_m if own is None else own

    @property
    def opening(self) -> float:
        """Measured gripper opening, 0 closed to 1 open."""
        return self._readings.gripper_opening(self.robot)

    @property
    def gripper_still(self) -> bool:
        """Whether the fingers have come to rest."""
        return abs(self._readings.gripper_speed_per_s(self.robot)) < 0.02

    @property
    def holding(self) -> bool:
        """Whether the closed gripper has something between its fingers."""
        force = self._readings.gripper_force_n(self.robot)
        return self.opening > EMPTY_OPENING and force > HOLDING_FORCE_N

    @property
    def tool_xyz_m(self) -> Array:
        """Commanded tool position in the base frame, shape (3,)."""
        return self.servo.tool_xyz_m

    @property
    def tool_z_min_m(self) -> float:
        """Lowest permitted height of the tool."""
        box = self.robot.workspace.tool_box_in_base
        return float(box.center_m[2] - box.half_extents_m[2]) + 0.002

    def require_reach(self, xyz_m: Array, what: str) -> None:
        """Refuse a place outside the workspace before moving there.

        Raises:
            SkillFailure: The place is out of reach.
        """
        box = self.robot.workspace.tool_box_in_base
        if not box.contains(xyz_m) or np.hypot(xyz_m[0], xyz_m[1]) > 0.78:
            place = ", ".join(f"{value:.2f}" for value in xyz_m)
            raise SkillFailure(Cause.LIMIT, f"{what} at ({place}) m is out of reach of {self.robot.name}")

    @property
    def joints(self) -> JointState:
        """Newest joint state.

        Raises:
            SkillFailure: None has arrived.
        """
        return self._readings

    @property
    def _readings(self) -> JointState:
        if self._joints is None:
            raise SkillFailure(Cause.STALE_OBSERVATION, "no joint state has arrived")
        return self._joints


def _smooth(old: SceneObject | None, new: SceneObject) -> SceneObject:
    """Return `new` with the noise of a standing object averaged out; what really moved is taken as seen."""
    if old is None or np.linalg.norm(new.position_m - old.position_m) > _MOVED_M:
        return new
    position = old.position_m + _SMOOTHING * (new.position_m - old.position_m)
    pose = new.pose_object_in_base
    turn = wrap_angle(pose.yaw_rad - old.pose_object_in_base.yaw_rad)
    if abs(turn) > _TURNED_RAD:
        return replace(new, pose_object_in_base=Pose(position, pose.quaternion_xyzw))
    undo = quaternion_from_yaw((_SMOOTHING - 1.0) * turn)
    return replace(new, pose_object_in_base=Pose(position, quaternion_multiply(undo, pose.quaternion_xyzw)))
