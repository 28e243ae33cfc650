"""Notices silence."""

from __future__ import annotations

# A call is late after this many periods.
_LATE_PERIODS = 2.0
# The allowance comes back at this share of the time.
_REFILL = 0.1


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

    def excuse(self, duration_s: float, now_s: float) -> None:
        """Do not count `duration_s` of the silence up to now."""
        if self._fed_s is not None:
            self._fed_s = min(now_s, self._fed_s + duration_s)

    def age_s(self, now_s: float) -> float:
        """Return the time since the last sign of life, 0 if there was none."""
        return 0.0 if self._fed_s is None else now_s - self._fed_s

    def expired(self, now_s: float) -> bool:
        """Return whether the last sign of life is older than the timeout."""
        return self.age_s(now_s) > self.timeout_s


class OwnLateness:
    """Tells how much of the time since the last call the caller itself was set aside, and so could not listen.

    On a virtual or overloaded machine everything may stand still for some tens of milliseconds. What was not heard
    meanwhile says nothing of those who did not speak. The allowance is bounded and comes back slowly, so that a loop
    that is always late still notices silence: detection is later by `allowance_s` and a tenth at the very most.

    Args:
        period_s: How often the caller means to call.
        allowance_s: How much is excused at once.
    """

    def __init__(self, period_s: float, allowance_s: float) -> None:
        self._period_s = period_s
        self._allowance_s = allowance_s
        self._left_s = allowance_s
        self._called_s: float | None = None

    def excused_s(self, now_s: float) -> float:
        """Return how much of the time since the last call is excused."""
        passed_s = self._period_s if self._called_s is None else now_s - self._called_s
        self._called_s = now_s
        excused_s = min(self._left_s, max(0.0, passed_s - _LATE_PERIODS * self._period_s))
        self._left_s = min(self._allowance_s, self._left_s - excused_s + _REFILL * max(0.0, passed_s))
        return excused_s
