"""What objects are called towards a language model."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[a-z][a-z0-9_]{0,31}")
_WORD = re.compile(r"[a-z]{1,12}( [a-z]{1,12})?")


class ObjectIds:
    """An id for every object: its name where that is a short plain one, else ``thing_1``, ``thing_2`` and so on.

    Names come from perception. One that holds a sentence could be read as an instruction; so it is not sent.

    Args:
        names: Names of the objects.
    """

    def __init__(self, names: Iterable[str]) -> None:
        ordered = sorted(names)
        taken = set(ordered)
        self._ids: dict[str, str] = {}
        number = 0
        for name in ordered:
            made = name
            while not _PLAIN.fullmatch(name) and (made == name or made in taken):
                number += 1
                made = f"thing_{number}"
            self._ids[name] = made
        self._names = {made: name for name, made in self._ids.items()}

    def id_of(self, name: str) -> str:
        """Return the id of an object; what is no object's name is returned as it is."""
        return self._ids.get(name, name)

    def name_of(self, made: str) -> str:
        """Return the name that an id stands for; what is no id is returned as it is."""
        return self._names.get(made, made)


def plain_word(text: str) -> str:
    """Return a perceived word such as a colour, or two, if it looks like that, else an empty text."""
    return text if _WORD.fullmatch(text) else ""
