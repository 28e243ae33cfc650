"""What a planner is given besides the skills: how well they went so far, and which plans were saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from robomatrix_py.scheduler.feasibility import Feasibility
from robomatrix_py.scheduler.macros import Macro


@dataclass(frozen=True)
class Practice:
    """What was learnt from earlier runs.

    Args:
        feasibility: How likely plans are to succeed, or None: choices do not depend on earlier runs.
        macros: Macro-skills by name.
    """

    feasibility: Feasibility | None = None
    macros: Mapping[str, Macro] = field(default_factory=dict)


NO_PRACTICE = Practice()
"""Nothing was learnt: plans depend on the instruction, the scene and the skills alone."""
