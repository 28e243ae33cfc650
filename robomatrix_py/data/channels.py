"""The JSON forms of lock-step recordings that the report can draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.observation import JointState

JOINT_STATES_TOPIC = "joint_states"
JOINT_STATE_FORM = "robomatrix.JointState"
TOOL_POSE_TOPIC = "tool_pose"
TOOL_POSE_FORM = "robomatrix.ToolPose"
CORRECTIONS_TOPIC = "corrections"
CORRECTION_FORM = "robomatrix.Correction"

_NUMBERS: Mapping[str, Any] = {"type": "array", "items": {"type": "number"}}

JOINT_STATE_SCHEMA: Mapping[str, Any] = {
    "title": JOINT_STATE_FORM,
    "description": "Positions in rad (m for sliding joints), velocities per second, efforts in Nm (N).",
    "type": "object",
    "properties": {
        "names": {"type": "array", "items": {"type": "string"}},
        "positions": _NUMBERS,
        "velocities": _NUMBERS,
        "efforts": _NUMBERS,
    },
    "required": ["names", "positions"],
}

TOOL_POSE_SCHEMA: Mapping[str, Any] = {
    "title": TOOL_POSE_FORM,
    "description": "Pose of the tool frame in the base frame, m and unit quaternion xyzw.",
    "type": "object",
    "properties": {"position_m": _NUMBERS, "quaternion_xyzw": _NUMBERS},
    "required": ["position_m"],
}

CORRECTION_SCHEMA: Mapping[str, Any] = {
    "title": CORRECTION_FORM,
    "description": "A person's correction; what the robot did in the span before it was not what was wanted.",
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "kind": {"type": "string"},
        "accepted": {"type": "boolean"},
        "span_before_s": {"type": "number"},
    },
    "required": ["text", "accepted", "span_before_s"],
}


def joint_state_message(joints: JointState) -> dict[str, Any]:
    """Return a joint state in the form of `JOINT_STATE_SCHEMA`."""
    return {
        "names": list(joints.names),
        "positions": _listed(joints.positions),
        "velocities": _listed(joints.velocities),
        "efforts": _listed(joints.efforts),
    }


def tool_pose_message(pose_tool_in_base: Pose) -> dict[str, Any]:
    """Return a tool pose in the form of `TOOL_POSE_SCHEMA`."""
    return {
        "position_m": _listed(pose_tool_in_base.position_m),
        "quaternion_xyzw": _listed(pose_tool_in_base.quaternion_xyzw),
    }


def _listed(values: Array) -> list[float]:
    return [float(value) for value in values]
