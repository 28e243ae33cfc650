"""What became of a skill or a task, why, and what was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from robomatrix_py.contracts.cause import Cause


class Outcome(StrEnum):
    """How it ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Verdict:
    """A judgement with its reasons.

    Args:
        outcome: How it ended.
        message: One sentence for a person.
        cause: Cause code; None exactly when it succeeded.
        stage: Where it happened, such as ``grasp.close`` or ``plan``.
        evidence: The readings looked at, JSON-serialisable.
    """

    outcome: Outcome
    message: str
    cause: Cause | None = None
    stage: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a success with a cause and a failure without."""
        if (self.cause is None) != (self.outcome is Outcome.SUCCEEDED):
            raise ValueError(f"outcome {self.outcome} with cause {self.cause}")

    @property
    def succeeded(self) -> bool:
        """Whether the outcome is a success."""
        return self.outcome is Outcome.SUCCEEDED

    @staticmethod
    def success(message: str, stage: str = "", **evidence: Any) -> Verdict:
        """Return a success with its evidence."""
        return Verdict(Outcome.SUCCEEDED, message, None, stage, evidence)

    @staticmethod
    def failure(cause: Cause, message: str, stage: str = "", **evidence: Any) -> Verdict:
        """Return a failure with its cause and evidence."""
        return Verdict(Outcome.FAILED, message, cause, stage, evidence)

    @staticmethod
    def undecided(cause: Cause, message: str, stage: str = "", **evidence: Any) -> Verdict:
        """Return an open judgement: it could not be seen."""
        return Verdict(Outcome.UNDECIDED, message, cause, stage, evidence)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-serialisable form."""
        return {
            "outcome": self.outcome.value,
            "cause": self.cause.value if self.cause else None,
            "stage": self.stage,
            "message": self.message,
            "evidence": dict(self.evidence),
        }
