"""Follows the log of a process of the graph, so that a person sees what a driver says of its device."""

from __future__ import annotations

from pathlib import Path

_LINE_MAX = 600


class LogTail:
    """New lines of a log file.

    Args:
        path: The file; it may come later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._rest = b""

    def lines(self) -> list[str]:
        """Return the whole lines that were added since the last call, without ROS's prefix."""
        try:
            with self._path.open("rb") as log:
                log.seek(self._read)
                data = log.read()
        except OSError:
            return []
        self._read += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [_message(line.decode(errors="replace")) for line in whole if line.strip()]


def _message(line: str) -> str:
    """Return a line without ``[INFO] [time] [node]:`` before it."""
    prefix, found, message = line.partition("]: ")
    return (message if found and prefix.startswith("[") else line)[:_LINE_MAX]
