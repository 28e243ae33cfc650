"""The encoder's language: few words, unknown ones refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.policies.clip.text import CONTEXT, TEMPLATES, Vocabulary, load_vocabulary
from robomatrix_py.policies.clip.things import OBJECT_CAPTIONS, THING_CAPTIONS, thing_index

WORDS = Vocabulary({"red": (1,), "cube": (2, 3), "the": (4,)}, first=5, last=6)


def test_text_becomes_marks_and_tokens() -> None:
    rows = WORDS.encode(["the red cube", "Red!"])
    assert rows.shape == (2, CONTEXT)
    assert rows[0, :6].tolist() == [5, 4, 1, 2, 3, 6]
    assert rows[1].tolist() == [5, 1, 6] + [0] * (CONTEXT - 3)


@pytest.mark.parametrize("text", ["", "  ", "123 ?!"])
def test_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no words"):
        WORDS.encode([text])


def test_unknown_words_are_refused_by_name_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown words purple, elephant; permitted: cube, red, the"):
        WORDS.encode(["the purple elephant"])
    assert WORDS.unknown("a red elephant") == ["a", "elephant"]


def test_thousand_words_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"1002 tokens in 'red red .*permitted: at most 12"):
        WORDS.encode(["red " * 1000])


def test_vocabulary_survives_its_file(tmp_path: Path) -> None:
    WORDS.save(tmp_path / "vocabulary.json")
    again = load_vocabulary(tmp_path / "vocabulary.json")
    assert again.encode(["red cube"]).tolist() == WORDS.encode(["red cube"]).tolist()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"tokens": 3, "first": 1, "last": 2}'])
def test_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="no vocabulary"):
        load_vocabulary(path)


def test_every_thing_has_its_class() -> None:
    assert [thing_index(caption) for caption in THING_CAPTIONS] == list(range(len(THING_CAPTIONS)))
    assert len(set(OBJECT_CAPTIONS)) == 64
    assert all("{}" in template for template in TEMPLATES)
