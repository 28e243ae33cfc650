"""What has been planned ahead and is taken up step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from robomatrix_py.contracts.errors import StaleDataError

Step = TypeVar("Step")


def take_up(planned: Sequence[Step], steps_passed: int) -> tuple[list[Step], list[Step]]:
    """Return the steps that have passed and those that are left.

    Args:
        planned: Steps planned ahead.
        steps_passed: Control steps since the last call.

    Raises:
        StaleDataError: More steps have passed than were planned: nobody knows where the robot was sent since.
    """
    if steps_passed > len(planned):
        raise StaleDataError(f"the control loop is {steps_passed} steps late", permitted=f"at most {len(planned)}")
    return list(planned[:steps_passed]), list(planned[steps_passed:])
