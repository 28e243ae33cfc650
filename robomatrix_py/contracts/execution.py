"""How the scheduler asks for skills and for judgements, without knowing who answers.

Over ROS the skill client is an action client; in lock-step it is the skill runner itself. Nothing here blocks: the
caller polls, and passes the monotonic time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the scheduler and the judge may look at: sensors, never a skill's own word.

    Args:
        scene: Newest perceived scene.
        joints: Newest joint state.
        gripper_opening: Measured opening, 0 closed to 1 open.
        gripper_force_n: Measured force between the pads, positive while closing on something.
        tool_position_m: Tool in the base frame by forward kinematics of the measured joints, shape (3,).
        gripper_gap_m: Measured distance between the pads.
        base_pose: Where the base is in the scene's frame, the one in which it stood at the start (REP 105 `odom`);
            None for an arm that stays where it is.
    """

    scene: Scene
    joints: JointState
    gripper_opening: float
    gripper_force_n: float
    tool_position_m: tuple[float, float, float]
    gripper_gap_m: float = 0.0
    base_pose: Pose | None = None


@dataclass(frozen=True)
class SkillProgress:
    """How far a running skill is.

    Args:
        stage: Its present stage, such as ``descend``.
        progress: 0 to 1.
        message: One line for a person.
        report: The skill's own account once it has ended, None before. It is no verdict: a success here only
            means that the skill believes to be finished.
    """

    stage: str
    progress: float
    message: str = ""
    report: Verdict | None = None


class SkillHandle(Protocol):
    """One skill under way."""

    def poll(self, now_s: float) -> SkillProgress:
        """Return how far it is."""

    def cancel(self, now_s: float) -> None:
        """Ask it to end; it brakes, and `poll` reports it as cancelled soon after."""


class SkillClient(Protocol):
    """Starts skills."""

    def start(self, call: SkillCall, deadline_s: float, now_s: float) -> SkillHandle:
        """Start a skill that is ended and failed after `deadline_s`."""


class Judge(Protocol):
    """Judges one skill's effect from evidence. It neither planned nor acted. One object a skill run."""

    def begin(self, call: SkillCall, before: Evidence) -> None:
        """Note what was the case before the skill."""

    def judge(self, now: Evidence, now_s: float) -> Verdict | None:
        """Return the verdict, or None while it must look longer; it decides within a few seconds."""


class GoalJudge(Protocol):
    """Judges from evidence whether the facts of a goal hold at the end of a task."""

    def judge(self, atoms: tuple[Atom, ...], now: Evidence, now_s: float) -> Verdict | None:
        """Return the verdict over lasting facts (in, on, open, closed, held), or None while it must look longer."""
