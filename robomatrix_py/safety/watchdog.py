"""Notices silence."""

from __future__ import annotations


class Watchdog:
    """Expires when it was not fed for a while. Times come from the caller's monotonic clock.

    Args:
        timeout_s: How long silence is tolerated.
    """

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._fed_s: float | None = None

    def feed(self, now_s: float) -> None:
        """Note a sign of life."""
        self._fed_s = now_s

    def disarm(self) -> None:
        """Forget the last sign of life; an unfed watchdog never expires."""
        self._fed_s = None

    def age_s(self, now_s: float) -> float:
        """Return the time since the last sign of life, 0 if there was none."""
        return 0.0 if self._fed_s is None else now_s - self._fed_s

    def expired(self, now_s: float) -> bool:
        """Return whether the last sign of life is older than the timeout."""
        return self.age_s(now_s) > self.timeout_s
