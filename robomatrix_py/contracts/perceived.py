"""Text that was seen or heard in the scene: data about the world, never an instruction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

_LENGTH_MAX = 200
_NOT_JOINED = "perceived text is not joined to other text; use to_json()"


@dataclass(frozen=True, repr=False)
class Perceived:
    """A label, writing that was read, or speech that was overheard.

    Whoever puts such a thing on the table would like it to be obeyed. It is no `str` on purpose: joining or formatting
    it raises, so that it reaches a language model only through :meth:`to_json`, as a quoted value among data, and an
    instruction never.

    Args:
        text: What was read or heard.
        source: What it is: ``label``, ``ocr`` or ``transcript``.
        about: Name of the object it was found on, or empty.
    """

    text: str
    source: str
    about: str = ""

    def __str__(self) -> NoReturn:
        """Refuse to become part of a sentence.

        Raises:
            TypeError: Always.
        """
        raise TypeError(_NOT_JOINED)

    def __format__(self, _spec: str) -> NoReturn:
        """Refuse to become part of a sentence.

        Raises:
            TypeError: Always.
        """
        raise TypeError(_NOT_JOINED)

    def __repr__(self) -> str:
        """Return the form for debugging, quoted."""
        return f"Perceived({json.dumps(self.text[:_LENGTH_MAX])}, source={json.dumps(self.source)})"

    def to_json(self) -> dict[str, Any]:
        """Return its kind and its text, on one line and cut to 200 characters."""
        shown = "".join(sign if sign.isprintable() else " " for sign in self.text[:_LENGTH_MAX])
        return {"source": self.source, "text": shown}
