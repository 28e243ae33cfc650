"""What a person's correction means, before it is known whether it can be carried out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from robomatrix_py.contracts.correction import Nudge


class Kind(StrEnum):
    """What a correction asks for."""

    STOP = "stop"
    """The protective stop."""
    WAIT = "wait"
    """Stand still, and go on when told."""
    GO_ON = "go_on"
    """Go on after a wait."""
    CANCEL = "cancel"
    """End the task."""
    MOTION = "motion"
    """Do it a little otherwise: a language motion."""
    MORE = "more"
    """The last language motion once more."""
    LESS = "less"
    """Half of the last language motion back."""
    UNDO = "undo"
    """Take the language motions of this step back."""
    SKIP = "skip"
    """Leave out what is being done."""
    AGAIN = "again"
    """Do the last thing once more."""
    OTHER_OBJECT = "other_object"
    """Another thing was meant."""
    INSTEAD = "instead"
    """Something else is wanted in place of what is being done."""
    ALSO = "also"
    """Something more is wanted afterwards."""
    AGREE = "agree"
    """Yes to what was offered."""
    DISAGREE = "disagree"
    """No to what was offered."""
    UNCLEAR = "unclear"
    """Not understood."""


@dataclass(frozen=True)
class Correction:
    """One correction.

    Args:
        kind: What it asks for.
        nudge: For a motion: by how much.
        words: For another thing: the words for it; for `instead` and `also`: an instruction.
        reason: For an unclear one: what is not understood, and what can be said.
    """

    kind: Kind
    nudge: Nudge = field(default_factory=Nudge)
    words: str = ""
    reason: str = ""

    def __str__(self) -> str:
        """Return what was understood, for a person."""
        match self.kind:
            case Kind.MOTION:
                return describe(self.nudge)
            case Kind.OTHER_OBJECT:
                return f"another thing: {self.words}"
            case Kind.INSTEAD:
                return f"instead: {self.words}"
            case Kind.ALSO:
                return f"afterwards: {self.words}"
            case Kind.UNCLEAR:
                return "not understood"
            case _:
                return _SAID[self.kind]


_SAID = {
    Kind.STOP: "protective stop",
    Kind.WAIT: "wait",
    Kind.GO_ON: "go on",
    Kind.CANCEL: "end the task",
    Kind.MORE: "the last motion once more",
    Kind.LESS: "half of the last motion back",
    Kind.UNDO: "take the motions of this step back",
    Kind.SKIP: "leave out what is being done",
    Kind.AGAIN: "do it again",
    Kind.AGREE: "yes",
    Kind.DISAGREE: "no",
}


def describe(nudge: Nudge) -> str:
    """Return a language motion in words, such as ``2 cm left, 1 cm up``; directions are those of the base frame."""
    parts = []
    for value, (plus, minus) in zip(
        nudge.shift_m, (("forward", "back"), ("left", "right"), ("up", "down")), strict=True
    ):
        if value:
            parts.append(f"{100 * abs(value):.3g} cm {plus if value > 0 else minus}")
    if nudge.turn_rad:
        way = "anticlockwise" if nudge.turn_rad > 0 else "clockwise"
        parts.append(f"turn {abs(math.degrees(nudge.turn_rad)):.3g} degrees {way}")
    if nudge.opening:
        parts.append(
            f"{'open' if nudge.opening > 0 else 'close'} the gripper by {100 * abs(nudge.opening):.3g} percent"
        )
    if nudge.speed_factor != 1.0:
        parts.append(f"{nudge.speed_factor:.3g} times the speed")
    return ", ".join(parts) or "no motion"
