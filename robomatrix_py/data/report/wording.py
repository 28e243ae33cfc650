"""Words and numbers for people: outcomes, what to do, durations, units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.verdict import Outcome

OUTCOME_WORDS: Mapping[Outcome, str] = {
    Outcome.SUCCEEDED: "Succeeded",
    Outcome.FAILED: "Failed",
    Outcome.UNDECIDED: "Undecided",
}

ADVICE: Mapping[Cause, str] = {
    Cause.UNKNOWN_OBJECT: "Name an object that is in the scene and in view; the plan lists what was seen.",
    Cause.PRECONDITION: "Bring about what the step needs, or ask for the whole task so that the plan does.",
    Cause.NO_PROGRESS: "Look at the video: is something in the way or out of reach? Clear it and try again.",
    Cause.TIMEOUT: "Find the stage that took long in the timeline, clear what held it up, try again.",
    Cause.VERDICT_FAILED: "The effect was not seen. Compare the pictures before and after, and try again.",
    Cause.LIMIT: "A command would have left the robot's limits. Move the target away from the edges.",
    Cause.STALE_OBSERVATION: "Check that cameras, joint states and perception run and keep their rate.",
    Cause.CAMERA_FAULT: "Put the camera that is named right: light, lens, cable, driver, place. Then run it again.",
    Cause.INFERENCE_LATE: "Free the processor or use a faster one; the policy must answer within its period.",
    Cause.INFERENCE_ERROR: "Read the policy's log for the fault before running it again.",
    Cause.LEASE_LOST: "See that nothing else commands the robot, run `robomatrix reset` and try again.",
    Cause.DRIVER_FAULT: "See in the log which process failed, run `robomatrix doctor`, and start again.",
    Cause.STOPPED: "Find out why it was stopped, make the place safe, then run `robomatrix reset`.",
    Cause.CANCELLED: "Nothing is wrong: the run was withdrawn. Start it again when you want it.",
    Cause.PLAN_INVALID: "Say it in other words, or answer the question that was asked.",
}

_UNITS: Mapping[str, str] = {
    "per_s": "/s",
    "rad_s": "rad/s",
    "m_s": "m/s",
    "rad": "rad",
    "deg": "\N{DEGREE SIGN}",
    "hz": "Hz",
    "nm": "Nm",
    "px": "px",
    "ms": "ms",
    "m": "m",
    "s": "s",
    "n": "N",
}
_SUFFIX = re.compile(rf"^(.+)_({'|'.join(_UNITS)})$")


def label_and_unit(key: str) -> tuple[str, str]:
    """Return a field name as words, and the unit that its suffix names: ``opening_m`` gives opening and m."""
    match = _SUFFIX.match(key)
    name, unit = (match[1], _UNITS[match[2]]) if match else (key, "")
    return name.replace("_", " "), unit


def number_text(value: float) -> str:
    """Return a number with at most four significant digits."""
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "not finite"
    rounded = float(f"{value:.4g}")
    return str(int(rounded)) if rounded.is_integer() and abs(rounded) < 1e15 else f"{rounded:.4g}"


def duration_text(time_s: float) -> str:
    """Return a time such as ``12.4 s`` or ``2 min 05 s``."""
    if time_s < 120:
        return f"{time_s:.1f} s"
    minutes, seconds = divmod(round(time_s), 60)
    return f"{minutes} min {seconds:02d} s"


def size_text(size_bytes: int) -> str:
    """Return a file size such as ``1.4 MB``."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
