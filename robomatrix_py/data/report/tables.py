"""Readings as tables: evidence of a verdict, fields of an event, configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from robomatrix_py.data.report.markup import Child, Markup, element
from robomatrix_py.data.report.wording import label_and_unit, number_text

_VECTOR_MAX = 8
_DEPTH_MAX = 6


def readings_table(readings: Mapping[str, Any]) -> Markup | None:
    """Return readings as a table of two columns, nested ones flattened; None where there are none.

    Args:
        readings: JSON values by field name; the unit is read from the name's suffix.
    """
    rows = [_reading_row(label, value) for label, value in _flat(readings)]
    return element("table", rows, class_="readings") if rows else None


def _reading_row(label: str, value: Child) -> Markup:
    """Return a row; a value that is a table itself goes below its label, where it has the whole width."""
    if isinstance(value, Markup):
        return element("tr", element("td", element("div", label, class_="quiet"), value, colspan=2))
    return element("tr", element("th", label, scope="row"), element("td", value))


def table(head: Sequence[str], rows: Iterable[Sequence[Child]], class_: str = "") -> Markup:
    """Return a table that scrolls sideways on a narrow screen."""
    body = [element("tr", [element("td", cell) for cell in row]) for row in rows]
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", [element("th", title, scope="col") for title in head])),
            element("tbody", body),
            class_=class_ or None,
        ),
        class_="scroll",
    )


def reading_text(value: object, unit: str = "") -> str:
    """Return one JSON value as text with its unit."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{number_text(value)} {unit}".rstrip()
        case list() if 0 < len(value) <= _VECTOR_MAX and all(_is_number(item) for item in value):
            return f"({', '.join(number_text(item) for item in value)}) {unit}".rstrip()
        case list():
            return ", ".join(reading_text(item, unit) for item in value) or "none"
        case Mapping():
            return ", ".join(f"{key}: {reading_text(item)}" for key, item in value.items()) or "none"
        case _:
            return f"{value} {unit}".rstrip()


def _flat(readings: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Child]]:
    for key, value in readings.items():
        label, unit = label_and_unit(str(key))
        if isinstance(value, Mapping) and value and depth < _DEPTH_MAX:
            yield from _flat(value, f"{prefix}{label} \N{RIGHTWARDS ARROW} ", depth + 1)
        elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            yield f"{prefix}{label}", _records_table(value)
        else:
            yield f"{prefix}{label}", reading_text(value, unit)


def _records_table(records: list[Mapping[str, Any]]) -> Markup:
    """Return records as a table with one row each and one column a field."""
    keys = list(dict.fromkeys(str(key) for record in records for key in record))
    heads = [label_and_unit(key) for key in keys]
    rows = [
        [
            reading_text(record[key], unit) if key in record else ""
            for key, (_, unit) in zip(keys, heads, strict=True)
        ]
        for record in records
    ]
    return table([label for label, _ in heads], rows)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
