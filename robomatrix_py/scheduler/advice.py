"""What a person can do about each cause of a failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.verdict import Verdict

ADVICE: Mapping[Cause, str] = {
    Cause.UNKNOWN_OBJECT: "put the thing where the cameras see it and ask again",
    Cause.PRECONDITION: "clear the way and ask again: planning starts from how things are now",
    Cause.NO_PROGRESS: "look whether something blocks the arm or the thing slips, then ask again",
    Cause.TIMEOUT: "look whether something blocks the arm, then ask again",
    Cause.VERDICT_FAILED: "look at the scene and ask again: planning starts from how things are now",
    Cause.LIMIT: "move the thing nearer to the middle of the table and ask again",
    Cause.STALE_OBSERVATION: "check cameras and perception with `robomatrix doctor`, then ask again",
    Cause.CAMERA_FAULT: "put the camera right, then ask again",
    Cause.INFERENCE_LATE: "free the computer of other work or choose a smaller policy, then ask again",
    Cause.INFERENCE_ERROR: "check the policy with `robomatrix skills lint`, then ask again",
    Cause.LEASE_LOST: "another program holds the robot: end it or wait, then ask again",
    Cause.DRIVER_FAULT: "see `robomatrix doctor`, restart with `robomatrix up`, then ask again",
    Cause.STOPPED: "make the place safe, then `robomatrix reset` and ask again",
    Cause.CANCELLED: "ask again when ready",
    Cause.PLAN_INVALID: "say it in other words",
}
"""One sentence for each cause."""


def with_advice(verdict: Verdict) -> Verdict:
    """Return a verdict whose message also says what a person can do; a success as it is."""
    if verdict.cause is None:
        return verdict
    return replace(verdict, message=f"{verdict.message.rstrip('.')}; {ADVICE[verdict.cause]}")
