"""Foreign text in messages: on one line, without control characters, not too long."""

from __future__ import annotations

_LENGTH_MAX = 60


def quote(value: object) -> str:
    """Return a value in single quotes, fit to stand in a one-line message."""
    return f"'{plain(value)}'"


def plain(value: object, length_max: int = _LENGTH_MAX) -> str:
    """Return a value as text without control characters, cut to `length_max` characters."""
    text = value if isinstance(value, str) else _text(value)
    # A look-ahead keeps the work bounded however long the text is.
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: length_max + 1])
    return shown if len(shown) <= length_max else shown[: length_max - 3] + "..."


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        # Python refuses to write very long integers.
        return "a number beyond 10^18"
    if isinstance(value, int | float | None):
        return str(value)
    return type(value).__name__
