"""What a check of this machine or of a robot finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One finding.

    Args:
        name: What was looked at.
        level: How it came out.
        message: What was found.
        remedy: What to do about it, empty where nothing is to be done.
    """

    name: str
    level: Level
    message: str
    remedy: str = ""
