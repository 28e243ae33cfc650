"""The error tree of RoboMatrix.

Every error a user can meet says what is wrong, where, which values are permitted and what to do, and
carries a stable code that programs may test for. Expected refusals inside a control loop are values
(:class:`robomatrix_py.contracts.verdict.Verdict`), never exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable


class RobomatrixError(Exception):
    """Base of every error raised on purpose.

    Args:
        what: One sentence that names the fault and the offending value.
        where: The file, key, topic, device or argument at fault.
        permitted: The permitted values or range, if there is such a list.
        remedy: What a person can do about it.
        code: Detail code appended to the family code, such as ``"UNKNOWN_KEY"``.
    """

    family = "ERROR"

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        permitted: Iterable[str] | str = "",
        remedy: str = "",
        code: str = "",
    ) -> None:
        self.what = what
        self.where = where
        self.permitted = permitted if isinstance(permitted, str) else ", ".join(permitted)
        self.remedy = remedy
        self.code = f"{self.family}.{code}" if code else self.family
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return the whole message on one line."""
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.permitted:
            parts.append(f"permitted: {self.permitted}")
        if self.remedy:
            parts.append(self.remedy)
        return _printable("; ".join(part.rstrip(".;") for part in parts)) + f" [{self.code}]"


def _printable(text: str) -> str:
    """Return a text with line breaks and control characters, such as a quoted value may hold, written as escapes."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


class ConfigError(RobomatrixError):
    """A configuration, robot, scene or skill file is wrong."""

    family = "CONFIG"


class DeviceError(RobomatrixError):
    """A device or driver is absent, refused or failed."""

    family = "DEVICE"


class StaleDataError(RobomatrixError):
    """Data needed to go on is missing or too old."""

    family = "STALE"


class SafetyRefusal(RobomatrixError):
    """The gate refuses a request made outside the control loop, such as a lease or a reset."""

    family = "SAFETY"


class PlanError(RobomatrixError):
    """An instruction or a plan cannot be used."""

    family = "PLAN"


class DataError(RobomatrixError):
    """A recording or run folder cannot be written or read."""

    family = "DATA"


class SecurityRefusal(RobomatrixError):
    """An input is refused because it could run code or leave its place."""

    family = "SECURITY"


class EnvironmentFault(RobomatrixError):
    """The machine lacks something: a graphics library, ROS 2, shared memory or a permission."""

    family = "ENVIRONMENT"
