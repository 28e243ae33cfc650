"""What the judge says of a base, from odometry and the scene alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from robomatrix_py.contracts.execution import Evidence
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Outcome
from robomatrix_py.settings.skills import load_skills
from robomatrix_py.skills.judge import BASE_CHECKERS, EffectJudge

SKILLS = load_skills(("arm", "gripper", "base"))
SUCCEEDED, FAILED, UNDECIDED = Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNDECIDED
THINGS = {
    "table": (Affordance.SURFACE, Pose.at(2, 0, 0.05), (0.3, 1.0, 0.1)),
    "kitchen": (Affordance.PLACE, Pose.at(5, 0, 0.5), (3.0, 4.0, 1.0)),
    "doorway": (Affordance.PASSAGE, Pose.at(3, 0, 0.5), (0.1, 1.0, 1.0)),
    "sill": (Affordance.CROSSABLE, Pose.at(1, 2, 0.01, np.pi / 2), (0.1, 0.8, 0.02)),
    "red_can": (Affordance.MOVABLE, Pose.at(2, 0, 0.13), (0.05, 0.05, 0.06)),
}
JOINTS = JointState((), np.zeros(0), np.zeros(0), np.zeros(0), 0.0)


def evidence(place: tuple[float, float] | None, now_s: float, gone: str = "") -> Evidence:
    objects = {
        name: SceneObject(name, "", name, frozenset({kind}), pose, np.array(size), seen_s=now_s)
        for name, (kind, pose, size) in THINGS.items()
        if name != gone
    }
    pose = Pose.at(*place, 0.0) if place else None
    return Evidence(Scene(objects, now_s, "test"), JOINTS, 1.0, 0.0, (0, 0, 0), base_pose=pose)


CASES: dict[str, tuple[str, dict[str, Any], Any, Any, str, Outcome]] = {
    "before the table": ("go_to", {"target": "table"}, (0, 0), (1.4, 0.1), "", SUCCEEDED),
    "far from the table": ("go_to", {"target": "table"}, (0, 0), (0.5, 0.1), "", FAILED),
    "table gone": ("go_to", {"target": "table"}, (0, 0), (1.4, 0.1), "table", UNDECIDED),
    "past the table": ("go_past", {"target": "table"}, (0, 0), (2.5, 0.9), "", SUCCEEDED),
    "beside the table": ("go_past", {"target": "table"}, (0, 0), (1.9, 0.9), "", FAILED),
    "past, no odometry": ("go_past", {"target": "table"}, None, (2.5, 0.9), "", UNDECIDED),
    "in the kitchen": ("go_into", {"target": "kitchen"}, (0, 0), (4.0, 0.0), "", SUCCEEDED),
    "on its doorstep": ("go_into", {"target": "kitchen"}, (0, 0), (3.4, 0.0), "", FAILED),
    "kitchen unknown": ("go_into", {"target": "kitchen"}, (0, 0), (4, 0), "kitchen", UNDECIDED),
    "out of the kitchen": ("exit", {"target": "kitchen"}, (4, 0), (2.4, 0.0), "", SUCCEEDED),
    "still in the kitchen": ("exit", {"target": "kitchen"}, (4, 0), (3.9, 0.0), "", FAILED),
    "out, no odometry": ("exit", {"target": "kitchen"}, (4, 0), None, "", UNDECIDED),
    "through the doorway": ("go_through", {"target": "doorway"}, (2, 0), (3.6, 0.0), "", SUCCEEDED),
    "in the doorway": ("go_through", {"target": "doorway"}, (2, 0), (3.05, 0.0), "", FAILED),
    "back through it": ("go_through", {"target": "doorway"}, (4, 0), (2.5, 0.0), "", SUCCEEDED),
    "no doorway": ("go_through", {"target": "doorway"}, (2, 0), (3.6, 0.0), "doorway", UNDECIDED),
    "across a turned sill": ("cross_obstacle", {"target": "sill"}, (1, 1), (1, 2.6), "", SUCCEEDED),
    "before a turned sill": ("cross_obstacle", {"target": "sill"}, (1, 1), (1, 1.6), "", FAILED),
}


@pytest.mark.parametrize("case", CASES)
def test_a_base_is_judged_by_where_it_is(case: str) -> None:
    skill, arguments, before, now, gone, expected = CASES[case]
    judge = EffectJudge(SKILLS[skill])
    judge.begin(SkillCall(skill, arguments), evidence(before, 0.0))
    verdict = None
    for look in range(60):
        verdict = judge.judge(replace(evidence(now, 0.1 * look, gone)), 0.1 * look)
        if verdict is not None:
            break
    assert verdict is not None and verdict.outcome is expected, verdict


def test_every_check_of_a_base_is_used_by_a_skill_and_tried_here() -> None:
    assert {SKILLS[skill].checker for skill, *_ in CASES.values()} == set(BASE_CHECKERS)


def test_an_arm_alone_is_offered_nothing_that_needs_a_base_and_keeps_its_words() -> None:
    arm = load_skills()
    assert not {skill for skill, spec in arm.items() if "base" in spec.resources}
    assert "go to {target}" in arm["move_to"].phrases
    assert "go to {target}" not in SKILLS["move_to"].phrases
    assert "go to {target}" in SKILLS["go_to"].phrases
