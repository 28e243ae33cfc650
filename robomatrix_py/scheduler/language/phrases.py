"""Many fixed phrases, looked up at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_ENDS_HERE = ""


class Phrases:
    """A set of phrases as a tree of words.

    Args:
        phrases: The phrases.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._tree: dict[str, Any] = {}
        for phrase in phrases:
            branch = self._tree
            for word in phrase.split():
                branch = branch.setdefault(word, {})
            branch[_ENDS_HERE] = {}

    def end(self, texts: Sequence[str], position: int) -> int:
        """Return where the longest phrase that begins at a place ends, or 0 if none does."""
        branch, found = self._tree, 0
        while position < len(texts) and texts[position] in branch:
            branch = branch[texts[position]]
            position += 1
            if _ENDS_HERE in branch:
                found = position
        return found
