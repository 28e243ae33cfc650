"""What runs tell about skills: how often each succeeded, with what kind of object, on which robot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias


class Reality(StrEnum):
    """Where a run took place. What holds in one place is never counted for another."""

    SIMULATED = "simulated"
    """In the simulated world that stands for the robot."""
    REHEARSED = "rehearsed"
    """In a simulated copy of the scene, before the run proper."""
    MOCKED = "mocked"
    """With no device: commands are taken as carried out."""
    REAL = "real"
    """On a real robot."""


@dataclass(frozen=True, order=True)
class Condition:
    """What a success rate is about: figures of one condition say nothing about another.

    Args:
        robot: Robot name.
        reality: Where.
        policy: What served the skills, such as ``scripted``.
    """

    robot: str
    reality: Reality
    policy: str

    def __str__(self) -> str:
        """Return it for people."""
        return f"{self.robot}, {self.reality}, {self.policy} skills"


Kind: TypeAlias = tuple[str, tuple[str, ...]]
"""A skill, and the classes (shape words) of the objects it is about, in the order of its arguments."""

Counts: TypeAlias = Mapping[Kind, tuple[int, int]]
"""Successes and failures by kind."""

NO_COUNTS: Counts = MappingProxyType({})
"""Nothing was tried."""


@dataclass(frozen=True)
class RunTrials:
    """What one run tells.

    Args:
        run: Name of its run folder, which no other run has.
        condition: What it is about.
        counts: Successes and failures.
    """

    run: str
    condition: Condition
    counts: Counts


def total(trials: Iterable[RunTrials], condition: Condition) -> Counts:
    """Return the sums over all runs of one condition."""
    sums: dict[Kind, tuple[int, int]] = {}
    for item in trials:
        if item.condition == condition:
            for kind, (successes, failures) in item.counts.items():
                before = sums.get(kind, (0, 0))
                sums[kind] = (before[0] + successes, before[1] + failures)
    return sums
