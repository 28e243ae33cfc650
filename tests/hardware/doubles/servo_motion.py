"""How a joint of a double moves: it trails its goal at a bounded speed, and sinks where it has no torque."""

from __future__ import annotations

import math

LAG_S = 0.02


class ServoMotion:
    """One joint.

    Args:
        position: Where it begins.
        speed: Largest speed.
        sink: Speed at which it sinks without torque.
    """

    def __init__(self, position: float, speed: float, sink: float) -> None:
        self.position = position
        self.velocity = 0.0
        self._speed = speed
        self._sink = sink
        self._moved_s: float | None = None

    def move(self, now_s: float, torque: bool, goal: float) -> None:
        """Go on to an instant."""
        elapsed_s = 0.0 if self._moved_s is None else now_s - self._moved_s
        self._moved_s = now_s
        if elapsed_s <= 0.0:
            return
        if not torque:
            self.position -= self._sink * elapsed_s
            self.velocity = -self._sink
            return
        reach = self._speed * elapsed_s
        step = (goal - self.position) * (1.0 - math.exp(-elapsed_s / LAG_S))
        self.position += max(-reach, min(reach, step))
        self.velocity = max(-self._speed, min(self._speed, (goal - self.position) / LAG_S))
