"""A base that glides over the floor exactly as told: two slides, a hinge and velocity drives."""

from __future__ import annotations

import math
from typing import Any, Protocol

import mujoco
import numpy as np

from robomatrix_py.contracts.geometry import Array, Pose

BASE_BODY = "base_link"
_AXES = ("base_x", "base_y", "base_yaw")
# Wheels and motors add to what the drives turn, kg and kg m2; with these gains, N s/m and N m s, the base follows its
# command within some ten milliseconds, whatever it carries, and still gives way to a wall.
_ARMATURE = (10.0, 10.0, 0.5)
_GAIN = (2000.0, 2000.0, 60.0)


class SimBase(Protocol):
    """A base in the world."""

    def reset(self) -> None:
        """Put it at the origin, at rest."""

    def drive(self, velocity: Array) -> None:
        """Go on at a velocity in the base's own frame, shape (3,), for the next physics step."""

    def pose(self) -> Pose:
        """Return where the base truly is: its frame on the floor, turned about the vertical."""

    def velocity(self) -> Array:
        """Return its true velocity in its own frame: forward and left in m/s, turning left in rad/s, shape (3,)."""


LEGS = ("FR", "FL", "RR", "RL")
"""Legs of a quadruped: front right, front left, rear right, rear left."""
LEG_PARTS = ("hip", "thigh", "calf")
STANDING_RAD = (0.0, 0.92, -1.84)
"""Hip, thigh and calf of a leg that stands."""


def leg_joint(leg: str, part: str) -> str:
    """Return the name of a leg's joint and of its drive."""
    return f"{leg}_{part}_joint"


def walks(spec: Any) -> bool:
    """Return whether a model has legs of its own."""
    names = {joint.name for joint in spec.joints}
    return all(leg_joint(leg, part) in names for leg in LEGS for part in LEG_PARTS)


def add_planar_base(spec: Any) -> None:
    """Put the body `base_link` of a model on slides; legs, where there are any, stay as they stand."""
    body = spec.body(BASE_BODY)
    for joint in list(body.joints):
        spec.delete(joint)
    _stiffen_legs(spec)
    slide, hinge = mujoco.mjtJoint.mjJNT_SLIDE, mujoco.mjtJoint.mjJNT_HINGE
    kinds, directions = (slide, slide, hinge), ([1, 0, 0], [0, 1, 0], [0, 0, 1])
    for name, kind, axis, armature, gain in zip(_AXES, kinds, directions, _ARMATURE, _GAIN, strict=True):
        body.add_joint(name=name, type=kind, axis=axis, armature=armature)
        drive = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        drive.set_to_velocity(kv=gain)


def _stiffen_legs(spec: Any) -> None:
    names = {leg_joint(leg, part): part for leg in LEGS for part in LEG_PARTS}
    for drive in [item for item in spec.actuators if item.target in names]:
        spec.delete(drive)
    for joint in [item for item in spec.joints if item.name in names]:
        part = LEG_PARTS.index(names[joint.name])
        turn = STANDING_RAD[part] / 2
        joint.parent.quat = [math.cos(turn), *(math.sin(turn) * np.asarray(joint.axis))]
        spec.delete(joint)
    for geom in spec.geoms:
        # A body that glides has no use for what its feet meet.
        if geom.name in {f"{leg}_foot" for leg in LEGS}:
            geom.contype = geom.conaffinity = 0


class PlanarBase:
    """A base on slides (a :class:`SimBase`).

    Args:
        model: The model, see :func:`add_planar_base`.
        data: Its state.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._data = data
        self._qpos = [model.joint(name).qposadr[0] for name in _AXES]
        self._qvel = [model.joint(name).dofadr[0] for name in _AXES]
        self._ctrl = [model.actuator(name).id for name in _AXES]

    def reset(self) -> None:
        """Put it at the origin, at rest."""
        self._data.qpos[self._qpos] = 0.0
        self._data.qvel[self._qvel] = 0.0

    def drive(self, velocity: Array) -> None:
        """Go on at a velocity in the base's own frame, shape (3,), for the next physics step."""
        turn = float(self._data.qpos[self._qpos[2]])
        c, s = math.cos(turn), math.sin(turn)
        forward, left, turning = velocity.tolist()
        self._data.ctrl[self._ctrl] = [c * forward - s * left, s * forward + c * left, turning]

    def pose(self) -> Pose:
        """Return where the base truly is: its frame on the floor, turned about the vertical."""
        x, y, turn = self._data.qpos[self._qpos].tolist()
        return Pose.at(x, y, 0.0, turn)

    def velocity(self) -> Array:
        """Return its true velocity in its own frame: forward and left in m/s, turning left in rad/s, shape (3,)."""
        turn = float(self._data.qpos[self._qpos[2]])
        c, s = math.cos(turn), math.sin(turn)
        east, north, turning = self._data.qvel[self._qvel].tolist()
        return np.array([c * east + s * north, -s * east + c * north, turning])
