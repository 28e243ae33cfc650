"""What the encoder is taught to say: captions by thing, and the vocabulary they need."""

from __future__ import annotations

from collections.abc import Sequence

from robomatrix_py.policies.clip.library import open_clip
from robomatrix_py.policies.clip.text import BACKGROUND, TEMPLATES, Vocabulary, in_phrase
from robomatrix_py.policies.clip.things import COLOR_WORDS, SHAPE_WORDS, THING_CAPTIONS

COLOR_CAPTIONS = tuple(f"{color} object" for color in COLOR_WORDS)
"""Captions of all free objects of a colour."""
SHAPE_CAPTIONS = SHAPE_WORDS
"""Captions of all free objects of a shape."""
LAMP_CAPTIONS = ("dark button", "lit button")
"""Captions of a button by its lamp."""
CAPTIONS = (*THING_CAPTIONS, BACKGROUND, *COLOR_CAPTIONS, *SHAPE_CAPTIONS, *LAMP_CAPTIONS)
"""Every caption; slices of it are named below."""
THINGS = slice(0, len(THING_CAPTIONS) + 1)
"""All things, and the background last."""
_COLORS = THINGS.stop
_SHAPES = _COLORS + len(COLOR_CAPTIONS)
_LAMPS = _SHAPES + len(SHAPE_CAPTIONS)
COLORS = slice(_COLORS, _SHAPES)
"""Colours alone."""
SHAPES = slice(_SHAPES, _LAMPS)
"""Shapes alone."""
LAMPS = slice(_LAMPS, len(CAPTIONS))
"""Lamps alone."""

_BPE_FIRST, _BPE_LAST = 49406, 49407


def make_vocabulary(extra_words: Sequence[str] = ()) -> Vocabulary:
    """Return the words of all captions in all templates, with open_clip's tokens numbered anew.

    Args:
        extra_words: Further words.
    """
    words = sorted({word for text in (*CAPTIONS, *TEMPLATES) for word in text.split() if word != "{}"} | {*extra_words})
    tokenizer = open_clip.get_tokenizer("ViT-B-32")
    bpe = {word: [t for t in row if t not in (0, _BPE_FIRST, _BPE_LAST)] for word, row in _rows(tokenizer, words)}
    used = sorted({token for row in bpe.values() for token in row})
    number = {token: index for index, token in enumerate(used, 1)}
    tokens = {word: tuple(number[token] for token in row) for word, row in bpe.items()}
    return Vocabulary(tokens, len(used) + 1, len(used) + 2)


def _rows(tokenizer: open_clip.SimpleTokenizer, words: list[str]) -> list[tuple[str, list[int]]]:
    return list(zip(words, tokenizer(words).tolist(), strict=True))


def phrased(template: str) -> list[str]:
    """Return every caption in a template; the background keeps its bare word."""
    return [in_phrase(template, caption) for caption in CAPTIONS]
