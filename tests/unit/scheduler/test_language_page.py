"""Every sentence of docs/planning-language.md leads to what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scheduler_outcome import RESOURCES, mismatch
from scheduler_scenes import SCENES

from robomatrix_py.scheduler.planner import SymbolicPlanner
from robomatrix_py.settings.skills import load_skills

PAGE = Path(__file__).parents[3] / "docs" / "planning-language.md"
SKILLS = load_skills()
PLANNER = SymbolicPlanner(SKILLS, RESOURCES)


def examples() -> list[tuple[str, str, str]]:
    """Return scene, sentence and outcome of every row of the page's tables."""
    found, scene = [], ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        named = re.match(r"Scene `(\w+)`", line)
        scene = named[1] if named else scene
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 2 and cells[0] != "you say" and not cells[0].startswith("--"):
            found.append((scene, cells[0], cells[1]))
    return found


def test_the_page_has_examples() -> None:
    assert len(examples()) >= 40


@pytest.mark.parametrize(("scene", "sentence", "outcome"), examples())
def test_a_sentence_leads_to_what_the_page_says(scene: str, sentence: str, outcome: str) -> None:
    case = SCENES[scene]()
    plan = PLANNER.plan(sentence, case.scene, case.facts)
    assert mismatch(plan, outcome, case, SKILLS) == ""
