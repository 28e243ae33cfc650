"""HTML and SVG in which everything that comes from a run is escaped, because nothing else can be written."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias


class Markup(str):
    """Text that is markup already. Only this module and constants of this package make it."""

    __slots__ = ()


Child: TypeAlias = "str | int | float | Iterable[Child] | None"

_VOID = frozenset({"br", "img", "meta", "link"})


def element(tag: str, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """Return an element.

    Args:
        tag: Element name, a constant.
        children: Markup is kept, every other text is escaped, None is left out, sequences are flattened.
        attributes: Attribute values, always escaped; ``_`` in a name stands for ``-`` and a closing ``_`` is
            cut off (``class_``); True gives the bare name, None and False leave it out.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{join(children)}</{tag}>")


def join(children: Iterable[Child]) -> Markup:
    """Return children one after the other, escaped where they are not markup."""
    return Markup("".join(_child(child) for child in children))


def prose(text: str) -> Markup:
    """Return a sentence of this package in which what stands between backticks is set as code."""
    parts = text.split("`")
    return join(element("code", part) if place % 2 else part for place, part in enumerate(parts))


def _child(child: Child) -> str:
    match child:
        case Markup():
            return child
        case None:
            return ""
        case str() | int() | float():
            return html.escape(str(child))
        case _:
            return join(child)


def _attribute(name: str, value: str | float | bool | None) -> str:
    written = name.rstrip("_").replace("_", "-")
    match value:
        case None | False:
            return ""
        case True:
            return f" {written}"
        case float():
            return f' {written}="{value:.6g}"'
        case _:
            return f' {written}="{html.escape(str(value))}"'
