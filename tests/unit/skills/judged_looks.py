"""Looks at a scene for the judge: the real perceived scene with single readings changed, and time that passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from skill_rig import new_rig, specs

from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Verdict
from robomatrix_py.skills.judge import EffectJudge, FactsJudge

PERIOD_S = 0.05
"""Time between two scenes."""
HOME = (0.45, 0.0, 0.30)
"""Where the tool is unless a look says otherwise."""


@cache
def base() -> Evidence:
    """Return what a robot at rest sees, without noise."""
    rig = new_rig("perception.sensor.noise=0", "perception.yaw_noise_rad=0")
    return rig.evidence(rig.scene)


@dataclass(frozen=True)
class Look:
    """What is changed in one look.

    Args:
        at: New positions of objects in m.
        hidden: Known from before but out of sight.
        gone: Never seen.
        states: New states of fixtures.
        tool: Tool position in m.
        gap_m: Distance between the pads.
        force_n: Force between the pads.
        drift_m: How far the objects of `at` roll along x from look to look.
    """

    at: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    states: dict[str, dict[str, float]] = field(default_factory=dict)
    tool: tuple[float, float, float] = HOME
    gap_m: float = 0.085
    force_n: float = 0.0
    drift_m: float = 0.0

    def evidence(self, now_s: float = 0.0) -> Evidence:
        """Return the evidence of this look at a time."""
        objects = {name: replace(item, seen_s=now_s) for name, item in base().scene.objects.items()}
        for name, xyz_m in self.at.items():
            drifted_m = np.add(xyz_m, (self.drift_m * now_s / PERIOD_S, 0.0, 0.0))
            pose = Pose(drifted_m, objects[name].pose_object_in_base.quaternion_xyzw)
            objects[name] = replace(objects[name], pose_object_in_base=pose)
        for name, states in self.states.items():
            objects[name] = replace(objects[name], states=states)
        for name in self.hidden:
            objects[name] = replace(objects[name], visible=False)
        for name in self.gone:
            del objects[name]
        return replace(
            base(),
            scene=Scene(objects, now_s, "test"),
            tool_position_m=self.tool,
            gripper_gap_m=self.gap_m,
            gripper_opening=self.gap_m / 0.085,
            gripper_force_n=self.force_n,
        )


def watch(judge: Callable[[Evidence, float], Verdict | None], looks: Callable[[int], Evidence]) -> tuple[Verdict, int]:
    """Show a judge one look after the other until it decides; return the verdict and how many looks that took.

    Raises:
        AssertionError: It does not decide within five seconds.
    """
    for number in range(100):
        verdict = judge(looks(number), number * PERIOD_S)
        if verdict is not None:
            return verdict, number + 1
    raise AssertionError("the judge does not decide")


def judge_effect(skill: str, arguments: dict[str, Any], before: Look, now: Look) -> Verdict:
    """Return what the judge of a skill says when every look is the same."""
    judge = EffectJudge(specs()[skill])
    judge.begin(SkillCall(skill, arguments), before.evidence(0.0))
    return watch(judge.judge, lambda number: now.evidence(number * PERIOD_S))[0]


def judge_facts(facts: tuple[str, ...], now: Look) -> Verdict:
    """Return what the judge of the goal says when every look is the same."""
    judge, atoms = FactsJudge(), tuple(Atom.parse(fact) for fact in facts)
    return watch(lambda seen, at_s: judge.judge(atoms, seen, at_s), lambda n: now.evidence(n * PERIOD_S))[0]
