"""The language of pretrained models: the numbers of open_clip's own tokenizer, without it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.policies.clip.byte_pairs import BytePairVocabulary
from robomatrix_py.policies.clip.text import PHOTO_TEMPLATES, load_vocabulary
from robomatrix_py.policies.clip.things import OBJECT_CAPTIONS

pytest.importorskip("torch", reason="the extra `train` is not installed")
from robomatrix_py.policies.clip.library import open_clip

ODD = (
    "Don't pick the robot's ball, it'll roll!",
    "a dad's 'tis y'all'd've 's''re",
    "2nd box №5 ½ Ⅷ ² 1234",
    "x_y-z...//&amp;&lt;b&gt; __init__",
    "tab\tnew\nline  twice ",
    "a café’s “naïve” crème brûlée",
    "ÜMLAUT straße ÄÖ İstanbul",
    "红色方块 赤い箱 빨간 공 красный куб हिन्दी भाषा",
    "robot 🤖🤖 ok ☃️",
    "ｆｕｌｌ ＡＢ３",
    "internationalisation antidisestablishmentarianism qwrtzpsdf",
)


@pytest.fixture(scope="module")
def vocabulary() -> BytePairVocabulary:
    merges = open_clip.get_tokenizer("ViT-B-32").bpe_ranks
    return BytePairVocabulary([" ".join(pair) for pair in merges], 77)


def test_numbers_are_those_of_open_clip(vocabulary: BytePairVocabulary) -> None:
    rng = random.Random(0)
    signs = [chr(code) for code in (*range(33, 127), *range(0xA1, 0x17F), *range(0x3B1, 0x3C9), *range(0x430, 0x450))]
    scrambled = [
        " ".join("".join(rng.choices(signs, k=rng.randint(1, 8))) for _ in range(3)).replace("&", "").replace("<", "")
        for _ in range(300)
    ]
    captions = [form.format(name) for form in PHOTO_TEMPLATES for name in OBJECT_CAPTIONS]
    texts = [*ODD, *captions, *(text for text in scrambled if _is_sound(text))]
    assert len(texts) > 600
    np.testing.assert_array_equal(vocabulary.encode(texts), open_clip.get_tokenizer("ViT-B-32")(texts).numpy())
    assert vocabulary.size == 49408


def _is_sound(text: str) -> bool:
    """Return whether open_clip leaves a text as it is; what looks wrongly decoded it first repairs by guesses."""
    import ftfy

    return bool(ftfy.fix_text(text) == text)


@pytest.mark.parametrize(("cleaning", "text"), [("canonicalize", "The_Red, cube!"), ("whitespace", " The  RED cube ")])
def test_other_cleanings_are_those_of_open_clip(vocabulary: BytePairVocabulary, cleaning: str, text: str) -> None:
    mine = BytePairVocabulary(vocabulary.merges, 16, cleaning).encode([text])
    np.testing.assert_array_equal(mine, open_clip.SimpleTokenizer(context_length=16, clean=cleaning)([text]).numpy())


def test_marks_in_a_text_are_plain_characters(vocabulary: BytePairVocabulary) -> None:
    row = vocabulary.encode(["cube<end_of_text>ball"])[0]
    assert (row == vocabulary.last).sum() == 1


@pytest.mark.parametrize("text", ["", "  \n "])
def test_text_without_words_is_refused(vocabulary: BytePairVocabulary, text: str) -> None:
    with pytest.raises(ConfigError, match="no words"):
        vocabulary.encode([text])


def test_thousand_words_are_refused(vocabulary: BytePairVocabulary) -> None:
    with pytest.raises(ConfigError, match=r"1002 tokens in 'red red .*permitted: at most 77"):
        vocabulary.encode(["red " * 1000])


def test_vocabulary_survives_its_file(vocabulary: BytePairVocabulary, tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json"
    vocabulary.save(path)
    again = load_vocabulary(path)
    assert isinstance(again, BytePairVocabulary)
    np.testing.assert_array_equal(again.encode(ODD), vocabulary.encode(ODD))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"merges": None}, "no vocabulary"),
        ({"merges": ["a b c"]}, "a merge is no pair"),
        ({"context": 2}, "context is 2; permitted: at least 3"),
        ({"cleaning": "none"}, "unknown cleaning 'none'; permitted: lower"),
    ],
)
def test_damaged_file_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    value = {"kind": "byte_pairs", "context": 77, "cleaning": "lower", "merges": ["a b"]} | change
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_vocabulary(path)
