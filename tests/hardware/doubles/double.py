"""What every protocol double has in common: fault switches, and the line on which a test gives its orders.

A double is a program of its own. It says ``ready`` in one JSON line, then answers each JSON line on its standard input
with one on its standard output, and ends when its input ends.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any


class Faults:
    """What happens to the bytes that a double sends."""

    def __init__(self) -> None:
        self._random = random.Random(5)
        self.clear()

    def clear(self) -> None:
        """Send everything as it is."""
        self.drop = 0.0
        self.corrupt = 0.0
        self.delay_s = 0.0
        self.frozen = False

    def apply(self, data: bytes) -> bytes:
        """Return what goes out in place of `data`: late, damaged, or nothing."""
        if self.delay_s:
            time.sleep(self.delay_s)
        if self.frozen or self._random.random() < self.drop:
            return b""
        if data and self._random.random() < self.corrupt:
            spot = self._random.randrange(len(data))
            return data[:spot] + bytes([data[spot] ^ (1 << self._random.randrange(8))]) + data[spot + 1 :]
        return data


class Double:
    """Base of the doubles. Orders are the methods whose names begin with ``do_``."""

    def __init__(self) -> None:
        self.faults = Faults()

    def do_fault(self, **switches: Any) -> None:
        """Set fault switches: drop, corrupt (shares), delay_s, frozen."""
        for key, value in switches.items():
            if not hasattr(self.faults, key):
                raise ValueError(f"no switch {key}")
            setattr(self.faults, key, value)

    def serve_orders(self, **ready: Any) -> None:
        """Say that it is ready, and carry out orders until there are no more."""
        print(json.dumps({"ready": ready}), flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            method: Callable[..., Any] = getattr(self, f"do_{order.pop('do')}")
            try:
                answer = {"answer": method(**order)}
            except Exception as error:  # noqa: BLE001  the test gets to see it
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)
