"""The node table: which processes make up the graph."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

MODES = ("sim", "real", "mock")
"""What the graph can be brought up as; a mocked arm has no device and no physics, and carries out all it is told."""


@dataclass(frozen=True)
class NodeEntry:
    """One process of the graph.

    Args:
        module: Python module whose `main` it runs.
        layer: Which layer it belongs to, for people.
        summary: What it does, in one line.
        modes: In which of `MODES` it is part of the graph.
        perceptions: With which perception sources it is; all where none is named.
        packages: Python packages without which it is left out.
    """

    module: str
    layer: str
    summary: str
    modes: tuple[str, ...]
    perceptions: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would leave the node out or start something else."""
        if not self.modes or not set(self.modes) <= set(MODES):
            raise ValueError(f"modes are {list(self.modes)}; permitted: one or more of {list(MODES)}")
        if not all(part.isidentifier() for part in self.module.split(".")):
            raise ValueError(f"module '{self.module}' is no name of a Python module")


@dataclass(frozen=True)
class GraphConfig:
    """The node table, in the order of starting.

    Args:
        nodes: By node name, which is also the name of the process.
    """

    nodes: dict[str, NodeEntry]

    def of_mode(self, mode: str, perception: str) -> dict[str, NodeEntry]:
        """Return the nodes of one mode with one perception source, in the order of starting."""
        return {
            name: entry
            for name, entry in self.nodes.items()
            if mode in entry.modes
            and (not entry.perceptions or perception in entry.perceptions)
            and all(find_spec(package) is not None for package in entry.packages)
        }
