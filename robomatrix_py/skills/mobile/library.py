"""The scripted skills of mobile robots by name."""

from __future__ import annotations

from collections.abc import Mapping

from robomatrix_py.skills.mobile import handling, level_hand, navigation, searching, shooting
from robomatrix_py.skills.scripted import ScriptedSkill

_BASE: Mapping[str, ScriptedSkill] = {
    "go_to": navigation.go_to,
    "go_past": navigation.go_past,
    "go_into": navigation.go_into,
    "go_through": navigation.go_through,
    "exit": navigation.leave,
    "cross_obstacle": navigation.cross_obstacle,
    "search": searching.search,
    "shoot": shooting.shoot,
}

MOBILE: Mapping[str, ScriptedSkill] = {
    **_BASE,
    "move_to": handling.move_to,
    "grasp": handling.grasp,
    "position_over": handling.position_over,
    "release": handling.release,
    "open_drawer": handling.open_drawer,
    "close_drawer": handling.close_drawer,
}
"""Of a robot whose arm moves and turns its tool freely."""

LEVEL: Mapping[str, ScriptedSkill] = {
    **_BASE,
    "move_to": level_hand.move_to,
    "grasp": level_hand.grasp,
    "position_over": level_hand.position_over,
    "release": level_hand.release,
}
"""Of a robot whose gripper is kept level by a linkage."""
