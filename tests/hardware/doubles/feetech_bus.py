"""Stands in for a bus of Feetech STS3215 servos: ping, read, write, sync read, sync write, error byte, checksum.

Run: python feetech_bus.py PORT ID:MODEL ...
Written from Feetech's protocol manual and memory table, not from the driver. What it lacks: EEPROM lock, homing offset,
temperatures.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from servo_bus import ServoBusDouble

PING, READ, WRITE, SYNC_READ, SYNC_WRITE = 1, 2, 3, 0x82, 0x83
BROADCAST = 0xFE
MODEL, TORQUE, GOAL, POSITION, SPEED = 3, 40, 42, 56, 58


class FeetechBusDouble(ServoBusDouble):
    """The servos."""

    def memory_of(self, model: int) -> bytearray:
        cells = bytearray(256)
        struct.pack_into("<H", cells, MODEL, model)
        struct.pack_into("<H", cells, GOAL, self.MIDDLE)
        struct.pack_into("<H", cells, 48, 1000)
        return cells

    def torque_of(self, cells: bytearray) -> bool:
        return cells[TORQUE] == 1

    def goal_of(self, cells: bytearray) -> int:
        (value,) = struct.unpack_from("<H", cells, GOAL)
        return -(value & 0x7FFF) if value & 0x8000 else int(value)

    def show(self, cells: bytearray, position: int, velocity: float) -> None:
        struct.pack_into("<H", cells, POSITION, 0x8000 | -position if position < 0 else position)
        speed = round(abs(velocity)) & 0x7FFF
        struct.pack_into("<H", cells, SPEED, speed | (0x8000 if velocity < 0 else 0))

    def take(self, buffer: bytearray) -> None:
        while len(buffer) >= 6:
            if buffer[:2] != b"\xff\xff":
                del buffer[0]
                continue
            end = 4 + buffer[3]
            if len(buffer) < end:
                return
            packet = bytes(buffer[:end])
            del buffer[:end]
            if ~sum(packet[2:-1]) & 0xFF == packet[-1]:
                self._act(packet[2], packet[4], packet[5:-1])

    def _act(self, servo: int, instruction: int, data: bytes) -> None:
        if instruction == SYNC_READ:
            address, count, *servos = data
            self.move()
            for each in servos:
                self._reply(each, self.memory[each][address : address + count] if each in self.memory else b"")
        elif instruction == SYNC_WRITE:
            address, count = data[:2]
            for start in range(2, len(data), count + 1):
                self.store(data[start], address, data[start + 1 : start + 1 + count])
        elif servo not in self.memory:
            return
        elif instruction == PING:
            self._reply(servo)
        elif instruction == READ:
            self.move()
            self._reply(servo, self.memory[servo][data[0] : data[0] + data[1]])
        elif instruction == WRITE:
            self.store(servo, data[0], data[1:])
            self._reply(servo)

    def _reply(self, servo: int, data: bytes | bytearray = b"") -> None:
        if servo not in self.memory or servo in self.silent:
            return
        body = bytes([servo, len(data) + 2, self.errors[servo]]) + data
        self.send(b"\xff\xff" + body + bytes([~sum(body) & 0xFF]))


def main() -> None:
    link, *servos = sys.argv[1:]
    models = {int(number): int(model) for number, model in (text.split(":") for text in servos)}
    FeetechBusDouble(Path(link), models).serve_orders(address=link)


if __name__ == "__main__":
    main()
