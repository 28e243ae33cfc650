"""How long an observation takes to become a command: from its receipt by a skill to the gate's first output."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np

_KEPT = 10_000
# Longer or negative means another machine's clock.
_SENSIBLE_S = 5.0


class LatencyRecord:
    """Pairs each new observation with the first command that follows it. Clocks are this machine's monotonic one."""

    def __init__(self) -> None:
        self._newest_s = 0.0
        self._waiting_s: float | None = None
        self._latencies_s: deque[float] = deque(maxlen=_KEPT)

    def accepted(self, observed_s: float) -> None:
        """Note an accepted chunk that rests on an observation received at a time."""
        if observed_s > self._newest_s:
            self._newest_s = observed_s
            self._waiting_s = observed_s

    def answered(self, now_s: float) -> None:
        """Note that a command went out."""
        waiting_s, self._waiting_s = self._waiting_s, None
        if waiting_s is not None and 0.0 <= now_s - waiting_s < _SENSIBLE_S:
            self._latencies_s.append(now_s - waiting_s)

    def readings(self) -> Mapping[str, str]:
        """Return the percentiles for the diagnostics."""
        if not self._latencies_s:
            return {}
        ms = 1e3 * np.array(self._latencies_s)
        return {
            "observation_to_command_ms_p50": f"{np.percentile(ms, 50):.2f}",
            "observation_to_command_ms_p99": f"{np.percentile(ms, 99):.2f}",
            "observation_to_command_count": str(len(ms)),
        }
