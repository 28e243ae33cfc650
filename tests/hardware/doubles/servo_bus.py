"""A servo bus behind a USB adapter, as a pseudo terminal: what both servo families' doubles share."""

from __future__ import annotations

import os
import pty
import threading
import time
import tty
from pathlib import Path
from typing import Any

from double import Double
from servo_motion import ServoMotion

SPEED_STEPS_S, SINK_STEPS_S = 4000.0, 400.0


class ServoBusDouble(Double):
    """Servos with their memory. The port is a symbolic link that goes and comes like that of a USB adapter.

    The servos have power of their own: they keep torque and goals while the adapter is away.

    Args:
        link: Path of the port.
        servos: Numbers on the bus, with the model number of each.
    """

    STEPS = 4096
    MIDDLE = 2048

    def __init__(self, link: Path, servos: dict[int, int]) -> None:
        super().__init__()
        self._link = link
        self._models = servos
        self._lock = threading.Lock()
        self._master = -1
        self._slave = -1
        self.do_reset()

    def memory_of(self, model: int) -> bytearray:
        """Return the memory of a servo as it comes from the maker."""
        raise NotImplementedError

    def take(self, buffer: bytearray) -> None:
        """Act on every whole request in the buffer and take it off."""
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
        with self._lock:
            self.silent: set[int] = set()
            self.log: list[list[int]] = []
            self.memory = {servo: self.memory_of(model) for servo, model in self._models.items()}
            self._motions = {
                servo: ServoMotion(float(self.MIDDLE + 20 * servo), SPEED_STEPS_S, SINK_STEPS_S)
                for servo in self._models
            }
            self.errors = dict.fromkeys(self._models, 0)
        self.do_come_back()

    def do_vanish(self) -> None:
        """Unplug the adapter."""
        with self._lock:
            for file in (self._master, self._slave):
                if file >= 0:
                    os.close(file)
            self._master = self._slave = -1
        self._link.unlink(missing_ok=True)

    def do_come_back(self) -> None:
        """Plug it in again."""
        master, slave = pty.openpty()
        tty.setraw(master)
        tty.setraw(slave)
        with self._lock:
            # The slave stays open here, or the master would read an error while no client is there.
            self._master, self._slave = master, slave
        self._link.symlink_to(os.ttyname(slave))
        threading.Thread(target=self._serve, args=(master,), daemon=True).start()

    def do_forbid(self, forbidden: bool) -> None:
        """Take or give back everybody's right to open the port."""
        (self._link.resolve()).chmod(0o000 if forbidden else 0o666)

    def do_silence(self, servos: list[int]) -> None:
        """Let servos answer no more, as where a cable is loose."""
        self.silent = set(servos)

    def do_error(self, servo: int, bits: int) -> None:
        """Put a servo into an error state."""
        self.errors[servo] = bits

    def do_poke(self, servo: int, address: int, data: list[int]) -> None:
        """Set registers."""
        with self._lock:
            self.memory[servo][address : address + len(data)] = bytes(data)

    def do_state(self) -> dict[str, Any]:
        """Return where the servos are, in steps, and what was written to whom in which order."""
        with self._lock:
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

    def send(self, packet: bytes) -> None:
        """Send a reply."""
        data = self.faults.apply(packet)
        if data and self._master >= 0:
            os.write(self._master, data)

    def _serve(self, master: int) -> None:
        buffer = bytearray()
        while self._master == master:
            try:
                data = os.read(master, 4096)
            except OSError:
                return
            with self._lock:
                if self._master != master:
                    return
                buffer += data
                if not self.faults.frozen:
                    self.take(buffer)
                else:
                    buffer.clear()
