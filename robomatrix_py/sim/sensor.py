"""A sensor between the truth and whoever reads it: rate, delay, noise and drop-out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from robomatrix_py.sim.config import SensorConfig

T = TypeVar("T")


class Sensor(Generic[T]):
    """Samples the truth on an even grid and delivers each reading late, noisy, or not at all.

    Args:
        config: Rate, delay, noise, drop-out.
        rng: Where its randomness comes from.
        sample: Reads the truth.
        corrupt: Adds noise of a standard deviation to a reading; not called at zero noise.
    """

    def __init__(
        self,
        config: SensorConfig,
        rng: np.random.Generator,
        sample: Callable[[], T],
        corrupt: Callable[[T, float, np.random.Generator], T],
    ) -> None:
        self._config = config
        self._rng = rng
        self._sample = sample
        self._corrupt = corrupt
        self._next_index = 0
        self._in_flight: deque[tuple[float, T]] = deque()

    def due(self, now_s: float) -> bool:
        """Return whether a sample is to be taken."""
        return now_s * self._config.rate_hz >= self._next_index - 1e-9

    def update(self, now_s: float) -> T | None:
        """Sample if a sample is due, and return the newest reading that has arrived since the last call."""
        if self.due(now_s):
            # After a pause the grid goes on from now: missed samples are missed.
            self._next_index = math.floor(now_s * self._config.rate_hz + 1e-9) + 1
            self._take(now_s)
        newest = None
        while self._in_flight and self._in_flight[0][0] <= now_s + 1e-9:
            newest = self._in_flight.popleft()[1]
        return newest

    def _take(self, now_s: float) -> None:
        # Drawn always, so that one setting does not shift the randomness of another.
        lost = self._rng.random() < self._config.drop_out
        reading = self._sample()
        if self._config.noise > 0.0:
            reading = self._corrupt(reading, self._config.noise, self._rng)
        if not lost:
            self._in_flight.append((now_s + self._config.delay_s, reading))
