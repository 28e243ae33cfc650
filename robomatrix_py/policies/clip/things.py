"""What the encoder is taught to name. No torch."""

from __future__ import annotations

COLOR_WORDS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "white")
"""Colours of free objects."""
SHAPE_WORDS = ("cube", "ball", "can", "brick", "capsule", "bottle", "egg", "puck")
"""Shapes of free objects."""
FIXTURE_WORDS = ("bin", "bowl", "tray", "button", "cabinet", "drawer")
"""Fixtures."""

OBJECT_CAPTIONS = tuple(f"{color} {shape}" for color in COLOR_WORDS for shape in SHAPE_WORDS)
"""Free objects, colour by colour."""
THING_CAPTIONS = OBJECT_CAPTIONS + FIXTURE_WORDS
"""All things; a thing's class is its place here."""
_INDEX = {caption: index for index, caption in enumerate(THING_CAPTIONS)}


def thing_index(caption: str) -> int:
    """Return the class of a thing, such as ``red cube`` or ``bin``.

    Raises:
        KeyError: There is no such thing.
    """
    return _INDEX[caption]
