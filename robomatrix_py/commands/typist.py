"""Lines that a person types while a command goes on."""

from __future__ import annotations

import os
import select
import sys
from typing import TextIO

_BYTES_MAX = 4096


class Typist:
    """Hears a terminal without waiting for it.

    Args:
        stream: Where the lines come from.
    """

    def __init__(self, stream: TextIO) -> None:
        self._file = stream.fileno()
        self._typed = b""
        self._ended = False

    @classmethod
    def at_terminal(cls) -> Typist | None:
        """Return whoever sits at this command's terminal, or None where there is none."""
        try:
            return cls(sys.stdin) if sys.stdin is not None and sys.stdin.isatty() else None
        except (ValueError, OSError):
            # Closed, or no file at all.
            return None

    def line(self) -> str:
        """Return a line that was typed, or an empty text."""
        return self.line_within(0.0)

    def line_within(self, wait_s: float) -> str:
        """Return the next line, or an empty text where none comes in time."""
        if not self._is_ours():
            return ""
        if b"\n" not in self._typed and not self._ended and select.select([self._file], [], [], wait_s)[0]:
            typed = os.read(self._file, _BYTES_MAX)
            self._ended = not typed
            self._typed = (self._typed + typed)[-_BYTES_MAX:]
        line, newline, rest = self._typed.partition(b"\n")
        if not newline:
            return ""
        self._typed = rest
        return line.decode(errors="replace").strip()

    def _is_ours(self) -> bool:
        """Return whether what is typed is meant for this command: reading in the background would suspend it."""
        try:
            return not os.isatty(self._file) or os.tcgetpgrp(self._file) == os.getpgrp()
        except OSError:
            # Not the terminal of this command's session.
            return False
