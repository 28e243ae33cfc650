"""Reads the two ROS 2 messages that the report draws from their serialised bytes, without ROS.

CDR, as ROS 2 writes it: four bytes of encapsulation, the second of which tells the byte order; then plain
values, each aligned to its own size, counted from after those four bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

JOINT_STATE_TYPE = "sensor_msgs/msg/JointState"
POSE_STAMPED_TYPE = "geometry_msgs/msg/PoseStamped"

_HEADER_BYTES = 4


@dataclass(frozen=True)
class JointPositions:
    """The part of a `sensor_msgs/msg/JointState` that is drawn.

    Args:
        names: Joint names.
        positions: rad, or m for sliding joints; as many as names, or none.
    """

    names: tuple[str, ...]
    positions: tuple[float, ...]


def read_joint_state(data: bytes) -> JointPositions:
    """Read a serialised `sensor_msgs/msg/JointState`.

    Raises:
        ValueError: The bytes are no such message.
    """
    cursor = _Cursor(data)
    cursor.skip_header()
    names = tuple(cursor.text() for _ in range(cursor.count(minimum_bytes=4)))
    return JointPositions(names, cursor.doubles(cursor.count(minimum_bytes=8)))


def read_pose_stamped(data: bytes) -> tuple[float, ...]:
    """Read a serialised `geometry_msgs/msg/PoseStamped` and return its position in m, shape (3,).

    Raises:
        ValueError: The bytes are no such message.
    """
    cursor = _Cursor(data)
    cursor.skip_header()
    return cursor.doubles(3)


class _Cursor:
    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER_BYTES:
            raise ValueError("a serialised message has at least four bytes")
        self._body = memoryview(data)[_HEADER_BYTES:]
        self._order = "<" if data[1] & 1 else ">"
        self._at = 0

    def skip_header(self) -> None:
        """Skip a `std_msgs/msg/Header`: seconds, nanoseconds, frame name."""
        self._take("iI", 4)
        self.text()

    def text(self) -> str:
        """Read a string; its length counts the closing zero."""
        (length,) = self._take("I", 4)
        raw = self._body[self._at : self._at + length]
        if len(raw) != length:
            raise ValueError("a text reaches beyond the message")
        self._at += length
        return bytes(raw[:-1]).decode("utf-8", "replace")

    def count(self, minimum_bytes: int) -> int:
        """Read the length of a sequence whose items take at least so many bytes each."""
        (count,) = self._take("I", 4)
        if count * minimum_bytes > len(self._body) - self._at:
            raise ValueError("a sequence reaches beyond the message")
        return int(count)

    def doubles(self, count: int) -> tuple[float, ...]:
        """Read so many doubles."""
        return self._take(f"{count}d", 8) if count else ()

    def _take(self, form: str, alignment: int) -> tuple[Any, ...]:
        self._at += -self._at % alignment
        try:
            values = struct.unpack_from(self._order + form, self._body, self._at)
        except struct.error:
            raise ValueError("the message ends too early") from None
        self._at += struct.calcsize(self._order + form)
        return values
