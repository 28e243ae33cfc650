"""Tokens and spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.scheduler.language.lexicon import COLORS, LIVING, NOUNS, REAL_WORDS
from robomatrix_py.scheduler.language.spelling import Speller
from robomatrix_py.scheduler.language.tokens import tokenise

KNOWN = (
    {word for noun in NOUNS for word in noun.split()}
    | set(COLORS)
    | {"put", "open", "close", "place", "the", "in", "and"}
)
SPELLER = Speller(KNOWN, REAL_WORDS | LIVING)


def texts(instruction: str) -> list[str]:
    """Return the texts of the tokens."""
    return [token.text for token in tokenise(instruction)]


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("Put it, please.", ["put", "it", ",", "please", "."]),
        ("don't open", ["do", "not", "open"]),
        ("don\u2019t open", ["do", "not", "open"]),
        ("\u201cred-cube\u201d", ["red", "cube"]),
        ("red_cube_2", ["red_cube_2"]),
        ("5cm or 0.05 m", ["5", "cm", "or", "0.05", "m"]),
        ("... , go ,, now !!", ["go", ",", "now", "."]),
        ("one\r\ntwo\n\nthree", ["one", ".", "two", ".", "three"]),
        ("a{b}", ["a", "{", "b", "}"]),
        ("", []),
    ],
)
def test_tokens(instruction: str, expected: list[str]) -> None:
    assert texts(instruction) == expected


@given(st.text())
def test_no_character_but_spaces_quotes_and_breaks_is_lost(text: str) -> None:
    kept = "".join(token.raw for token in tokenise(text))
    assert all(c in kept for c in text if c in "{}<>/\\|()=+%$#\x00\x1b")


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ("cubr", "cube"),
        ("cueb", "cube"),
        ("cbue", "cube"),
        ("bal", "ball"),
        ("balll", "ball"),
        ("gren", "green"),
        ("grean", "green"),
        ("yelow", "yellow"),
        ("purpel", "purple"),
        ("bottel", "bottle"),
        ("drwer", "drawer"),
        ("drwaer", "drawer"),
        ("cabbinet", "cabinet"),
        ("teh", "the"),
        ("adn", "and"),
        ("pputt", ""),
        ("opne", "open"),
        ("cylindr", "cylinder"),
        ("clyinderr", "cylinder"),
    ],
)
def test_slips_are_corrected(slip: str, word: str) -> None:
    assert SPELLER.correct(slip) == word


@pytest.mark.parametrize(
    "word",
    [
        "bell",
        "bull",
        "clock",
        "tablet",
        "cup",
        "cone",
        "car",
        "bowel",
        "cable",
        "glass",
        "plan",
        "elephant",
        "x",
        "hand",
    ],
)
def test_other_words_are_left_alone(word: str) -> None:
    assert SPELLER.correct(word) == ""


@given(st.sampled_from(sorted(KNOWN)))
def test_a_known_word_never_becomes_another(word: str) -> None:
    assert SPELLER.correct(word) == ""


def test_no_colour_is_a_slip_of_another_and_no_noun_of_another() -> None:
    for words in (COLORS, [noun for noun in NOUNS if " " not in noun]):
        for word in words:
            assert Speller(set(words) - {word}).correct(word) == "" or word in REAL_WORDS | KNOWN
