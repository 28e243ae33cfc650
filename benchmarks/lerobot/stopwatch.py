"""How long calls take."""

from __future__ import annotations

import time
from collections.abc import Callable


def time_calls(call: Callable[[], object], calls: int) -> dict[str, list[float]]:
    """Return how long calls took, in ms of wall clock and of this process's processor time."""
    wall_ms, processor_ms = [], []
    for _ in range(calls):
        began_s, processor_s = time.perf_counter(), time.process_time()
        call()
        processor_ms.append(1e3 * (time.process_time() - processor_s))
        wall_ms.append(1e3 * (time.perf_counter() - began_s))
    return {"wall_ms": wall_ms, "processor_ms": processor_ms}
