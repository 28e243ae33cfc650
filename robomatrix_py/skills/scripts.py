"""Which scripted skills serve a robot: an arm that stays where it is, or one on a base."""

from __future__ import annotations

from collections.abc import Mapping

from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.skills.mobile.library import LEVEL, MOBILE
from robomatrix_py.skills.scripted import SCRIPTED, ScriptedSkill


def scripts_of(robot: RobotDescription) -> Mapping[str, ScriptedSkill]:
    """Return the scripted skills of a robot by name."""
    if robot.base is None:
        return SCRIPTED
    return MOBILE if robot.level_wrist_xyz_m is None else LEVEL
