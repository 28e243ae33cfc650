"""A plan that went well in rehearsal, and the scene it is good for: handed from the rehearsal to the run proper."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.plan import Plan
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.data.json_text import json_document
from robomatrix_py.data.records import RecordError, plan_from_json
from robomatrix_py.data.run_folder import REHEARSAL_FOLDER

REHEARSED_FILE = "rehearsed.json"
"""File in it that is there only if the rehearsal was verified."""

_MOVED_MAX_M = 0.04
_SIZE_MAX = 4_000_000


@dataclass(frozen=True)
class Rehearsed:
    """A plan that was verified in rehearsal.

    Args:
        plan: The plan.
        positions_m: Where the things that it is about were, x, y, z in the base frame; empty while it is rehearsed.
    """

    plan: Plan
    positions_m: Mapping[str, tuple[float, float, float]]

    @staticmethod
    def of(plan: Plan, scene: Scene) -> Rehearsed:
        """Return a plan with the places of what it is about."""
        names = {str(value) for step in plan.steps for value in step.arguments.values()}
        positions = {}
        for name in sorted(names & set(scene.objects)):
            x, y, z = scene.objects[name].position_m.tolist()
            positions[name] = (x, y, z)
        return Rehearsed(plan, positions)

    def for_scene(self, scene: Scene) -> Plan:
        """Return the plan if the scene is still the one that was rehearsed, or else the plan as refused."""
        if not self.positions_m:
            return self.plan
        for name, place_m in self.positions_m.items():
            item = scene.objects.get(name)
            if item is None:
                why = f"{name} is not seen any more"
            else:
                moved_m = float(np.linalg.norm(item.position_m - np.array(place_m)))
                if moved_m <= _MOVED_MAX_M:
                    continue
                why = f"{name} has moved by {100 * moved_m:.0f} cm"
            refused = f"since the rehearsal {why}, so that it says nothing about this scene; ask again"
            return replace(self.plan, steps=(), refused=refused, cause=Cause.PRECONDITION.value)
        note = "rehearsed in simulation and verified there"
        return self.plan if note in self.plan.notes else replace(self.plan, notes=(*self.plan.notes, note))

    def to_json(self) -> dict[str, Any]:
        """Return the form kept in the rehearsal's folder."""
        return {
            "plan": self.plan.to_json(),
            "positions_m": {name: list(place) for name, place in self.positions_m.items()},
        }

    def document(self) -> bytes:
        """Return the content of the file."""
        return json_document(self.to_json())


def load_rehearsed(folder: Path, instruction: str) -> Rehearsed | None:
    """Return the plan that was verified in a run's rehearsal, or None where the run was not rehearsed.

    Args:
        folder: The run folder.
        instruction: What the run is asked for.

    Raises:
        DataError: It was rehearsed, but not verified, or for something else, or the file is damaged
            (``DATA.REHEARSAL``).
    """
    rehearsal = folder / REHEARSAL_FOLDER
    if not rehearsal.is_dir():
        return None
    path = rehearsal / REHEARSED_FILE
    try:
        if path.stat().st_size > _SIZE_MAX:
            raise ValueError(f"larger than {_SIZE_MAX} bytes")
        values = json.loads(path.read_bytes())
        plan = plan_from_json(values["plan"])
        positions = {}
        for name, place in values["positions_m"].items():
            x, y, z = (float(value) for value in place)
            positions[str(name)] = (x, y, z)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, RecordError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"the rehearsal was not verified or its record is damaged: {reason}",
            where=str(path),
            remedy="run the task again",
            code="REHEARSAL",
        ) from error
    if plan.instruction != instruction:
        raise DataError("the rehearsal was of another instruction", where=str(path), code="REHEARSAL")
    return Rehearsed(plan, positions)
