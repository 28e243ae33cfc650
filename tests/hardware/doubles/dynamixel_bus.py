"""Stands in for a bus of Dynamixel X servos, Protocol 2.0: ping, read, write, sync read, sync write, alert, CRC.

Run: python dynamixel_bus.py PORT ID:MODEL[:FIRST] ...    FIRST: whom a second servo on the same joint listens to
Written from ROBOTIS' e-Manual, not from the driver. What it lacks: profiles, bulk and fast sync reads, indirect data.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from servo_bus import ServoBusDouble

PING, READ, WRITE, REBOOT, STATUS, SYNC_READ, SYNC_WRITE = 1, 2, 3, 8, 0x55, 0x82, 0x83
HEADER = b"\xff\xff\xfd\x00"
MODEL, MODE, SECOND, TORQUE, HARDWARE_ERROR, GOAL, CURRENT, SPEED, POSITION = 0, 11, 12, 64, 70, 116, 126, 128, 132
READ_ONLY_FROM = 120
UNIT_STEPS_S = 0.229 / 60.0 * 4096.0


def crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x8005) if crc & 0x8000 else (crc << 1)
            crc &= 0xFFFF
    return crc


class DynamixelBusDouble(ServoBusDouble):
    """The servos."""

    def __init__(self, link: Path, servos: dict[int, int], firsts: dict[int, int]) -> None:
        self._firsts = firsts
        super().__init__(link, servos)

    def do_reset(self) -> None:
        super().do_reset()
        for second, first in self._firsts.items():
            self.memory[second][SECOND] = first

    def do_error(self, servo: int, bits: int) -> None:
        """As the real ones do: a hardware error takes the torque away and is reported until the next reboot."""
        super().do_error(servo, bits)
        self.memory[servo][HARDWARE_ERROR] = bits
        if bits:
            self.memory[servo][TORQUE] = 0

    def memory_of(self, model: int) -> bytearray:
        cells = bytearray(700)
        struct.pack_into("<H", cells, MODEL, model)
        cells[MODE], cells[SECOND] = 3, 255
        struct.pack_into("<H", cells, 36, 885)
        struct.pack_into("<i", cells, GOAL, self.MIDDLE)
        return cells

    def torque_of(self, cells: bytearray) -> bool:
        return cells[TORQUE] == 1

    def goal_of(self, cells: bytearray) -> int:
        (goal,) = struct.unpack_from("<i", cells, GOAL)
        return int(goal)

    def show(self, cells: bytearray, position: int, velocity: float) -> None:
        struct.pack_into("<ii", cells, SPEED, round(velocity / UNIT_STEPS_S), position)

    def take(self, buffer: bytearray) -> None:
        while len(buffer) >= 10:
            if buffer[:4] != HEADER:
                del buffer[0]
                continue
            end = 7 + int.from_bytes(buffer[5:7], "little")
            if len(buffer) < end:
                return
            packet = bytes(buffer[:end])
            del buffer[:end]
            if crc16(packet[:-2]) == int.from_bytes(packet[-2:], "little"):
                body = packet[7:-2].replace(b"\xff\xff\xfd\xfd", b"\xff\xff\xfd")
                self._act(packet[4], body[0], body[1:])

    def _act(self, servo: int, instruction: int, data: bytes) -> None:
        if instruction == SYNC_READ:
            address, count = struct.unpack_from("<HH", data)
            self.move()
            for each in data[4:]:
                if each in self.memory:
                    self._reply(each, self.memory[each][address : address + count])
        elif instruction == SYNC_WRITE:
            address, count = struct.unpack_from("<HH", data)
            for start in range(4, len(data), count + 1):
                self._store_all(data[start], address, data[start + 1 : start + 1 + count])
        elif servo not in self.memory:
            return
        elif instruction == PING:
            self._reply(servo, self.memory[servo][0:2] + b"\x2d")
        elif instruction == READ:
            address, count = struct.unpack("<HH", data)
            self.move()
            self._reply(servo, self.memory[servo][address : address + count])
        elif instruction == WRITE:
            (address,) = struct.unpack_from("<H", data)
            self._reply(servo, error=self._store_all(servo, address, data[2:]))

    def _store_all(self, servo: int, address: int, data: bytes) -> int:
        if address >= READ_ONLY_FROM or (address < TORQUE and self.memory[servo][TORQUE]):
            return 7
        for each, cells in self.memory.items():
            broken = self.errors[each] and address == TORQUE
            if (each == servo or cells[SECOND] == servo) and not broken:
                self.store(each, address, data)
        return 0

    def _reply(self, servo: int, data: bytes | bytearray = b"", error: int = 0) -> None:
        if servo in self.silent:
            return
        alert = 0x80 if self.errors[servo] else 0
        body = (bytes([STATUS, error | alert]) + data).replace(b"\xff\xff\xfd", b"\xff\xff\xfd\xfd")
        packet = HEADER + bytes([servo]) + (len(body) + 2).to_bytes(2, "little") + body
        self.send(packet + crc16(packet).to_bytes(2, "little"))


def main() -> None:
    link, *servos = sys.argv[1:]
    models: dict[int, int] = {}
    firsts: dict[int, int] = {}
    for text in servos:
        number, model, *first = map(int, text.split(":"))
        models[number] = model
        if first:
            firsts[number] = first[0]
    DynamixelBusDouble(Path(link), models, firsts).serve_orders(address=link)


if __name__ == "__main__":
    main()
