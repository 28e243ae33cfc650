"""A servo bus behind a USB adapter, as a pseudo terminal: what both servo families' doubles share."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from pty_double import PtyDouble
from servo_motion import ServoMotion

SPEED_STEPS_S, SINK_STEPS_S = 4000.0, 400.0


class ServoBusDouble(PtyDouble):
    """Servos with their memory. The port is a symbolic link that goes and comes like that of a USB adapter.

    The servos have power of their own: they keep torque and goals while the adapter is away.

    Args:
        link: Path of the port.
        servos: Numbers on the bus, with the model number of each.
    """

    STEPS = 4096
    MIDDLE = 2048

    def __init__(self, link: Path, servos: dict[int, int]) -> None:
        super().__init__(link)
        self._models = servos
        self.do_reset()

    def memory_of(self, model: int) -> bytearray:
        """Return the memory of a servo as it comes from the maker."""
        raise NotImplementedError

    def torque_of(self, cells: bytearray) -> bool:
        """Return whether a servo has torque."""
        raise NotImplementedError

    def goal_of(self, cells: bytearray) -> int:
        """Return its goal in steps."""
        raise NotImplementedError

    def show(self, cells: bytearray, position: int, velocity: float) -> None:
        """Write position (steps) and velocity (steps/s) into its registers."""
        raise NotImplementedError

    def do_reset(self) -> None:
        """Go back to the beginning: adapter plugged in, servos without torque, no faults."""
        self.do_vanish()
        self.faults.clear()
        with self.lock:
            self.silent: set[int] = set()
            self.log: list[list[int]] = []
            self.memory = {servo: self.memory_of(model) for servo, model in self._models.items()}
            self._motions = {
                servo: ServoMotion(float(self.MIDDLE + 20 * servo), SPEED_STEPS_S, SINK_STEPS_S)
                for servo in self._models
            }
            self.errors = dict.fromkeys(self._models, 0)
        self.do_come_back()

    def do_silence(self, servos: list[int]) -> None:
        """Let servos answer no more, as where a cable is loose."""
        self.silent = set(servos)

    def do_error(self, servo: int, bits: int) -> None:
        """Put a servo into an error state."""
        self.errors[servo] = bits

    def do_poke(self, servo: int, address: int, data: list[int]) -> None:
        """Set registers."""
        with self.lock:
            self.memory[servo][address : address + len(data)] = bytes(data)

    def do_state(self) -> dict[str, Any]:
        """Return where the servos are, in steps, and what was written to whom in which order."""
        with self.lock:
            self.move()
            return {
                "position": {servo: motion.position for servo, motion in self._motions.items()},
                "torque": {servo: self.torque_of(cells) for servo, cells in self.memory.items()},
                "goal": {servo: self.goal_of(cells) for servo, cells in self.memory.items()},
                "writes": self.log[-200:],
            }

    def do_now(self) -> float:
        """Return this machine's monotonic time."""
        return time.monotonic()

    def move(self) -> None:
        """Let every servo go on to now."""
        now_s = time.monotonic()
        for servo, cells in self.memory.items():
            motion = self._motions[servo]
            motion.move(now_s, self.torque_of(cells), float(self.goal_of(cells)))
            self.show(cells, round(motion.position), motion.velocity)

    def store(self, servo: int, address: int, data: bytes) -> None:
        """Set registers on a request."""
        if servo in self.memory:
            self.move()
            self.memory[servo][address : address + len(data)] = data
            self.log.append([servo, address])
