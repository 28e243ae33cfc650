"""Packets of Feetech's protocol for STS servos: header, number, length, instruction or error, data, checksum.

Source: Feetech, "SMS/STS communication protocol manual". Numbers are little endian; negative ones are a sign bit and a
magnitude.
"""

from __future__ import annotations

from robomatrix_py.drivers.servo_link import Reply

PING, READ, WRITE = 0x01, 0x02, 0x03
SYNC_READ, SYNC_WRITE = 0x82, 0x83
BROADCAST = 0xFE
_HEADER = b"\xff\xff"
_SHORTEST = 6


def encode(servo: int, instruction: int, data: bytes = b"") -> bytes:
    """Return a request."""
    body = bytes([servo, len(data) + 2, instruction]) + data
    return _HEADER + body + bytes([checksum(body)])


def checksum(body: bytes | bytearray) -> int:
    """Return the inverted low byte of the sum of all from the number on."""
    return ~sum(body) & 0xFF


def signed(value: int, sign_bit: int) -> int:
    """Return a number of sign bit and magnitude."""
    magnitude = value & ((1 << sign_bit) - 1)
    return -magnitude if value >> sign_bit & 1 else magnitude


def unsigned(value: int, sign_bit: int) -> int:
    """Return the sign bit and magnitude of a number."""
    return (1 << sign_bit) | -value if value < 0 else value


class FeetechCodec:
    """Finds sound replies in a stream of bytes."""

    def decode(self, buffer: bytearray) -> Reply | None:
        """Take the first whole and sound reply off the buffer, and all that stands before it."""
        while len(buffer) >= _SHORTEST:
            start = buffer.find(_HEADER)
            if start != 0:
                del buffer[: start if start > 0 else len(buffer) - 1]
                continue
            length = buffer[3]
            # A third 0xff is the header's second byte, after one of noise; a reply has an error byte and a checksum.
            if buffer[2] == 0xFF or length < 2:
                del buffer[0]
                continue
            end = 4 + length
            if len(buffer) < end:
                return None
            packet = bytes(buffer[:end])
            if packet[-1] != checksum(packet[2:-1]):
                # What is damaged may hold the beginning of a sound one.
                del buffer[0]
                continue
            del buffer[:end]
            return Reply(packet[2], packet[4], packet[5:-1])
        return None
