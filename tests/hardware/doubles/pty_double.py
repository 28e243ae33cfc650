"""An adapter on USB, as a pseudo terminal: it can be unplugged and plugged in again under the same name."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import threading
import tty
from pathlib import Path

from double import Double


class PtyDouble(Double):
    """What hangs on the adapter. The port is a symbolic link that goes and comes like that of a USB adapter.

    Args:
        link: Path of the port.
    """

    def __init__(self, link: Path) -> None:
        super().__init__()
        self._link = link
        # Once more by who has it: what is taken is answered.
        self.lock = threading.RLock()
        self._master = -1
        self._slave = -1

    def take(self, buffer: bytearray) -> None:
        """Act on every whole request in the buffer and take it off."""
        raise NotImplementedError

    @property
    def plugged(self) -> int:
        """A number of the adapter as it is plugged in now, negative where it is not."""
        return self._master

    def do_vanish(self) -> None:
        """Unplug the adapter."""
        with self.lock:
            for file in (self._master, self._slave):
                if file >= 0:
                    os.close(file)
            self._master = self._slave = -1
        self._link.unlink(missing_ok=True)

    def do_come_back(self) -> None:
        """Plug it in again."""
        master, slave = pty.openpty()
        tty.setraw(master)
        # Where nobody reads, bytes are lost, as on a real wire.
        os.set_blocking(master, False)
        tty.setraw(slave)
        with self.lock:
            # The slave stays open here, or the master would read an error while no client is there.
            self._master, self._slave = master, slave
        self._link.symlink_to(os.ttyname(slave))
        threading.Thread(target=self._serve, args=(master,), daemon=True).start()

    def do_forbid(self, forbidden: bool) -> None:
        """Take or give back everybody's right to open the port."""
        (self._link.resolve()).chmod(0o000 if forbidden else 0o666)

    def send(self, packet: bytes) -> None:
        """Send a reply."""
        data = self.faults.apply(packet)
        # The number of a port that is unplugged meanwhile may soon be another file's.
        with self.lock:
            if data and self._master >= 0:
                with contextlib.suppress(BlockingIOError):
                    os.write(self._master, data)

    def _serve(self, master: int) -> None:
        buffer = bytearray()
        while self._master == master:
            try:
                select.select([master], [], [], 0.5)
                data = os.read(master, 4096)
            except BlockingIOError:
                continue
            except (OSError, ValueError):
                return
            with self.lock:
                if self._master != master:
                    return
                buffer += data
                if not self.faults.frozen:
                    self.take(buffer)
                else:
                    buffer.clear()
