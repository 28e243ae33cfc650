"""What an answer to a question makes of an instruction."""

from __future__ import annotations

import pytest

from robomatrix_py.contracts.plan import Plan
from robomatrix_py.runtime.dialogue import Dialogue
from robomatrix_py.scheduler.answers import answered

CUBE = ("put the cube in the bin", "the cube")


@pytest.mark.parametrize("said", ["the red cube", "red", "the red one", "red cube", "The red one."])
def test_answer_that_names_a_thing_takes_the_place_of_the_words_asked_about(said: str) -> None:
    assert "put the red cube in the bin" in [words.lower() for words in answered(*CUBE, said)]


def test_words_asked_about_are_found_however_they_are_written() -> None:
    assert "Put the red cube in the bin" in answered("Put THE,  cube in the bin", "the cube", "the red cube")


@pytest.mark.parametrize(
    ("instruction", "about", "said", "meant"),
    [
        (*CUBE, "press the button", "press the button"),
        ("pick up the red cube and put it", "", "in the bin", "pick up the red cube and put it in the bin"),
        ("the red cube", "the red cube", "put it in the bin", "put the red cube in the bin"),
        ("put it in the bin", "it", "the red cube", "put the red cube in the bin"),
        ("polish the red cube", "the red cube", "push it left", "push the red cube left"),
        ("polish the red cube", "the red cube", "pick up", "pick up the red cube"),
    ],
)
def test_answer_may_be_an_instruction_or_the_rest_of_one(instruction: str, about: str, said: str, meant: str) -> None:
    assert meant in answered(instruction, about, said)


def plan_of(words: str) -> Plan:
    if words == "put the red cube in the bin":
        return Plan(words, already_done="it is there")
    if words == CUBE[0]:
        return Plan(words, question="which cube?", about="the cube")
    return Plan(words, refused=f"{words} is not understood")


def test_dialogue_asks_three_times_at_most_and_not_for_ever() -> None:
    dialogue = Dialogue(CUBE[0], 10.0)
    for now_s in (0.0, 20.0, 40.0):
        assert dialogue.begin(dialogue.plan(plan_of), now_s)
        assert not dialogue.is_over(now_s + 9.0)
        assert dialogue.is_over(now_s + 11.0)
        dialogue.take("fish")
    again = dialogue.plan(plan_of)
    assert again.question == "put the fish cube in the bin is not understood. Once more: which cube?"
    assert not dialogue.begin(dialogue.plan(plan_of), 60.0)


def test_dialogue_plans_what_the_answer_means() -> None:
    dialogue = Dialogue(CUBE[0], 10.0)
    assert dialogue.begin(dialogue.plan(plan_of), 0.0)
    dialogue.take("the red one")
    assert dialogue.asked is None
    plan = dialogue.plan(plan_of)
    assert plan.already_done
    assert plan.notes == ("took the answer to mean 'put the red cube in the bin'",)


def test_nothing_is_asked_where_nobody_can_answer() -> None:
    assert not Dialogue(CUBE[0], 0.0).begin(plan_of(CUBE[0]), 0.0)
