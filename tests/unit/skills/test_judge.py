"""The judge: what it says for which readings, and that a success needs several agreeing looks at the thing itself."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from judged_looks import HOME, PERIOD_S, Look, base, judge_effect, judge_facts, watch
from skill_rig import specs

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.contracts.verdict import Outcome
from robomatrix_py.skills.judge import CHECKERS, EffectJudge, FactsJudge

SUCCEEDED, FAILED, UNDECIDED = Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNDECIDED

CUBE_M = 0.0453
HIGH = (0.5, -0.1, 0.20)
TABLE = (0.5, -0.1, 0.023)
BIN = (0.381, -0.408, 0.03)
OVER_BIN = (0.381, -0.408, 0.26)
OVER_BOWL = (0.606, -0.358, 0.26)
TRAY = (0.683, -0.046, 0.035)


def grip(tool: tuple[float, float, float], gap_m: float = CUBE_M, **more: Any) -> Look:
    return Look(tool=tool, gap_m=gap_m, force_n=35.0, **more)


def drawer(opening_m: float, **more: Any) -> Look:
    return Look(states={"drawer": {"opening_m": opening_m, "travel_m": 0.16}}, **more)


def lamp(lit: float, **more: Any) -> Look:
    return Look(states={"button": {"lit": lit}}, **more)


CUBE = {"object": "red_cube"}
TO_BIN = CUBE | {"target": "bin"}
LEFT = CUBE | {"direction": "left", "distance_m": 0.06}
DRAWER = {"drawer": "drawer"}
BUTTON = {"button": "button"}
ON_TABLE = Look(at={"red_cube": TABLE})

EFFECTS: dict[str, tuple[str, dict[str, Any], Look, Look, Outcome]] = {
    # What is seen between the fingers and has risen is held, nothing else.
    "lifted between the fingers": ("grasp", CUBE, ON_TABLE, grip(HIGH, at={"red_cube": HIGH}), SUCCEEDED),
    "no force": ("grasp", CUBE, ON_TABLE, Look(tool=HIGH, gap_m=CUBE_M, at={"red_cube": HIGH}), FAILED),
    "closed on nothing": ("grasp", CUBE, ON_TABLE, grip(HIGH, gap_m=0.0), FAILED),
    "held is another": ("grasp", CUBE, ON_TABLE, grip(HIGH, at={"red_cube": TABLE}), FAILED),
    "gripped, not lifted": ("grasp", CUBE, ON_TABLE, grip(TABLE, at={"red_cube": TABLE}), FAILED),
    "gripped, never seen": ("grasp", CUBE, ON_TABLE, grip(HIGH, gone=("red_cube",)), UNDECIDED),
    "not seen before": ("grasp", CUBE, Look(gone=("red_cube",)), grip(HIGH, at={"red_cube": HIGH}), UNDECIDED),
    "hidden, as wide as the gap": (
        "grasp",
        CUBE,
        ON_TABLE,
        grip(HIGH, at={"red_cube": HIGH}, hidden=("red_cube",)),
        SUCCEEDED,
    ),
    "hidden, unlike the gap": (
        "grasp",
        CUBE,
        ON_TABLE,
        grip(HIGH, gap_m=0.07, at={"red_cube": HIGH}, hidden=("red_cube",)),
        UNDECIDED,
    ),
    "hidden, last seen elsewhere": (
        "grasp",
        CUBE,
        ON_TABLE,
        grip(OVER_BIN, at={"red_cube": HIGH}, hidden=("red_cube",)),
        UNDECIDED,
    ),
    # Carried above the target.
    "held above": ("position_over", TO_BIN, ON_TABLE, grip(OVER_BIN, at={"red_cube": OVER_BIN}), SUCCEEDED),
    "held beside": ("position_over", TO_BIN, ON_TABLE, grip(HIGH, at={"red_cube": HIGH}), FAILED),
    "dropped on the way": ("position_over", TO_BIN, ON_TABLE, Look(tool=OVER_BIN, at={"red_cube": TABLE}), FAILED),
    "lost, fingers shut": ("position_over", TO_BIN, ON_TABLE, grip(OVER_BIN, gap_m=0.0), FAILED),
    "carried is another": ("position_over", TO_BIN, ON_TABLE, grip(OVER_BIN, at={"red_cube": TABLE}), FAILED),
    "carried hidden, as wide": (
        "position_over",
        TO_BIN,
        ON_TABLE,
        grip(OVER_BIN, at={"red_cube": OVER_BIN}, hidden=("red_cube",)),
        SUCCEEDED,
    ),
    "carried hidden, unlike": (
        "position_over",
        TO_BIN,
        ON_TABLE,
        grip(OVER_BIN, gap_m=0.07, at={"red_cube": OVER_BIN}, hidden=("red_cube",)),
        UNDECIDED,
    ),
    "carried, never seen": ("position_over", TO_BIN, ON_TABLE, grip(OVER_BIN, gone=("red_cube",)), UNDECIDED),
    "target never seen": (
        "position_over",
        TO_BIN,
        ON_TABLE,
        grip(OVER_BIN, at={"red_cube": OVER_BIN}, gone=("bin",)),
        UNDECIDED,
    ),
    # The tool above something.
    "tool above": ("move_to", {"target": "bowl"}, Look(), Look(tool=OVER_BOWL), SUCCEEDED),
    "tool elsewhere": ("move_to", {"target": "bowl"}, Look(), Look(tool=HOME), FAILED),
    "tool above something unseen": (
        "move_to",
        {"target": "bowl"},
        Look(),
        Look(tool=OVER_BOWL, gone=("bowl",)),
        UNDECIDED,
    ),
    "tool 6 cm beside a cube": (
        "move_to",
        {"target": "red_cube"},
        Look(),
        Look(at={"red_cube": TABLE}, tool=(0.56, -0.1, 0.2)),
        FAILED,
    ),
    # Put down.
    "lies in the bin": ("release", TO_BIN, ON_TABLE, Look(at={"red_cube": BIN}), SUCCEEDED),
    "lies on the tray": ("release", CUBE | {"target": "tray"}, ON_TABLE, Look(at={"red_cube": TRAY}), SUCCEEDED),
    "lies beside the bin": ("release", TO_BIN, ON_TABLE, Look(at={"red_cube": TABLE}), FAILED),
    "hangs above the bin": ("release", TO_BIN, ON_TABLE, Look(at={"red_cube": OVER_BIN}), FAILED),
    "in the bin, still gripped": ("release", TO_BIN, ON_TABLE, grip(BIN, at={"red_cube": BIN}), FAILED),
    "rolls through the bin": (
        "release",
        TO_BIN,
        ON_TABLE,
        Look(at={"red_cube": (0.30, -0.408, 0.03)}, drift_m=0.01),
        FAILED,
    ),
    "believed in the bin": ("release", TO_BIN, ON_TABLE, Look(at={"red_cube": BIN}, hidden=("red_cube",)), UNDECIDED),
    "never seen again": ("release", TO_BIN, ON_TABLE, Look(gone=("red_cube",)), UNDECIDED),
    "bin never seen": ("release", TO_BIN, ON_TABLE, Look(at={"red_cube": BIN}, gone=("bin",)), UNDECIDED),
    # Drawers.
    "drawer open": ("open_drawer", DRAWER, drawer(0.0), drawer(0.15), SUCCEEDED),
    "drawer half open": ("open_drawer", DRAWER, drawer(0.0), drawer(0.08), FAILED),
    "drawer still shut": ("open_drawer", DRAWER, drawer(0.0), drawer(0.0), FAILED),
    "drawer believed open": ("open_drawer", DRAWER, drawer(0.0), drawer(0.15, hidden=("drawer",)), UNDECIDED),
    "drawer without reading": ("open_drawer", DRAWER, drawer(0.0), Look(states={"drawer": {}}), UNDECIDED),
    "drawer shut": ("close_drawer", DRAWER, drawer(0.15), drawer(0.002), SUCCEEDED),
    "drawer ajar": ("close_drawer", DRAWER, drawer(0.15), drawer(0.03), FAILED),
    "drawer believed shut": ("close_drawer", DRAWER, drawer(0.15), drawer(0.0, hidden=("drawer",)), UNDECIDED),
    "drawer never seen": ("close_drawer", DRAWER, drawer(0.15), Look(gone=("drawer",)), UNDECIDED),
    # Buttons.
    "lamp on": ("press", BUTTON, lamp(0.0), lamp(1.0), SUCCEEDED),
    "lamp off": ("press", BUTTON, lamp(1.0), lamp(0.0), SUCCEEDED),
    "lamp as before": ("press", BUTTON, lamp(0.0), lamp(0.0), FAILED),
    "lamp out of sight": ("press", BUTTON, lamp(0.0), lamp(1.0, hidden=("button",)), UNDECIDED),
    "lamp without reading": ("press", BUTTON, lamp(0.0), Look(states={"button": {}}), UNDECIDED),
    "lamp without reading before": ("press", BUTTON, Look(states={"button": {}}), lamp(1.0), UNDECIDED),
    # Skills by which a task recovers. What they are about is either so or not: there is nothing that cannot be seen.
    "found": ("search", CUBE, Look(hidden=("red_cube",)), Look(at={"red_cube": TABLE}), SUCCEEDED),
    "only remembered": ("search", CUBE, ON_TABLE, Look(at={"red_cube": TABLE}, hidden=("red_cube",)), FAILED),
    "hands free": ("put_down", {}, grip(HIGH), Look(), SUCCEEDED),
    "still gripping": ("put_down", {}, grip(HIGH), grip(HIGH), FAILED),
    # Pushes.
    "pushed left": ("push", LEFT, ON_TABLE, Look(at={"red_cube": (0.5, -0.04, 0.023)}), SUCCEEDED),
    "pushed too little": ("push", LEFT, ON_TABLE, Look(at={"red_cube": (0.5, -0.08, 0.023)}), FAILED),
    "pushed right": ("push", LEFT, ON_TABLE, Look(at={"red_cube": (0.5, -0.16, 0.023)}), FAILED),
    "pushed askew": ("push", LEFT, ON_TABLE, Look(at={"red_cube": (0.56, -0.04, 0.023)}), FAILED),
    "pushed and rolling": ("push", LEFT, ON_TABLE, Look(at={"red_cube": (0.5, -0.04, 0.023)}, drift_m=0.01), FAILED),
    "pushed out of sight": (
        "push",
        LEFT,
        ON_TABLE,
        Look(at={"red_cube": (0.5, -0.04, 0.023)}, hidden=("red_cube",)),
        UNDECIDED,
    ),
    "pushed, not seen before": ("push", LEFT, Look(gone=("red_cube",)), ON_TABLE, UNDECIDED),
}


@pytest.mark.parametrize("case", EFFECTS)
def test_effect_is_judged_from_what_is_seen(case: str) -> None:
    skill, arguments, before, now, expected = EFFECTS[case]
    verdict = judge_effect(skill, arguments, before, now)
    assert verdict.outcome is expected, verdict
    assert verdict.stage == f"{skill}.verdict"
    assert verdict.cause is (None if expected is SUCCEEDED else Cause.VERDICT_FAILED)
    assert "nan" not in verdict.message
    assert "\n" not in verdict.message
    json.dumps(verdict.to_json(), allow_nan=False)


def test_table_tries_every_check_to_each_end() -> None:
    tried = {(specs()[skill].checker, expected) for skill, _, _, _, expected in EFFECTS.values()}
    # Checks of a mobile base are tried in tests/unit/mobile.
    ends = {(checker, outcome) for checker in CHECKERS if not checker.startswith("base_") for outcome in Outcome}
    assert tried == ends - {("seen", UNDECIDED), ("hands_free", UNDECIDED)}


FACTS: dict[str, tuple[tuple[str, ...], Look, Outcome]] = {
    "in": (("in(red_cube, bin)",), Look(at={"red_cube": BIN}), SUCCEEDED),
    "not in": (("in(red_cube, bin)",), Look(at={"red_cube": TABLE}), FAILED),
    "held inside": (("in(red_cube, bin)",), grip(BIN, at={"red_cube": BIN}), FAILED),
    "object never seen": (("in(red_cube, bin)",), Look(gone=("red_cube",)), UNDECIDED),
    "place never seen": (("in(red_cube, bin)",), Look(at={"red_cube": BIN}, gone=("bin",)), UNDECIDED),
    "on": (("on(red_cube, tray)",), Look(at={"red_cube": TRAY}), SUCCEEDED),
    "not on": (("on(red_cube, tray)",), Look(at={"red_cube": TABLE}), FAILED),
    "open": (("open(drawer)",), drawer(0.14), SUCCEEDED),
    "not open": (("open(drawer)",), drawer(0.02), FAILED),
    "closed": (("closed(drawer)",), drawer(0.003), SUCCEEDED),
    "not closed": (("closed(drawer)",), drawer(0.02), FAILED),
    "drawer without reading": (("closed(drawer)",), Look(states={"drawer": {}}), UNDECIDED),
    "held": (("held(red_cube)",), grip(HIGH, at={"red_cube": HIGH}), SUCCEEDED),
    "not held": (("held(red_cube)",), Look(at={"red_cube": HIGH}), FAILED),
    "empty": (("gripper_empty()",), Look(), SUCCEEDED),
    "not empty": (("gripper_empty()",), grip(HIGH), FAILED),
    "of another kind": (("pressed(button)",), lamp(1.0), UNDECIDED),
    "one of two fails": (("in(red_cube, bin)", "open(drawer)"), drawer(0.0, at={"red_cube": BIN}), FAILED),
    "one fails, one unseen": (("open(drawer)", "in(red_cube, bin)"), drawer(0.0, gone=("red_cube",)), FAILED),
    "one holds, one unseen": (("open(drawer)", "in(red_cube, bin)"), drawer(0.14, gone=("red_cube",)), UNDECIDED),
}


@pytest.mark.parametrize("case", FACTS)
def test_lasting_facts_are_judged_from_what_is_seen(case: str) -> None:
    facts, now, expected = FACTS[case]
    verdict = judge_facts(facts, now)
    assert verdict.outcome is expected, verdict
    assert verdict.stage == "task.verdict"
    for fact in facts:
        assert fact in verdict.evidence
    json.dumps(verdict.to_json(), allow_nan=False)


def test_what_lies_in_a_shut_drawer_is_believed_where_it_was_last_seen() -> None:
    item = base().scene.objects["drawer"]
    assert item.interior is not None
    inside = tuple(item.pose_object_in_base.transform(item.interior.center_m).tolist())
    look = drawer(0.0, at={"red_cube": inside}, hidden=("red_cube",))
    verdict = judge_facts(("in(red_cube, drawer)", "closed(drawer)"), look)
    assert verdict.succeeded
    assert "was last seen" in verdict.message
    assert verdict.evidence["in(red_cube, drawer)"]["visible"] is False


# Several agreeing looks


def effect_judge() -> EffectJudge:
    judge = EffectJudge(specs()["release"])
    judge.begin(SkillCall("release", TO_BIN), ON_TABLE.evidence())
    return judge


IN_BIN = Look(at={"red_cube": BIN})
UNSEEN = Look(at={"red_cube": BIN}, hidden=("red_cube",))


def test_success_needs_four_agreeing_looks() -> None:
    verdict, looks = watch(effect_judge().judge, lambda n: IN_BIN.evidence(n * PERIOD_S))
    assert verdict.succeeded
    assert looks == verdict.evidence["agreeing_looks"] == 4


def test_same_scene_again_is_no_further_look() -> None:
    frozen = IN_BIN.evidence(7.0)
    verdict, _ = watch(effect_judge().judge, lambda _: frozen)
    assert verdict.outcome is UNDECIDED
    assert verdict.evidence["agreeing_looks"] == 1
    assert "only 1" in verdict.message


def test_contrary_look_begins_the_count_anew() -> None:
    looks = [IN_BIN, IN_BIN, IN_BIN, ON_TABLE, IN_BIN, IN_BIN, IN_BIN, IN_BIN]
    # The object seems to jump back: that look counts as movement.
    verdict, count = watch(effect_judge().judge, lambda n: looks[min(n, 7)].evidence(n * PERIOD_S))
    assert verdict.succeeded
    assert count == 9


def test_unseen_look_neither_counts_nor_resets() -> None:
    looks = [IN_BIN, IN_BIN, UNSEEN, IN_BIN, IN_BIN]
    verdict, count = watch(effect_judge().judge, lambda n: looks[n].evidence(n * PERIOD_S))
    assert verdict.succeeded
    assert count == 5


def test_flicker_never_becomes_a_success() -> None:
    verdict, count = watch(effect_judge().judge, lambda n: (IN_BIN if n % 3 else ON_TABLE).evidence(n * PERIOD_S))
    assert not verdict.succeeded
    assert count * PERIOD_S == pytest.approx(2.0, abs=0.1), "patience is two seconds"


def test_any_mixture_of_looks_succeeds_only_after_four_agreeing_ones() -> None:
    random = np.random.default_rng(5)
    successes = 0
    for _ in range(40):
        drawn = random.choice([0, 1, 2], size=60, p=[0.25, 0.5, 0.25])
        shown = [[ON_TABLE, IN_BIN, UNSEEN][kind] for kind in drawn]
        judge, atoms = FactsJudge(), (Atom("in", ("red_cube", "bin")),)
        verdict, count = watch(
            lambda seen, at_s, judge=judge, atoms=atoms: judge.judge(atoms, seen, at_s),
            lambda n, shown=shown: shown[n].evidence(n * PERIOD_S),
        )
        if verdict.succeeded:
            successes += 1
            # To the judge of the goal a believed place counts, a look at another place does not.
            assert ON_TABLE not in shown[count - 4 : count]
    assert 0 < successes <= 40


def test_judge_that_was_not_told_what_was_before_refuses() -> None:
    with pytest.raises(RuntimeError, match="begin"):
        EffectJudge(specs()["grasp"]).judge(base(), 0.0)


def test_every_skill_names_a_check_that_there_is() -> None:
    assert {spec.checker for spec in specs().values()} <= set(CHECKERS)
