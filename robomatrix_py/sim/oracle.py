"""What really is the case, from the simulator's true state. For benchmarks and tests; no robot may ask it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from robomatrix_py.contracts.predicate import Atom

_DRAWER_OPEN_M = 0.10
_DRAWER_CLOSED_M = 0.012
_HELD_HEIGHT_M = 0.05
_HELD_REACH_M = 0.06


def really(atom: Atom, snapshot: Mapping[str, Any]) -> bool:
    """Return whether a lasting fact holds in a snapshot (the form of `sim_final.json`).

    Raises:
        ValueError: The fact is of a kind that a state cannot settle, such as ``pressed``.
    """
    match atom.predicate, atom.arguments:
        case ("in" | "on"), (name, place):
            return _inside(snapshot, name, place)
        case "open", (drawer,):
            return float(snapshot["joints"][f"{drawer}_joint"]) > _DRAWER_OPEN_M
        case "closed", (drawer,):
            return float(snapshot["joints"][f"{drawer}_joint"]) < _DRAWER_CLOSED_M
        case "held", (name,):
            point = np.array(snapshot["bodies"][name]["position_m"])
            offset = point - np.array(snapshot["bodies"]["tool"]["position_m"])
            return bool(point[2] > _HELD_HEIGHT_M and np.linalg.norm(offset) < _HELD_REACH_M)
        case _:
            raise ValueError(f"{atom} is no lasting fact of the simulator")


def _inside(snapshot: Mapping[str, Any], name: str, place: str) -> bool:
    region = snapshot["regions"].get(place)
    point = np.array(snapshot["bodies"][name]["position_m"])
    if region is None:
        # On another free object: above it and near it.
        other = np.array(snapshot["bodies"][place]["position_m"])
        offset = point - other
        return bool(np.linalg.norm(offset[:2]) < 0.03 and 0.0 < offset[2] < 0.12)
    offset = np.abs(point - np.array(region["center_m"]))
    return bool((offset <= np.array(region["half_extents_m"]) + 0.003).all())
