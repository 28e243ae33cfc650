"""What a robot's file chooses where the user chose nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robomatrix_py.settings import robot_defaults as module
from robomatrix_py.settings.robot_defaults import robot_defaults
from robomatrix_py.settings.robots import load_robot

LEARNED = ["perception=camera", "skills.policy=learned"]


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every robot have learned its skills."""
    monkeypatch.setattr(module, "load_robot", lambda name: replace(load_robot(name), policy="learned"))


@pytest.mark.usefixtures("learnt")
@pytest.mark.parametrize(
    ("chosen", "defaults"),
    [
        ([], LEARNED),
        (["robot=ur5e", "mode=real"], LEARNED),
        (["perception=camera"], ["skills.policy=learned"]),
        (["perception=sim_truth"], ["skills.policy=scripted"]),
        (["skills.policy=scripted"], ["perception=camera"]),
        (["skills.policy=learned"], ["perception=camera"]),
        (["skills.policy=learned", "perception=sim_truth"], []),
        (["mode=mock"], []),
        (["mode=mock", "skills.policy=learned"], ["perception=camera"]),
        (["robot=go2_arm"], ["scene=apartment", *LEARNED]),
        (["robot=go2_arm", "scene=tabletop", "perception=sim_truth"], ["skills.policy=scripted"]),
    ],
)
def test_robot_that_learned_its_skills_uses_them(chosen: list[str], defaults: list[str]) -> None:
    assert robot_defaults(chosen) == defaults


@pytest.mark.parametrize(
    ("chosen", "defaults"),
    [
        (["robot=so101"], []),
        (["robot=go2_arm"], ["scene=apartment"]),
        (["robot=so101", "skills.policy=learned"], ["perception=camera"]),
    ],
)
def test_robot_that_learned_nothing_has_scripted_skills(chosen: list[str], defaults: list[str]) -> None:
    assert robot_defaults(chosen) == defaults
