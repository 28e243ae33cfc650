"""Keeps the newest packet of a stream: whoever is slow misses pictures, and gets none that is old."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from av.error import FFmpegError

_JOIN_S = 1.5


class NewestPacket:
    """Reads a stream in a thread that owns it. Each packet must be a picture of its own, as those of MJPEG are.

    Args:
        container: What was opened; it is closed by the thread.
    """

    def __init__(self, container: Any) -> None:
        self._container = container
        self._changed = threading.Condition()
        self._packet: tuple[Any, float] | None = None
        self._end: str | None = None
        self._running = True
        self._thread = threading.Thread(target=self._run, name="packets", daemon=True)
        self._thread.start()

    def take(self, wait_s: float) -> tuple[Any, float] | None:
        """Return the newest packet that was not taken yet and when it came; None where none comes in time.

        Raises:
            ConnectionError: The stream has ended; the text says why.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._packet is not None or self._end is not None, wait_s)
            packet, self._packet = self._packet, None
            if packet is None and self._end is not None:
                raise ConnectionError(self._end)
            return packet

    def close(self) -> None:
        """End the thread, which closes the stream; takes as long as the stream does for a packet, 1.5 s at most."""
        self._running = False
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        end = "it sends no more"
        try:
            for packet in self._container.demux(video=0):
                if not self._running:
                    break
                if packet.size:
                    with self._changed:
                        self._packet = packet, time.monotonic()
                        self._changed.notify()
        except OSError as error:
            end = str(error)
        with self._changed:
            self._end = end
            self._changed.notify()
        with contextlib.suppress(FFmpegError):
            self._container.close()
