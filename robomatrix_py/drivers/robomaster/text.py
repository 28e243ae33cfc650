"""The words of the protocol: ASCII, every message ends with a semicolon, a number after `seq` comes back."""

from __future__ import annotations

from collections.abc import Iterator

CONTROL_PORT = 40923
VIDEO_PORT = 40921
PUSH_PORT = 40924
EVENT_PORT = 40925
END = b";"
# More than any message has; what is longer is not this protocol.
_LONGEST = 4096


class Messages:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Take bytes in and yield the messages that they complete, without their ends."""
        *whole, self._buffer = (self._buffer + data).split(END)
        if len(self._buffer) > _LONGEST:
            whole.append(self._buffer)
            self._buffer = b""
        for message in whole:
            yield message.decode("ascii", errors="replace").strip()


def numbered(reply: str) -> tuple[str, int | None]:
    """Return a reply without its number, and the number; None where it bears none."""
    text, separator, number = reply.rpartition(" seq ")
    if separator and number.strip().isdigit():
        return text, int(number)
    return reply, None


def numbers(text: str, count: int) -> list[float] | None:
    """Return the first so many numbers of a text; None where there are fewer, or something else stands there."""
    words = text.split()
    try:
        values = [float(word) for word in words[:count]]
    except ValueError:
        return None
    return values if len(values) == count else None
