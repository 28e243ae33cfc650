"""The one enumeration of why something did not succeed."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Cause code of a verdict that is not a success. The values are stable and part of the interface."""

    UNKNOWN_OBJECT = "unknown_object"
    """The named object is not known or not seen."""
    PRECONDITION = "precondition"
    """A precondition of the skill does not hold."""
    NO_PROGRESS = "no_progress"
    """The skill ran but came no nearer to its goal."""
    TIMEOUT = "timeout"
    """The deadline passed."""
    VERDICT_FAILED = "verdict_failed"
    """The skill ended, but the independent check does not confirm its effect."""
    LIMIT = "limit"
    """The gate refused a command that leaves the declared limits."""
    STALE_OBSERVATION = "stale_observation"
    """Joint states, images or scene objects came too late."""
    CAMERA_FAULT = "camera_fault"
    """A camera delivers pictures that cannot be right: black, frozen, of another size, or from elsewhere."""
    INFERENCE_LATE = "inference_late"
    """The policy answered too late."""
    INFERENCE_ERROR = "inference_error"
    """The policy failed or gave an unusable answer."""
    LEASE_LOST = "lease_lost"
    """Another holder has the resource, or commands stopped coming."""
    DRIVER_FAULT = "driver_fault"
    """A driver or one of the processes failed."""
    STOPPED = "stopped"
    """A protective stop was requested or is latched."""
    CANCELLED = "cancelled"
    """The person or program that asked withdrew."""
    PLAN_INVALID = "plan_invalid"
    """The instruction is refused, unclear or cannot be planned."""
