"""Corrections in plain words: what they mean, in the base frame; contradictions and nonsense are told as such."""

from __future__ import annotations

import math

import pytest
from correction_phrases import MOTIONS, OTHERS, UNCLEAR
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.contracts.correction import Nudge
from robomatrix_py.contracts.stop_words import asks_to_stop
from robomatrix_py.scheduler.corrections.correction import Kind, describe
from robomatrix_py.scheduler.corrections.motions import LANGUAGE_MOTIONS
from robomatrix_py.scheduler.corrections.parser import parse


def test_there_are_at_least_a_hundred_phrases() -> None:
    assert len(MOTIONS) + len(OTHERS) + len(UNCLEAR) >= 100


@pytest.mark.parametrize(("text", "wanted"), MOTIONS.items())
def test_motions(text: str, wanted: dict[str, float]) -> None:
    found = parse(text)
    assert found.kind is Kind.MOTION, found
    assert found.nudge.shift_m == pytest.approx([wanted.get(axis, 0.0) for axis in "xyz"])
    assert math.degrees(found.nudge.turn_rad) == pytest.approx(wanted.get("deg", 0.0))
    assert found.nudge.opening == pytest.approx(wanted.get("open", 0.0))
    assert found.nudge.speed_factor == pytest.approx(wanted.get("speed", 1.0))


@pytest.mark.parametrize(("text", "wanted"), OTHERS.items())
def test_other_corrections(text: str, wanted: tuple[str, str]) -> None:
    found = parse(text)
    assert (found.kind.value, found.words) == wanted, found


@pytest.mark.parametrize(("text", "reason"), UNCLEAR.items())
def test_what_is_not_understood_says_why(text: str, reason: str) -> None:
    found = parse(text)
    assert found.kind is Kind.UNCLEAR
    assert reason in found.reason


def test_every_language_motion_is_understood_by_its_name() -> None:
    assert len(LANGUAGE_MOTIONS) >= 20
    for name, nudge in LANGUAGE_MOTIONS.items():
        assert parse(name).nudge == nudge, name


@given(st.text(max_size=400))
def test_every_text_has_an_answer_that_can_be_said(text: str) -> None:
    found = parse(text)
    assert str(found)
    assert (found.kind is Kind.UNCLEAR) == bool(found.reason)
    assert (found.kind is Kind.STOP) == asks_to_stop(text)


@given(st.text(alphabet="abc ,.!?\n\t", max_size=30), st.text(alphabet="abc ,.!?\n\t", max_size=30))
def test_stop_is_heard_in_whatever_it_stands(before: str, after: str) -> None:
    assert asks_to_stop(f"{before} stop {after}")
    assert asks_to_stop(f"{before}! STOP. {after}")


@pytest.mark.parametrize("text", ["don't stop", "do not stop", "non-stop", "never stop", "stopwatch", "on top"])
def test_what_is_no_stop(text: str) -> None:
    assert not asks_to_stop(text)


def test_a_stop_after_a_negated_one_counts() -> None:
    assert asks_to_stop("don't stop. No! Stop!")


def test_a_motion_is_described_in_the_base_frame() -> None:
    nudge = Nudge((0.01, -0.02, 0.0), -math.radians(10), 0.1, 0.5)
    assert describe(nudge) == (
        "1 cm forward, 2 cm right, turn 10 degrees clockwise, open the gripper by 10 percent, 0.5 times the speed"
    )
