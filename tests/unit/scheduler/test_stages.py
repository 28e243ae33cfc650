"""What ordered goals mean, and what is left of them."""

from __future__ import annotations

import pytest

from robomatrix_py.contracts.plan import Goal
from robomatrix_py.contracts.predicate import Atom
from robomatrix_py.contracts.skill import SkillCall
from robomatrix_py.scheduler.remainder import remaining_goals
from robomatrix_py.scheduler.stages import contradicts, stage_ends, standing

PRESS = SkillCall("press", {"button": "button"})


def goal(*atoms: str, call: SkillCall | None = None) -> Goal:
    """Return a goal from text."""
    return Goal(tuple(Atom.parse(text) for text in atoms), call=call)


def atoms(*texts: str) -> frozenset[Atom]:
    """Return facts from text."""
    return frozenset(Atom.parse(text) for text in texts)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("open(drawer)", "closed(drawer)", True),
        ("open(drawer)", "closed(other)", False),
        ("in(cube, bin)", "in(cube, bowl)", True),
        ("in(cube, bin)", "on(cube, tray)", True),
        ("in(cube, bin)", "held(cube)", True),
        ("in(cube, bin)", "in(ball, bin)", False),
        ("held(cube)", "held(ball)", True),
        ("on(a, b)", "on(b, a)", True),
        ("on(a, b)", "on(b, c)", False),
        ("in(cube, bin)", "in(cube, bin)", False),
        ("open(drawer)", "in(cube, drawer)", False),
    ],
)
def test_contradictions(one: str, other: str, expected: bool) -> None:
    assert contradicts(Atom.parse(one), Atom.parse(other)) is expected
    assert contradicts(Atom.parse(other), Atom.parse(one)) is expected


def test_what_stands_at_the_end_is_what_no_later_stage_takes_back() -> None:
    goals = [
        goal("open(drawer)"),
        goal("in(can, drawer)"),
        goal("pressed(button)", call=PRESS),
        goal("closed(drawer)"),
    ]
    assert standing(goals) == atoms("in(can, drawer)", "closed(drawer)")


def test_stages_end_as_early_as_they_can() -> None:
    steps = [SkillCall("open_drawer", {"drawer": "drawer"}), PRESS, PRESS]
    states = [atoms(), atoms("open(drawer)"), atoms("open(drawer)"), atoms("open(drawer)")]
    press = goal("pressed(button)", call=PRESS)
    assert stage_ends(steps, [goal("open(drawer)"), press, press], states) == (1, 2, 3)
    assert stage_ends(steps, [goal("open(drawer)"), press, press, press], states) == (1, 2, 3)
    assert stage_ends(steps, [goal("closed(drawer)")], states) == ()


def test_a_stage_is_not_over_while_what_was_reached_before_is_lost() -> None:
    steps = [SkillCall("a"), SkillCall("b")]
    states = [atoms("in(cube, bin)"), atoms("open(drawer)"), atoms("in(cube, bin)", "open(drawer)")]
    assert stage_ends(steps, [goal("in(cube, bin)"), goal("open(drawer)")], states) == (0, 2)


def test_what_is_left_keeps_what_was_reached_and_does_nothing_twice() -> None:
    goals = [goal("in(cube, bin)"), goal("pressed(button)", call=PRESS), goal("open(drawer)")]
    left = remaining_goals(goals, 1, [PRESS])
    assert [sorted(map(str, g.atoms)) for g in left] == [["in(cube, bin)"], [], ["open(drawer)"]]
    assert all(g.call is None for g in left)
    assert remaining_goals(goals, 1, [])[1].call == PRESS


def test_what_is_to_be_in_hand_at_the_end_is_taken_in_hand_last() -> None:
    goals = [goal("held(cube)"), goal("pressed(button)", call=PRESS)]
    assert [g.atoms for g in remaining_goals(goals, 1, [])] == [goals[1].atoms, goals[0].atoms]
    taken_back = [goal("held(cube)"), goal("in(cube, bin)")]
    assert remaining_goals(taken_back, 1, []) == (taken_back[1],)
