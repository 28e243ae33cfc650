"""Requests and replies on a half-duplex servo bus, with bounded waits and retries."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from robomatrix_py.contracts.errors import StaleDataError
from robomatrix_py.drivers.serial_port import SerialPort

REPLY_S = 0.012
"""A whole bus answers within so much: six replies at 1 Mbit/s take 1 ms, an adapter and its driver some more."""
_TRIES = 3


@dataclass(frozen=True)
class Reply:
    """A status packet.

    Args:
        servo: Who answers.
        error: Its error byte.
        data: What was asked for.
    """

    servo: int
    error: int
    data: bytes


class Codec(Protocol):
    """The packets of one protocol."""

    def decode(self, buffer: bytearray) -> Reply | None:
        """Take the first whole and sound reply off the buffer, and all that stands before it."""


class ServoLink:
    """A port with servos on it.

    Args:
        port: The port.
        codec: How its replies look.
    """

    def __init__(self, port: SerialPort, codec: Codec) -> None:
        self.port = port
        self._codec = codec

    def send(self, packet: bytes) -> None:
        """Send what nobody answers.

        Raises:
            DeviceError: The device has gone.
        """
        self.port.write(packet)

    def ask(self, packet: bytes, servos: Collection[int], length: int, wait_s: float = REPLY_S) -> dict[int, Reply]:
        """Send a request and return the replies that came in time, by servo.

        Args:
            packet: The request.
            servos: Who is to answer.
            length: Bytes of data in a reply; one of another length answers an earlier request.
            wait_s: How long to wait for all of them.

        Raises:
            DeviceError: The device has gone.
        """
        self.port.drain()
        self.port.write(packet)
        deadline_s = time.monotonic() + wait_s
        replies: dict[int, Reply] = {}
        buffer = bytearray()
        while len(replies) < len(servos):
            data = self.port.read(deadline_s)
            if not data:
                break
            buffer += data
            while (reply := self._codec.decode(buffer)) is not None:
                if reply.servo in servos and len(reply.data) == length:
                    replies[reply.servo] = reply
        return replies

    def insist(self, packet: bytes, servo: int, length: int, what: str) -> Reply:
        """Return the reply of one servo, asking up to three times.

        Raises:
            DeviceError: The device has gone.
            StaleDataError: No sound answer came.
        """
        for _ in range(_TRIES):
            reply = self.ask(packet, (servo,), length).get(servo)
            if reply is not None:
                return reply
        raise StaleDataError(
            f"servo {servo} does not answer ({what}), asked {_TRIES} times",
            where=self.port.address,
            remedy="look at its cable and at the arm's power",
            code="SERVO_SILENT",
        )
