"""Why the gate said no. Refusals are values: they occur inside the control loop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from robomatrix_py.contracts.cause import Cause


class RefusalCode(StrEnum):
    """Stable code of a refusal."""

    NOT_READY = "SAFETY.NOT_READY"
    STOPPED = "SAFETY.STOPPED"
    LEASE = "SAFETY.LEASE"
    SHAPE = "SAFETY.SHAPE"
    NOT_FINITE = "SAFETY.NOT_FINITE"
    SEQUENCE = "SAFETY.SEQUENCE"
    LATE = "SAFETY.LATE"
    POSITION = "SAFETY.POSITION"
    VELOCITY = "SAFETY.VELOCITY"
    ACCELERATION = "SAFETY.ACCELERATION"
    JERK = "SAFETY.JERK"
    NOT_AT_REST = "SAFETY.NOT_AT_REST"
    WORKSPACE = "SAFETY.WORKSPACE"
    DISABLED = "SAFETY.DISABLED"


@dataclass(frozen=True)
class Refusal:
    """One refused request.

    Args:
        code: Stable code.
        message: What was wrong, with the offending value and what is permitted.
    """

    code: RefusalCode
    message: str

    def __str__(self) -> str:
        """Return message and code on one line."""
        return f"{self.message} [{self.code}]"

    @property
    def cause(self) -> Cause:
        """The cause code a skill reports for this refusal."""
        match self.code:
            case RefusalCode.LEASE:
                return Cause.LEASE_LOST
            case RefusalCode.STOPPED:
                return Cause.STOPPED
            case RefusalCode.NOT_READY:
                return Cause.STALE_OBSERVATION
            case RefusalCode.LATE:
                return Cause.INFERENCE_LATE
            case _:
                return Cause.LIMIT
