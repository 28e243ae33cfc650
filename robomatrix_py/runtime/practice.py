"""Loads what planners are given besides the skills: counts of earlier runs, and macro-skills."""

from __future__ import annotations

from collections.abc import Mapping

from robomatrix_py.contracts.experience import Reality
from robomatrix_py.contracts.skill import SkillSpec
from robomatrix_py.runtime.experience import load_feasibility
from robomatrix_py.scheduler.practice import Practice
from robomatrix_py.settings.macros import load_macros
from robomatrix_py.settings.settings import Settings


def load_practice(settings: Settings, skills: Mapping[str, SkillSpec], reality: Reality) -> tuple[Practice, list[str]]:
    """Return what was learnt from earlier runs, and one line for everything that cannot be used.

    Args:
        settings: Where the record and the macro-skills are.
        skills: All skills by name.
        reality: Where the plans will run.

    Raises:
        ConfigError: A folder that the settings name cannot be meant.
    """
    feasibility, warning = load_feasibility(settings, skills, reality)
    macros, faults = load_macros(settings.macros, skills)
    warnings = [warning] if warning else []
    return Practice(feasibility, macros), [*warnings, *(f"macro-skill left out: {fault}" for fault in faults)]
