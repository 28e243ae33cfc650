"""Typing errors as people make them: one or two slips, in words of four letters or more."""

from __future__ import annotations

import numpy as np

_NEIGHBOURS = {
    "a": "s",
    "b": "v",
    "c": "x",
    "d": "f",
    "e": "r",
    "f": "g",
    "g": "h",
    "h": "j",
    "i": "o",
    "j": "k",
    "k": "l",
    "l": "k",
    "m": "n",
    "n": "m",
    "o": "p",
    "p": "o",
    "q": "w",
    "r": "t",
    "s": "d",
    "t": "y",
    "u": "i",
    "v": "b",
    "w": "e",
    "x": "c",
    "y": "u",
    "z": "x",
}
"""The key beside each on a keyboard in English layout."""
_SHORTEST = 4


def misspell(text: str, rng: np.random.Generator) -> str:
    """Return a text with one or two slips: a letter left out, doubled, swapped with the next, or the key beside it."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if sum(map(str.isalpha, word)) >= _SHORTEST]
    for i in rng.permutation(long)[: int(rng.integers(1, 3))]:
        words[i] = _slip(words[i], rng)
    return " ".join(words)


def _slip(word: str, rng: np.random.Generator) -> str:
    # The first letter is rarely wrong, and readers lean on it.
    at = 1 + int(rng.integers(len(word) - 2))
    match int(rng.integers(4)):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case _:
            return word[:at] + _NEIGHBOURS.get(word[at], word[at]) + word[at + 1 :]
