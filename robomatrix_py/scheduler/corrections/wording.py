"""Brings typed text into one form, and reads numbers, units and size words from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

_NUMBERS = {
    word: float(number)
    for number, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
            *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
        )
    )
} | {"thirty": 30.0, "forty": 40.0, "ninety": 90.0, "half": 0.5, "couple": 2.0, "few": 3.0}


class Measure(Enum):
    """What a number measures."""

    LENGTH = auto()
    ANGLE = auto()
    SHARE = auto()


_UNITS: dict[str, tuple[Measure, float]] = {
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), (Measure.LENGTH, 0.001)),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), (Measure.LENGTH, 0.01)),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), (Measure.LENGTH, 1.0)),
    **dict.fromkeys(("inch", "inches"), (Measure.LENGTH, 0.0254)),
    **dict.fromkeys(("degree", "degrees", "deg"), (Measure.ANGLE, 0.017453292519943295)),
    **dict.fromkeys(("radian", "radians", "rad"), (Measure.ANGLE, 1.0)),
    **dict.fromkeys(("percent", "per cent"), (Measure.SHARE, 0.01)),
}


class Size(Enum):
    """How much, where no number is given."""

    TINY = auto()
    SMALL = auto()
    PLAIN = auto()
    MUCH = auto()


_SIZES = {
    **dict.fromkeys(("tiny", "hair", "smidge", "smidgen", "whisker", "minimally"), Size.TINY),
    **dict.fromkeys(("bit", "little", "slightly", "tad", "touch", "slight", "somewhat"), Size.SMALL),
    **dict.fromkeys(("lot", "lots", "much", "far", "way", "quite", "considerably"), Size.MUCH),
}
SIZE_WORDS = frozenset(_SIZES)
NUMBER_WORDS = frozenset(_NUMBERS) | frozenset(_UNITS)


@dataclass(frozen=True)
class Amount:
    """How much.

    Args:
        size: In words.
        value: In m, rad or as a share, where a number is given.
        measure: What the number measures; None for a number without a unit.
    """

    size: Size = Size.PLAIN
    value: float | None = None
    measure: Measure | None = None


def normalised(text: str) -> str:
    """Return a text in lower case with single spaces; of its punctuation commas are left, which part clauses."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = folded.replace("°", " degrees ").replace("%", " percent ")
    folded = re.sub(r"[\u2019']", "", folded)
    folded = re.sub(r"(\d),(\d)", r"\1.\2", folded)
    folded = re.sub(r"(\d)([a-z])", r"\1 \2", folded)
    folded = re.sub(r"(?<!\d)\.|\.(?!\d)|[;:!?\n\u2013\u2014]+", ",", folded)
    folded = re.sub(r"[^\w\s.,]|_", " ", folded)
    folded = re.sub(r"\s*,[\s,]*", ", ", re.sub(r"\s+", " ", folded))
    return folded.strip(" ,")


def take_amount(words: Sequence[str]) -> tuple[Amount, list[str]]:
    """Return how much some words say, and the words that are left."""
    size, value, measure = Size.PLAIN, None, None
    left: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        number = _number(word)
        unit = _UNITS.get(word)
        if number is not None:
            value = (value or 0.0) + number if word == "half" and value is not None else number
        elif unit is not None:
            measure = unit[0]
            # `a centimetre` is one.
            value = (1.0 if value is None else value) * unit[1]
        elif word in _SIZES:
            # Of `a tiny bit` tiny counts, of `quite a bit` quite.
            size = _SIZES[word] if size is Size.PLAIN or size is Size.SMALL else size
        else:
            left.append(word)
        position += 1
    return Amount(size, value, measure), left


def _number(word: str) -> float | None:
    if word in _NUMBERS:
        return _NUMBERS[word]
    return float(word) if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", word) else None
