"""Settings that must lie within ranges."""

from __future__ import annotations

from collections.abc import Mapping


def require_ranges(settings: object, ranges: Mapping[str, tuple[float, float]], where: str = "") -> None:
    """Refuse settings outside their ranges, both ends included.

    Args:
        settings: Whose fields they are.
        ranges: Lowest and highest value by field.
        where: What comes before the field's name in the message, such as ``health.``.

    Raises:
        ValueError: A field is out of its range.
    """
    for key, (low, high) in ranges.items():
        value = getattr(settings, key)
        if not low <= value <= high:
            raise ValueError(f"{where}{key} is {value}; permitted: {low:.10g} to {high:.10g}")
