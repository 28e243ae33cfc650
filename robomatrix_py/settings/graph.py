"""The node table: which processes make up the graph."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NodeEntry:
    """One process of the graph.

    Args:
        module: Python module whose `main` it runs.
        layer: Which layer it belongs to, for people.
        summary: What it does, in one line.
        modes: In which modes it is part of the graph.
    """

    module: str
    layer: str
    summary: str
    modes: tuple[str, ...]


@dataclass(frozen=True)
class GraphConfig:
    """The node table, in the order of starting.

    Args:
        nodes: By node name, which is also the name of the process.
    """

    nodes: dict[str, NodeEntry]

    def of_mode(self, mode: str) -> dict[str, NodeEntry]:
        """Return the nodes of one mode, in the order of starting."""
        return {name: entry for name, entry in self.nodes.items() if mode in entry.modes}
