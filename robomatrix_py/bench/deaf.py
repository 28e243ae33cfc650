"""A real device's writing with nobody at the other end of the wire: what is measured is the driver alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class DeafDevice:
    """An arm's or a base's device; what it reads is mocked.

    Args:
        device: Whose writing is measured.
        mock: What is read instead.
        connect: Opens the wire.
        end: Closes it.
    """

    identity = "bench"

    def __init__(self, device: Any, mock: Any, connect: Callable[[], object], end: Callable[[], None]) -> None:
        self._device = device
        self._mock = mock
        self._connect = connect
        self._end = end
        self.written_s = 0.0
        """When the newest set point had been written, by the performance counter."""

    def open(self, now_s: float) -> Any:
        """Open the wire; return where the mock is."""
        self._connect()
        return self._mock.open(now_s)

    def probe(self) -> str:
        """Say what it is."""
        return self.identity

    def write(self, *set_point: Any) -> None:
        """Write a set point, note when that was done, and have the mock follow."""
        self._device.write(*set_point)
        self.written_s = time.perf_counter()
        self._mock.write(*set_point)

    def read(self, now_s: float) -> Any:
        """Return where the mock is."""
        return self._mock.read(now_s)

    def close(self) -> None:
        """Close the wire."""
        self._end()

    def drop(self) -> None:
        """Close the wire."""
        self._end()
