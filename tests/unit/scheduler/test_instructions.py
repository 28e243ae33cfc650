"""Instructions to plans: a table of cases, and the score on instructions nobody tuned for."""

from __future__ import annotations

import pytest
from held_out_cases import HELD_OUT, HELD_OUT_FINAL, HELD_OUT_LATE
from instruction_cases import CASES
from scheduler_outcome import RESOURCES, mismatch
from scheduler_scenes import SCENES

from robomatrix_py.scheduler.planner import SymbolicPlanner
from robomatrix_py.settings.skills import load_skills

SKILLS = load_skills()
PLANNER = SymbolicPlanner(SKILLS, RESOURCES)


@pytest.mark.parametrize(("scene", "instruction", "expected"), CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
def test_instruction_leads_to_what_is_expected(scene: str, instruction: str, expected: str) -> None:
    case = SCENES[scene]()
    plan = PLANNER.plan(instruction, case.scene, case.facts)
    assert mismatch(plan, expected, case, SKILLS) == ""
    outcomes = [bool(plan.steps), bool(plan.question), bool(plan.refused), bool(plan.already_done)]
    assert outcomes.count(True) == 1
    assert bool(plan.cause) == bool(plan.question or plan.refused)
    assert "\n" not in plan.question + plan.refused + plan.already_done


@pytest.mark.parametrize(
    ("name", "cases", "floor"),
    [("first", HELD_OUT, 90), ("late", HELD_OUT_LATE, 66), ("final", HELD_OUT_FINAL, 68)],
)
def test_held_out_instructions_are_never_acted_on_wrongly(
    name: str, cases: tuple[tuple[str, str, str], ...], floor: int, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = 0, []
    for scene, instruction, expected in cases:
        case = SCENES[scene]()
        plan = PLANNER.plan(instruction, case.scene, case.facts)
        fault = mismatch(plan, expected, case, SKILLS)
        right += not fault
        if fault and plan.steps:
            wrong.append((instruction, fault))
    with capsys.disabled():
        print(f"\nheld-out list {name}: {right} of {len(cases)} right, {len(wrong)} acted on wrongly")
    assert wrong == []
    assert right >= floor
