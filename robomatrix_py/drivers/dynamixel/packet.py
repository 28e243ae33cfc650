"""Packets of Dynamixel Protocol 2.0: header, number, length, instruction, parameters, CRC.

Source: ROBOTIS e-Manual, "DYNAMIXEL Protocol 2.0". Numbers are little endian, negative ones in two's complement. Where
the header would occur inside a packet, the sender stuffs a byte 0xfd behind it.
"""

from __future__ import annotations

from robomatrix_py.drivers.servo_link import Reply

PING, READ, WRITE = 0x01, 0x02, 0x03
SYNC_READ, SYNC_WRITE = 0x82, 0x83
STATUS = 0x55
BROADCAST = 0xFE
_HEADER = b"\xff\xff\xfd\x00"
_STUFFED = b"\xff\xff\xfd"
_SHORTEST = 11
# A longer packet than any servo sends is damage.
_LENGTH_MAX = 300


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x8005 if crc & 0x8000 else 0)) & 0xFFFF
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def crc16(data: bytes) -> int:
    """Return the CRC of a packet: polynomial 0x8005, start value 0, not reflected."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _CRC[crc >> 8 ^ byte]
    return crc


def encode(servo: int, instruction: int, data: bytes = b"") -> bytes:
    """Return a request."""
    body = bytes([instruction]) + data
    body = body.replace(_STUFFED, _STUFFED + b"\xfd")
    packet = _HEADER + bytes([servo]) + (len(body) + 2).to_bytes(2, "little") + body
    return packet + crc16(packet).to_bytes(2, "little")


class DynamixelCodec:
    """Finds sound replies in a stream of bytes."""

    def decode(self, buffer: bytearray) -> Reply | None:
        """Take the first whole and sound reply off the buffer, and all that stands before it."""
        while len(buffer) >= _SHORTEST:
            start = buffer.find(_HEADER)
            if start != 0:
                # The last three bytes may be the beginning of a header.
                del buffer[: start if start > 0 else len(buffer) - 3]
                continue
            length = int.from_bytes(buffer[5:7], "little")
            if not 4 <= length <= _LENGTH_MAX:
                del buffer[0]
                continue
            end = 7 + length
            if len(buffer) < end:
                return None
            packet = bytes(buffer[:end])
            if crc16(packet[:-2]) != int.from_bytes(packet[-2:], "little"):
                # What is damaged may hold the beginning of a sound one.
                del buffer[0]
                continue
            del buffer[:end]
            body = packet[7:-2].replace(_STUFFED + b"\xfd", _STUFFED)
            if body[0] == STATUS:
                return Reply(packet[4], body[1], body[2:])
        return None
