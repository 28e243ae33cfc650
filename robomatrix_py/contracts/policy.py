"""What a learned skill looks at and what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.patches import CameraView, Patches
from robomatrix_py.contracts.scene import SceneObject
from robomatrix_py.contracts.skill import ArgumentType, SkillCall, SkillSpec

SKILLS = ("move_to", "grasp", "position_over", "release", "open_drawer", "close_drawer", "push", "press")
"""The skills that one policy serves, in the order of its goal."""
WHOLE_TASKS = ("place", "stow")
"""Whole tasks that one policy may be taught for comparison: grasp, position_over and release; and the same into a
drawer that is opened before and closed after."""
CHUNK_STEPS = 16
"""Aims in one chunk."""
CHUNK_DT_S = 0.1
"""Time between them."""
AIM = ("x_m", "y_m", "z_m", "yaw_rad", "opening", "speed_share")
"""Columns of an aim: where the tool is to go in the base frame, its turn about the vertical, gripper opening 0 to 1,
and the share of the largest speed to go there with, above 0 to 1."""

_NUMBER = re.compile(r"_\d+$")


@dataclass(frozen=True, eq=False)
class ToolState:
    """The arm's tool and gripper at one moment.

    Args:
        commanded_xyz_m: Where the tool is commanded to be, base frame, shape (3,).
        commanded_yaw_rad: Its commanded turn about the vertical, unwrapped.
        velocity_m_s: Velocity of the commanded motion, shape (3,).
        measured_xyz_m: Where the joints say it is, shape (3,).
        opening_commanded: Gripper opening that is commanded, 0 to 1.
        opening: Measured, 0 to 1.
        opening_speed_per_s: Its change.
        force_n: Between the pads, positive while closing.
    """

    commanded_xyz_m: Array
    commanded_yaw_rad: float
    velocity_m_s: Array
    measured_xyz_m: Array
    opening_commanded: float
    opening: float
    opening_speed_per_s: float
    force_n: float


@dataclass(frozen=True, eq=False)
class Goal:
    """What a skill is asked to do.

    Args:
        skill: One of `SKILLS`.
        texts: What the first and the second thing it is about are called, such as ``red cube`` and ``bin``; one or two.
        direction: One of :data:`~robomatrix_py.contracts.skill.DIRECTIONS`, or empty.
        distance_m: How far to push, or 0.
    """

    skill: str
    texts: tuple[str, ...]
    direction: str = ""
    distance_m: float = 0.0


@dataclass(frozen=True, eq=False)
class Glance:
    """All that a policy may look at in one step. Nothing here comes from a simulator's state.

    Args:
        views: Newest picture with depth of each camera that has one.
        patches: The same as the encoder sees them, by camera.
        tracks: The goal's things as perception follows them, None for one that it does not; as many as the goal's
            texts.
        tool: The arm.
        now_s: Monotonic time.
        since_start_s: Time since the skill began.
    """

    views: Sequence[CameraView]
    patches: Mapping[str, Patches]
    tracks: tuple[SceneObject | None, ...]
    tool: ToolState
    now_s: float
    since_start_s: float


@dataclass(frozen=True, eq=False)
class PolicyChunk:
    """What a policy wants for the next moments.

    Args:
        observed_s: When the glance was taken that it follows from; row n is due ``n * CHUNK_DT_S`` later.
        aims: Shape (CHUNK_STEPS, len(AIM)).
        progress: How far the skill is, 0 to 1.
        done: How likely it has finished, 0 to 1.
        seen: How sure it is that the goal's first thing is in sight or held, 0 to 1.
    """

    observed_s: float
    aims: Array
    progress: float
    done: float
    seen: float


class SkillPolicy(Protocol):
    """A learned policy for all skills."""

    def start(self, goal: Goal) -> None:
        """Begin a skill; what was remembered of the last one is forgotten.

        Raises:
            ConfigError: The goal has words that the encoder was never taught.
        """

    def act(self, glance: Glance) -> PolicyChunk:
        """Return the next chunk."""


@dataclass(frozen=True, eq=False)
class PolicyRequest:
    """One skill that a policy is to serve.

    Args:
        number: Tells the answers of one skill from those of another; grows.
        goal: What to do.
        names: Under which names the scene knows the goal's things, as many as the goal's texts.
        started_s: Monotonic time when the skill began.
    """

    number: int
    goal: Goal
    names: tuple[str, ...]
    started_s: float


@dataclass(frozen=True, eq=False)
class PolicyAnswer:
    """A chunk, or why there is none.

    Args:
        number: Of the request.
        received_s: Receiver's monotonic time.
        chunk: The chunk, or None where the policy failed.
        cause: Why it failed.
        message: The same for people.
    """

    number: int
    received_s: float
    chunk: PolicyChunk | None
    cause: Cause | None = None
    message: str = ""


def words_of(name: str) -> str:
    """Return the words for a thing that the scene knows by a name, such as ``red cube`` for ``red_cube_2``."""
    return _NUMBER.sub("", name).replace("_", " ")


def goal_of(spec: SkillSpec, call: SkillCall) -> tuple[Goal, tuple[str, ...]]:
    """Return a skill call as a goal in words, and the names by which the scene knows the goal's things.

    Args:
        spec: The skill.
        call: With its arguments; a thing called ``red_cube_2`` is asked for as ``red cube``.
    """
    values = {argument.name: call.arguments.get(argument.name, argument.default) for argument in spec.arguments}
    names = tuple(str(values[a.name]) for a in spec.arguments if a.type is ArgumentType.OBJECT)
    texts = tuple(words_of(name) for name in names)
    direction, distance_m = values.get("direction") or "", values.get("distance_m") or 0.0
    return Goal(call.skill, texts, str(direction), float(distance_m)), names
