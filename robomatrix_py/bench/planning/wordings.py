"""What may be said in tasks: one set for development, one for published figures, with no sentence in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wordings:
    """Sentences and words that tasks are drawn from.

    Args:
        said: By kind of task, sentences with the slots that the kind fills.
        colors: Other words for a colour.
        shapes: Other words for a shape.
        places: Other words for a place.
        new_things: Nouns of things that no catalogue knows.
        new_places: Nouns of places that no catalogue knows.
        absent: Things that are never there.
        absent_places: Nouns of places that are never there.
    """

    said: Mapping[str, tuple[str, ...]]
    colors: Mapping[str, tuple[str, ...]]
    shapes: Mapping[str, tuple[str, ...]]
    places: Mapping[str, tuple[str, ...]]
    new_things: tuple[str, ...]
    new_places: tuple[str, ...]
    absent: tuple[str, ...]
    absent_places: tuple[str, ...]
