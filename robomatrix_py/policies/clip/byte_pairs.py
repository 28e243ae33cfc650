"""The language of pretrained open_clip models: pairs of bytes merged by rank. Any text can be read. No torch.

The numbers are those of open_clip's own tokenizer (Sennrich et al., arXiv 1508.07909, over bytes). Two things differ on
purpose: a text that does not fit is refused, not cut off, and marks such as ``<end_of_text>`` in a text are plain
characters. Wrongly decoded text is not repaired.
"""

from __future__ import annotations

import html
import json
import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.errors import ConfigError

KIND = "byte_pairs"
"""How such a vocabulary's file says what it is."""
CLEANINGS = ("lower", "canonicalize", "whitespace")
"""What may be done to a text first: lower case, or without punctuation too, or neither."""
_END = "</w>"
_CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
_QUOTES = {"'": "‘’‚‛ʼ", '"': "“”„‟"}
# Typographic quotation marks and full-width signs as plain ones.
_PLAIN = {ord(sign): plain for plain, signs in _QUOTES.items() for sign in signs}
_PLAIN |= {0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)}


class BytePairVocabulary:
    """Texts as numbers of merged bytes.

    Args:
        merges: Pairs of pieces, ``"a b"``, the most frequent first.
        context: Most tokens in a text, first and last mark included.
        cleaning: One of `CLEANINGS`.

    Raises:
        ConfigError: A merge is no pair, or a value is not permitted.
    """

    def __init__(self, merges: Sequence[str], context: int, cleaning: str = CLEANINGS[0]) -> None:
        pairs = [tuple(merge.split(" ")) for merge in merges]
        if any(len(pair) != 2 for pair in pairs):
            raise ConfigError("a merge is no pair", where="merges")
        if context < 3:
            raise ConfigError(f"context is {context}", where="context", permitted="at least 3")
        if cleaning not in CLEANINGS:
            raise ConfigError(f"unknown cleaning '{cleaning}'", where="cleaning", permitted=CLEANINGS)
        self.merges = tuple(merges)
        self.context = context
        self.cleaning = cleaning
        self._sign = _byte_signs()
        self._rank = {pair: rank for rank, pair in enumerate(pairs)}
        signs = list(self._sign.values())
        pieces = [*signs, *(sign + _END for sign in signs), *("".join(pair) for pair in pairs)]
        # A piece that can be made in two ways has the last number, as in open_clip.
        self._number = {piece: number for number, piece in enumerate(pieces)}
        self.first = len(pieces)
        self.last = len(pieces) + 1
        self._known: dict[str, tuple[int, ...]] = {}

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return self.last + 1

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the tokens of texts, shape (len(texts), context), filled up with 0.

        Raises:
            ConfigError: A text is empty or too long.
        """
        result = np.zeros((len(texts), self.context), dtype=np.int64)
        for row, text in enumerate(texts):
            tokens = [self.first, *self._of(text), self.last]
            if len(tokens) == 2:
                raise ConfigError("the text has no words", where="text", code="TEXT")
            if len(tokens) > self.context:
                raise ConfigError(
                    f"{len(tokens)} tokens in '{text[:60]}'", where="text", permitted=f"at most {self.context}"
                )
            result[row, : len(tokens)] = tokens
        return result

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        value = {"kind": KIND, "context": self.context, "cleaning": self.cleaning, "merges": self.merges}
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")

    def _of(self, text: str) -> Iterator[int]:
        for word in _words(_cleaned(text, self.cleaning)):
            if word not in self._known:
                self._known[word] = self._merged(word)
            yield from self._known[word]

    def _merged(self, word: str) -> tuple[int, ...]:
        pieces = [self._sign[byte] for byte in word.encode("utf-8", errors="replace")]
        pieces[-1] += _END
        while len(pieces) > 1:
            best = min(pairwise(pieces), key=lambda pair: self._rank.get(pair, len(self._rank)))
            if best not in self._rank:
                break
            joined, index = [], 0
            while index < len(pieces):
                step = 2 if tuple(pieces[index : index + 2]) == best else 1
                joined.append("".join(pieces[index : index + step]))
                index += step
            pieces = joined
        return tuple(self._number[piece] for piece in pieces)


def byte_pair_vocabulary(value: Mapping[str, Any]) -> BytePairVocabulary:
    """Return what was saved.

    Raises:
        KeyError, TypeError, ValueError, ConfigError: The value is no such vocabulary.
    """
    return BytePairVocabulary([str(merge) for merge in value["merges"]], int(value["context"]), str(value["cleaning"]))


def _byte_signs() -> dict[int, str]:
    """Return a visible sign for every byte: itself where it has one, else one from beyond the 256 first."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in set(visible)]
    return {byte: chr(byte) for byte in visible} | {byte: chr(256 + index) for index, byte in enumerate(hidden)}


def _cleaned(text: str, cleaning: str) -> str:
    text = html.unescape(html.unescape(unicodedata.normalize("NFC", text.translate(_PLAIN))))
    text = "".join(sign for sign in text if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cs"))
    if cleaning == "canonicalize":
        text = text.replace("_", " ").translate(str.maketrans("", "", string.punctuation))
    text = " ".join(text.split())
    return text if cleaning == "whitespace" else text.lower()


def _words(text: str) -> Iterator[str]:
    """Yield runs of letters, single digits, runs of other signs, and the short ends of English words."""
    begin = 0
    while begin < len(text):
        if text[begin].isspace():
            begin += 1
            continue
        short = next((end for end in _CONTRACTIONS if text[begin : begin + len(end)].lower() == end), "")
        end = begin + max(1, len(short))
        kind = _kind(text[begin])
        while not short and kind != "N" and end < len(text) and _kind(text[end]) == kind:
            end += 1
        yield text[begin:end]
        begin = end


def _kind(sign: str) -> str:
    """Return L for a letter, N for a digit or number, a blank for white space, P for all else."""
    if sign.isspace():
        return " "
    group = unicodedata.category(sign)[0]
    return group if group in "LN" else "P"
