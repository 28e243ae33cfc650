"""Corrects small slips of the keyboard, only towards known words and never from one known word to another."""

from __future__ import annotations

from collections.abc import Collection, Iterable

_SHORTEST = 3
_VOWELS = frozenset("aeiou")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LONG = 8


class Speller:
    """Finds the one known word that a mistyped word must stand for.

    Args:
        known: Words that may be the result.
        real: Further real words, which are never taken for slips.
    """

    def __init__(self, known: Iterable[str], real: Collection[str] = ()) -> None:
        self._known = sorted({word for word in known if word.isascii() and word.isalpha() and len(word) >= _SHORTEST})
        self._real = frozenset(real) | frozenset(self._known)

    def correct(self, word: str) -> str:
        """Return the known word that `word` is a slip of, or an empty string if there is not just one."""
        if word in self._real or len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
            return ""
        close = [known for known in self._known if _is_slip(word, known)]
        if len(close) == 2 and close[1] == f"{close[0]}s":
            # Between a noun and its plural, the one as long as the word; a letter too many is the likelier slip.
            return close[0] if len(word) != len(close[1]) or not word.endswith("s") else close[1]
        return close[0] if len(close) == 1 else ""


def _is_slip(word: str, known: str) -> bool:
    """Return whether `word` is `known` with one slip, or with two if both are long.

    A slip is two letters swapped, a letter left out or doubled or added, or a letter replaced by its
    neighbour on the keyboard or a vowel by a vowel. The first letter is right, unless it was swapped. Short
    words allow only a swap or a doubled letter.
    """
    if abs(len(word) - len(known)) > (2 if min(len(word), len(known)) >= _LONG else 1) or word == known:
        return False
    if _swapped(word, known) or _doubled(word, known):
        return True
    if len(known) <= _SHORTEST or len(word) < _SHORTEST or word[0] != known[0]:
        return False
    if _one_slip(word, known):
        return True
    return len(known) >= _LONG and _two_slips(word, known)


def _swapped(word: str, known: str) -> bool:
    if len(word) != len(known):
        return False
    differ = [i for i, (a, b) in enumerate(zip(word, known, strict=True)) if a != b]
    return (
        len(differ) == 2
        and differ[1] == differ[0] + 1
        and word[differ[0]] == known[differ[1]]
        and word[differ[1]] == known[differ[0]]
    )


def _doubled(word: str, known: str) -> bool:
    return any(known[: i + 1] + known[i:] == word for i in range(len(known)))


def _one_slip(word: str, known: str) -> bool:
    start = 0
    while start < min(len(word), len(known)) and word[start] == known[start]:
        start += 1
    if len(word) == len(known):
        return word[start + 1 :] == known[start + 1 :] and _alike(word[start], known[start], len(known))
    longer, shorter = (word, known) if len(word) > len(known) else (known, word)
    return longer[start + 1 :] == shorter[start:]


def _two_slips(word: str, known: str) -> bool:
    """Return whether one letter can be dropped or swapped in `word` so that one slip is left."""
    for i in range(1, len(word)):
        dropped = word[:i] + word[i + 1 :]
        swapped = word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :]
        for candidate in (dropped, swapped):
            alike = candidate[0] == known[0] and abs(len(candidate) - len(known)) <= 1
            if alike and (candidate == known or _one_slip(candidate, known)):
                return True
    return False


def _alike(one: str, other: str, length: int) -> bool:
    if one in _VOWELS and other in _VOWELS and length > 4:
        return True
    return any(_adjacent(one, other, upper, lower) for upper, lower in zip(_ROWS, (*_ROWS[1:], ""), strict=True))


def _adjacent(one: str, other: str, upper: str, lower: str) -> bool:
    """Return whether two letters lie side by side in a row or touch in the row below."""
    if one in upper and other in upper:
        return abs(upper.index(one) - upper.index(other)) == 1
    if one in lower and other in upper:
        one, other = other, one
    if one in upper and other in lower:
        return upper.index(one) - lower.index(other) in (0, 1)
    return False
