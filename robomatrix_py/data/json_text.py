"""JSON as every reader accepts it: numpy values as plain ones, and null where a number is not finite."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def json_line(value: object) -> bytes:
    """Return a value as one line of JSON with its line end, UTF-8."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def json_document(value: object) -> bytes:
    """Return a value as indented JSON with a line end, UTF-8."""
    return json.dumps(plain(value), ensure_ascii=False, indent=2).encode() + b"\n"


def plain(value: object) -> Any:
    """Return a value in JSON's own types; what has no such form becomes its text, since a log must not fail.

    Args:
        value: Nested mappings, sequences, sets, numpy arrays and scalars, numbers, texts; anything else.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            # A lone surrogate (an undecodable byte of a command line) cannot be written as UTF-8.
            return str(value).encode("utf-8", "backslashreplace").decode()
        case float():
            return float(value) if math.isfinite(value) else None
        case np.generic() | np.ndarray():
            return plain(value.tolist())
        case Mapping():
            return {plain(str(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
        case _:
            return str(value)
