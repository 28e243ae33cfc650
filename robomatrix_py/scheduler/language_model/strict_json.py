"""JSON that strangers wrote: read without surprises."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def read_object(text: str) -> dict[str, Any]:
    """Return the JSON object in a text.

    Raises:
        ValueError: It is no JSON object, names a key twice, nests too deeply, or has a number that is none.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")
    return value


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("it names a key twice")
    return values


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
