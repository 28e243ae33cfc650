"""Whether a skill really had its effect, from the simulator's true state. For measuring; no robot may ask it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import DIRECTIONS, SkillCall
from robomatrix_py.sim.oracle import really

Snapshot = Mapping[str, Any]
"""A state in the form of `sim_final.json`."""

_RISE_M = 0.04
_ABOVE_M = 0.04
_REGION_MARGIN_M = 0.01
_AWAY_M = 0.05
_PUSHED_SHARE = 0.6
_SHOVED_M = 0.03


def really_done(call: SkillCall, before: Snapshot, now: Snapshot) -> bool:
    """Return whether a skill's effect is there.

    Args:
        call: The skill; all its arguments have values.
        before: The state when it began.
        now: The state that is asked about.

    Raises:
        ValueError: No effect is known for the skill.
    """
    values = call.arguments
    match call.skill:
        case "move_to":
            return _above(now, str(values["target"]))
        case "grasp":
            return _lifted(str(values["object"]), before, now)
        case "position_over":
            return _held(str(values["object"]), now) and _above(now, str(values["target"]))
        case "release":
            name, target = str(values["object"]), str(values["target"])
            away_m = float(np.linalg.norm(_place(now, name) - _place(now, "tool")))
            return really(Atom("in", (name, target)), now) and away_m > _AWAY_M
        case "open_drawer":
            return really(Atom("open", (str(values["drawer"]),)), now)
        case "close_drawer":
            return really(Atom("closed", (str(values["drawer"]),)), now)
        case "push":
            shift = (_place(now, str(values["object"])) - _place(before, str(values["object"])))[:2]
            along = np.array(DIRECTIONS[str(values["direction"])])
            forward = float(shift @ along)
            sideways = float(np.linalg.norm(shift - forward * along))
            wanted = float(values["distance_m"])
            return forward >= _PUSHED_SHARE * wanted and sideways <= _PUSHED_SHARE * forward
        case "press":
            lamp = f"{values['button']}.lit"
            return bool(now["joints"][lamp] != before["joints"][lamp])
        case _:
            raise ValueError(f"no effect is known for {call}")


def wrong_thing(call: SkillCall, others: Iterable[str], before: Snapshot, now: Snapshot) -> str:
    """Return the name of a free object that was lifted or shoved in place of the one that is meant, or an empty text.

    Args:
        call: The skill.
        others: Names of free objects that the skill is not about.
        before: The state when it began.
        now: The state that is asked about.
    """
    for name in others:
        if _lifted(name, before, now):
            return name
        if call.skill == "push":
            shoved_m = float(np.linalg.norm(_place(now, name) - _place(before, name)))
            meant = str(call.arguments["object"])
            if shoved_m > max(_SHOVED_M, float(np.linalg.norm(_place(now, meant) - _place(before, meant)))):
                return name
    return ""


def _place(state: Snapshot, name: str) -> Array:
    return np.array(state["bodies"][name]["position_m"], dtype=np.float64)


def _held(name: str, now: Snapshot) -> bool:
    return really(Atom("held", (name,)), now)


def _lifted(name: str, before: Snapshot, now: Snapshot) -> bool:
    return _held(name, now) and float(_place(now, name)[2] - _place(before, name)[2]) > _RISE_M


def _above(now: Snapshot, target: str) -> bool:
    tool = _place(now, "tool")
    region = now["regions"].get(target)
    if region is None:
        return float(np.linalg.norm((tool - _place(now, target))[:2])) < _ABOVE_M
    offset = np.abs(tool - np.array(region["center_m"]))[:2]
    return bool((offset <= np.array(region["half_extents_m"])[:2] + _REGION_MARGIN_M).all())
