"""The encoder's language: few words, taken from open_clip's vocabulary and numbered anew. No torch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.policies.clip.byte_pairs import KIND, BytePairVocabulary, byte_pair_vocabulary

CONTEXT = 12
"""Most tokens in a text, first and last mark included."""
TEMPLATES = ("{}", "the {}", "a {}", "pick up the {}", "grasp the {}", "{} on the table", "put it in the {}")
"""Phrases around a thing's name; embeddings of a name are averaged over them."""
PHOTO_TEMPLATES = (
    "{}",
    "a {}",
    "the {}",
    "a photo of a {}",
    "a photo of the {}",
    "a photo of a {} on a table",
    "a rendering of a {}",
)
"""The same for pretrained towers, whose texts were captions of pictures."""
BACKGROUND = "background"
"""What has no name of its own: table, floor, arm. It stands in no phrase."""
_WORD = re.compile(r"[a-z]+")
_WORDS_SHOWN = 5
_LETTERS_SHOWN = 40


@dataclass(frozen=True)
class Vocabulary:
    """Words and their tokens.

    Args:
        tokens: By word: its tokens, numbered from 1.
        first: Token that begins a text.
        last: Token that ends a text; the highest of all, as open_clip's text tower reads its output there.
    """

    tokens: Mapping[str, tuple[int, ...]]
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many tokens there are, the filler 0 included."""
        return self.last + 1

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the tokens of texts, shape (len(texts), CONTEXT), filled up with 0.

        Raises:
            ConfigError: A text is empty, too long, or has words that the encoder was never taught.
        """
        result = np.zeros((len(texts), CONTEXT), dtype=np.int64)
        for row, text in enumerate(texts):
            row_tokens = [self.first, *self._of(text), self.last]
            if len(row_tokens) > CONTEXT:
                raise ConfigError(
                    f"{len(row_tokens)} tokens in '{text[:60]}'", where="text", permitted=f"at most {CONTEXT}"
                )
            result[row, : len(row_tokens)] = row_tokens
        return result

    def unknown(self, text: str) -> list[str]:
        """Return the words of a text that the encoder was never taught."""
        return [word for word in _WORD.findall(text.lower()) if word not in self.tokens]

    def _of(self, text: str) -> list[int]:
        words = _WORD.findall(text.lower())
        if not words:
            raise ConfigError("the text has no words", where="text", code="TEXT")
        if foreign := sorted({sign for sign in text if sign.isalpha() and not sign.isascii()}):
            raise ConfigError(
                f"letters {' '.join(foreign[:_WORDS_SHOWN])}", where="text", permitted="English words", code="TEXT"
            )
        if unknown := self.unknown(text):
            raise ConfigError(
                f"unknown words {', '.join(word[:_LETTERS_SHOWN] for word in unknown[:_WORDS_SHOWN])}",
                where="text",
                permitted=sorted(self.tokens),
                code="TEXT",
            )
        return [token for word in words for token in self.tokens[word]]

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        value = {"first": self.first, "last": self.last, "tokens": {k: list(v) for k, v in self.tokens.items()}}
        path.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")


def load_vocabulary(path: Path) -> Vocabulary | BytePairVocabulary:
    """Return what was saved, words or pairs of bytes.

    Raises:
        ConfigError: The file is missing or is no vocabulary.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value.get("kind") == KIND:
            return byte_pair_vocabulary(value)
        tokens = {str(word): tuple(int(token) for token in row) for word, row in value["tokens"].items()}
        return Vocabulary(tokens, int(value["first"]), int(value["last"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"no vocabulary: {error}", where=str(path)) from error


def in_phrase(template: str, text: str) -> str:
    """Return a name in a phrase; the background keeps its bare word."""
    return text if text == BACKGROUND else template.replace("{}", text)
