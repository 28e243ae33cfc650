"""Facts about the world that skills need and change, such as ``in(red_cube, bin)``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from robomatrix_py.contracts.errors import ConfigError

_ATOM = re.compile(r"^\s*([a-z_]+)\s*\(([^()]*)\)\s*$")

PREDICATES: Mapping[str, tuple[str, ...]] = {
    "gripper_empty": (),
    "held": ("object",),
    "at": ("target",),
    "over": ("object", "target"),
    "in": ("object", "container"),
    "on": ("object", "surface"),
    "clear": ("object",),
    "accessible": ("target",),
    "open": ("drawer",),
    "closed": ("drawer",),
    "pressed": ("button",),
    "pushed": ("object", "direction"),
    "seen": ("object",),
    "past": ("target",),
    "through": ("target",),
    "left": ("target",),
    "hit": ("target",),
}
"""The world predicates and what their arguments are called."""


@dataclass(frozen=True, order=True)
class Atom:
    """A predicate with its arguments; an argument may be a variable ``{name}`` or the wildcard ``*``.

    Args:
        predicate: One of :data:`PREDICATES`.
        arguments: As many as the predicate has.
    """

    predicate: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the form that :meth:`parse` reads."""
        return f"{self.predicate}({', '.join(self.arguments)})"

    @staticmethod
    def parse(text: str, where: str = "") -> Atom:
        """Read ``predicate(argument, ...)``.

        Raises:
            ConfigError: The text is no known predicate with the right number of arguments.
        """
        match = _ATOM.match(text)
        if match is None or match[1] not in PREDICATES:
            raise ConfigError(
                f"'{text}' is not a predicate", where=where, permitted=(signature(name) for name in PREDICATES)
            )
        arguments = tuple(part.strip() for part in match[2].split(",")) if match[2].strip() else ()
        if len(arguments) != len(PREDICATES[match[1]]):
            raise ConfigError(f"'{text}' has {len(arguments)} arguments", where=where, permitted=signature(match[1]))
        if not all(arguments):
            raise ConfigError(f"'{text}' has an empty argument", where=where, permitted=signature(match[1]))
        return Atom(match[1], arguments)

    def bind(self, values: Mapping[str, str]) -> Atom:
        """Return the atom with every variable ``{name}`` replaced by its value."""
        return Atom(self.predicate, tuple(values[a[1:-1]] if a.startswith("{") else a for a in self.arguments))

    def matches(self, other: Atom) -> bool:
        """Return whether `other` is this atom, where ``*`` here stands for anything."""
        return self.predicate == other.predicate and all(
            mine in ("*", theirs) for mine, theirs in zip(self.arguments, other.arguments, strict=True)
        )


MOMENTARY = frozenset({"at", "over", "pressed", "pushed", "seen", "past", "through", "left", "hit"})
"""Predicates of something that was done rather than of a state that lasts: a step's verdict settles them."""


def signature(predicate: str) -> str:
    """Return how a predicate is written, such as ``in(object, container)``."""
    return f"{predicate}({', '.join(PREDICATES[predicate])})"
