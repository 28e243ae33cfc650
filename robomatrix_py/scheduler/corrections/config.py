"""Settings of corrections."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges

OFFERS = ("off", "offer", "apply")
"""What is done when a situation comes up in which somebody has corrected before."""


@dataclass(frozen=True)
class CorrectionsConfig:
    """How corrections are remembered.

    Args:
        offer: One of :data:`OFFERS`: nothing, say it and wait for a yes, or carry it out at once.
        near_max: A situation counts as the same up to this distance (see `Situation.distance`; about 1 for 5 cm).
        runs_max: So many of the newest runs are looked at for earlier corrections.
        span_s: The time before a correction that is marked as what was corrected, at most.
        edits_max_per_s: Changes of the plan are refused where they come faster.
    """

    offer: str = "offer"
    near_max: float = 1.0
    runs_max: int = 100
    span_s: float = 2.0
    edits_max_per_s: float = 4.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.offer not in OFFERS:
            raise ValueError(f"offer is {self.offer}; permitted: {', '.join(OFFERS)}")
        ranges = {
            "near_max": (0.0, 10.0),
            "runs_max": (0, 10_000),
            "span_s": (0.0, 30.0),
            "edits_max_per_s": (0.1, 100.0),
        }
        require_ranges(self, ranges)
