"""Between ROS messages and contracts. Every conversion from a message checks what it gets."""

from __future__ import annotations

import array
import json
from typing import Any

import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Pose as PoseMsg
from robomatrix_interfaces.msg import ActionChunk as ActionChunkMsg
from robomatrix_interfaces.msg import SafetyState, SceneObjects, SkillInfo
from robomatrix_interfaces.msg import SceneObject as SceneObjectMsg
from robomatrix_interfaces.msg import Verdict as VerdictMsg
from sensor_msgs.msg import CameraInfo, Image
from sensor_msgs.msg import JointState as JointStateMsg
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Array, Box, Pose
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.contracts.skill import Effect, SkillCall, SkillSpec
from robomatrix_py.contracts.verdict import Outcome, Verdict
from robomatrix_py.safety.gate import GateStatus
from robomatrix_py.settings.structure import destructure


def joint_state_to_msg(joints: JointState, stamp: Time) -> JointStateMsg:
    """Return a joint state as a message."""
    message = JointStateMsg()
    message.header.stamp = stamp
    message.name = list(joints.names)
    message.position = joints.positions.tolist()
    message.velocity = joints.velocities.tolist()
    message.effort = joints.efforts.tolist()
    return message


def joint_state_from_msg(message: JointStateMsg, now_s: float) -> JointState | None:
    """Return a joint state, or None where lengths disagree; missing velocities and efforts are NaN and 0."""
    count = len(message.name)
    if len(message.position) != count or len(message.velocity) not in (0, count):
        return None
    velocities = np.array(message.velocity) if message.velocity else np.full(count, np.nan)
    efforts = np.array(message.effort) if len(message.effort) == count else np.zeros(count)
    return JointState(tuple(message.name), np.array(message.position), velocities, efforts, now_s)


def trajectory_to_msg(
    names: tuple[str, ...], positions: list[float], reach_in_s: float, stamp: Time
) -> JointTrajectory:
    """Return targets that are due after `reach_in_s` as a trajectory of one point."""
    message = JointTrajectory()
    message.header.stamp = stamp
    message.joint_names = list(names)
    point = JointTrajectoryPoint()
    point.positions = positions
    point.time_from_start = Duration(sec=int(reach_in_s), nanosec=round(reach_in_s % 1.0 * 1e9))
    message.points = [point]
    return message


def targets_from_msg(message: JointTrajectory) -> tuple[tuple[str, ...], Array, float] | None:
    """Return names, positions of the last point and its time, or None where there is no usable point."""
    if not message.points or len(message.points[-1].positions) != len(message.joint_names):
        return None
    point = message.points[-1]
    reach_in_s = point.time_from_start.sec + point.time_from_start.nanosec * 1e-9
    return tuple(message.joint_names), np.array(point.positions), reach_in_s


def chunk_to_msg(chunk: ActionChunk, token: str, stamp: Time) -> ActionChunkMsg:
    """Return a chunk as a message."""
    message = ActionChunkMsg()
    message.lease_token = token
    message.sequence = chunk.sequence
    message.created = stamp
    message.observed_s = chunk.observed_s
    message.dt_s = chunk.dt_s
    message.action_space = chunk.action_space.value
    message.names = list(chunk.names)
    message.values = array.array("d", chunk.values.tobytes())
    return message


def chunk_from_msg(message: ActionChunkMsg) -> ActionChunk:
    """Return a chunk; one whose values do not fill rows comes out flat, which the gate refuses for its shape."""
    values = np.frombuffer(message.values, dtype=np.float64) if len(message.values) else np.empty(0)
    if message.names and values.size % len(message.names) == 0:
        values = values.reshape(-1, len(message.names))
    space = message.action_space
    return ActionChunk(
        sequence=message.sequence,
        created_s=message.created.sec + message.created.nanosec * 1e-9,
        dt_s=message.dt_s,
        action_space=ActionSpace(space) if space in set(ActionSpace) else space,
        names=tuple(message.names),
        values=values,
        observed_s=message.observed_s,
    )


def safety_state_to_msg(status: GateStatus, stamp: Time) -> SafetyState:
    """Return the gate's status as a message."""
    message = SafetyState()
    message.stamp = stamp
    message.mode = status.mode.value
    message.holder = status.holder
    message.lease_number = status.lease_number
    message.chunks_accepted = status.chunks_accepted
    message.chunks_refused = status.chunks_refused
    if status.stop is not None:
        message.latched = status.stop.latched
        message.cause = status.stop.cause.value
        message.message = status.stop.message
    if status.refusal is not None:
        message.refusal_code = status.refusal.code.value
        message.refusal_message = status.refusal.message
    return message


def pose_to_msg(pose: Pose) -> PoseMsg:
    """Return a pose as a message."""
    message = PoseMsg()
    message.position.x, message.position.y, message.position.z = pose.position_m.tolist()
    q = message.orientation
    q.x, q.y, q.z, q.w = pose.quaternion_xyzw.tolist()
    return message


def pose_from_msg(message: PoseMsg) -> Pose:
    """Return a pose.

    Raises:
        ValueError: The quaternion has no unit length.
    """
    p, q = message.position, message.orientation
    return Pose(np.array([p.x, p.y, p.z]), np.array([q.x, q.y, q.z, q.w]))


def scene_to_msg(scene: Scene, stamp: Time) -> SceneObjects:
    """Return a scene as a message."""
    message = SceneObjects()
    message.stamp = stamp
    message.source = scene.source
    message.trouble = scene.trouble
    message.objects = [_object_to_msg(item, scene.received_s) for item in scene]
    return message


def _object_to_msg(item: SceneObject, now_s: float) -> SceneObjectMsg:
    message = SceneObjectMsg()
    message.name, message.color, message.shape = item.name, item.color, item.shape
    message.affordances = sorted(a.value for a in item.affordances)
    message.pose = pose_to_msg(item.pose_object_in_base)
    message.size_m = item.size_m
    message.confidence = item.confidence
    message.visible = item.visible
    message.age_s = max(0.0, now_s - item.seen_s)
    if item.interior is not None:
        message.has_interior = True
        message.interior_center_m = item.interior.center_m
        message.interior_half_extents_m = item.interior.half_extents_m
    message.state_names = list(item.states)
    message.state_values = list(item.states.values())
    message.yaw_symmetry = item.yaw_symmetry
    return message


def scene_from_msg(message: SceneObjects, now_s: float) -> Scene:
    """Return a scene.

    Raises:
        ValueError: An object is malformed: no unit quaternion, an unknown affordance, a non-positive interior.
    """
    objects = {item.name: _object_from_msg(item, now_s) for item in message.objects}
    return Scene(objects, now_s, message.source, message.trouble)


def _object_from_msg(message: SceneObjectMsg, now_s: float) -> SceneObject:
    interior = Box(message.interior_center_m, message.interior_half_extents_m) if message.has_interior else None
    return SceneObject(
        name=message.name,
        color=message.color,
        shape=message.shape,
        affordances=frozenset(Affordance(a) for a in message.affordances),
        pose_object_in_base=pose_from_msg(message.pose),
        size_m=message.size_m,
        confidence=message.confidence,
        visible=message.visible,
        seen_s=now_s - message.age_s,
        interior=interior,
        states=dict(zip(message.state_names, message.state_values, strict=True)),
        yaw_symmetry=message.yaw_symmetry,
    )


def verdict_to_msg(verdict: Verdict) -> VerdictMsg:
    """Return a verdict as a message."""
    return VerdictMsg(
        outcome=verdict.outcome.value,
        cause=verdict.cause.value if verdict.cause else "",
        stage=verdict.stage,
        message=verdict.message,
        evidence_json=json.dumps(dict(verdict.evidence), default=str),
    )


def verdict_from_msg(message: VerdictMsg) -> Verdict:
    """Return a verdict.

    Raises:
        ValueError: Outcome or cause is unknown.
    """
    cause = Cause(message.cause) if message.cause else None
    evidence = json.loads(message.evidence_json) if message.evidence_json else {}
    return Verdict(Outcome(message.outcome), message.message, cause, message.stage, evidence)


def call_from_request(skill: str, arguments_json: str, variation: int = 0) -> SkillCall:
    """Return a skill call as it came over ROS.

    Raises:
        DataError: The arguments are no JSON object of words and numbers.
    """
    try:
        arguments: Any = json.loads(arguments_json or "{}")
    except ValueError as error:
        raise DataError(f"not JSON: {error}", where="arguments_json") from error
    if not isinstance(arguments, dict) or not all(
        isinstance(value, (str, int, float)) and not isinstance(value, bool) for value in arguments.values()
    ):
        raise DataError("not a JSON object of words and numbers", where="arguments_json")
    return SkillCall(skill, arguments, variation=variation)


def skill_to_msg(skill: SkillSpec) -> SkillInfo:
    """Return what a skill declares as a message."""
    message = SkillInfo()
    message.name, message.summary = skill.name, skill.summary
    message.arguments_json = json.dumps(destructure(skill.arguments))
    message.phrases = list(skill.phrases)
    message.resources = sorted(skill.resources)
    message.preconditions = [str(atom) for atom in skill.preconditions]
    message.add_effects = [_effect_text(effect) for effect in skill.add_effects]
    message.remove_effects = [str(atom) for atom in skill.remove_effects]
    message.deadline_s = skill.deadline_s
    message.checker = skill.checker
    message.policy_kind = skill.policy_kind
    message.trained_on = skill.trained_on
    if skill.measured is not None:
        message.measured_trials = skill.measured.trials
        message.measured_successes = skill.measured.successes
        message.measured_interval = list(skill.measured.interval)
        message.measured_conditions = skill.measured.conditions
    return message


def _effect_text(effect: Effect) -> str:
    condition = f" if {{{effect.argument}}} is {effect.affordance}" if effect.affordance else ""
    return f"{effect.atom}{condition}"


def image_to_msg(image: npt.NDArray[Any], encoding: str, frame_id: str, stamp: Time) -> Image:
    """Return an image of shape (H, W) or (H, W, 3) as a message."""
    message = Image()
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    message.height, message.width = image.shape[:2]
    message.encoding = encoding
    # Not the array's own stride: a picture that is flipped in memory has a negative one.
    message.step = image.nbytes // image.shape[0]
    # Anything but array.array is copied byte by byte (rosidl_python issue 156).
    message.data = array.array("B", image.tobytes())
    return message


def image_from_msg(message: Image) -> npt.NDArray[np.uint8] | None:
    """Return an rgb8 image, uint8, shape (H, W, 3), or None where it is of another kind or cut off."""
    height, width = message.height, message.width
    if message.encoding != "rgb8" or len(message.data) != height * width * 3:
        return None
    return np.frombuffer(message.data, dtype=np.uint8).reshape(height, width, 3)


def depth_from_msg(message: Image) -> npt.NDArray[np.float32] | None:
    """Return a 16UC1 depth image in metres, float32, shape (H, W), or None where it is of another kind or cut off."""
    height, width = message.height, message.width
    if message.encoding != "16UC1" or len(message.data) != height * width * 2 or message.is_bigendian:
        return None
    millimetres = np.frombuffer(message.data, dtype="<u2").reshape(height, width)
    return millimetres.astype(np.float32) * np.float32(1e-3)


def camera_info_to_msg(lens: Lens | None, size_px: tuple[int, int], frame_id: str, stamp: Time) -> CameraInfo:
    """Return the calibration of a camera as a message.

    Args:
        lens: Its lens; None: not known, which is a K of zeros (sensor_msgs/CameraInfo).
        size_px: Width and height of its pictures.
        frame_id: Frame of its pictures.
        stamp: When they were taken.
    """
    message = CameraInfo()
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    message.width, message.height = size_px
    if lens is None:
        return message
    message.distortion_model = "plumb_bob"
    message.d = list(lens.distortion)
    fx, fy, cx, cy = lens.fx, lens.fy, lens.cx, lens.cy
    message.k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
    message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    message.p = [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    return message


def lens_from_msg(message: CameraInfo) -> Lens | None:
    """Return a camera's lens, or None where the message says that it is not known or is no lens."""
    k = message.k
    k1, k2, p1, p2, k3 = map(float, message.d) if len(message.d) == 5 else (0.0,) * 5
    fx, fy, cx, cy = float(k[0]), float(k[4]), float(k[2]), float(k[5])
    try:
        return Lens(message.width, message.height, fx, fy, cx, cy, (k1, k2, p1, p2, k3))
    except ValueError:
        return None
