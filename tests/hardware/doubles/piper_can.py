"""Stands in for an AgileX Piper on a CAN bus behind an slcan adapter: state at 200 Hz, enabling, joints, gripper.

Run: python piper_can.py PORT
Written from the message descriptions of piper_sdk 0.6.2. What it lacks: other motion modes, parameters, queries.
"""

from __future__ import annotations

import math
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

from pty_double import PtyDouble
from servo_motion import ServoMotion

PERIOD_S = 0.005
MDEG = 180.0e3 / math.pi
HOME_RAD = (0.1, 0.6, -0.8, 0.1, 0.3, 0.1)
SPEED_RAD_S, SINK_RAD_S = 3.5, 0.4


class PiperDouble(PtyDouble):
    """The arm."""

    def __init__(self, link: Path) -> None:
        super().__init__(link)
        self.do_reset()
        threading.Thread(target=self._stream, daemon=True).start()

    def do_reset(self) -> None:
        """Go back to the beginning: plugged in, motors without torque, no faults."""
        self.do_vanish()
        self.faults.clear()
        with self.lock:
            self.shift, self.status, self.teaching, self.foreign = 0, 0, False, False
            self._open, self._enabled, self._controlled = False, False, False
            self._joints = [ServoMotion(angle, SPEED_RAD_S, SINK_RAD_S) for angle in HOME_RAD]
            self._goal = list(HOME_RAD)
            self._stroke, self._stroke_goal = ServoMotion(0.035, 0.3, 0.0), 0.035
        self.do_come_back()

    def do_set(self, **values: Any) -> None:
        """Set shift (of all identifiers), status, teaching or foreign."""
        for key, value in values.items():
            setattr(self, key, value)

    def do_state(self) -> dict[str, Any]:
        """Return where the arm is, rad, and whether it has torque."""
        with self.lock:
            self._move()
            return {"position": [joint.position for joint in self._joints], "torque": self._enabled}

    def take(self, buffer: bytearray) -> None:
        while (end := buffer.find(b"\r")) >= 0:
            line = bytes(buffer[:end])
            del buffer[: end + 1]
            if line[:1] in (b"O", b"C"):
                self._open = line[:1] == b"O"
            elif line[:1] == b"t":
                self._act(int(line[1:4], 16), bytes.fromhex(line[5:].decode()))

    def _act(self, number: int, data: bytes) -> None:
        self._move()
        if number == 0x471:
            self._enabled = data[1] == 2
        elif number == 0x151:
            self._controlled = data[0] == 1 and data[1] == 1 and not self.teaching
        elif number in (0x155, 0x156, 0x157) and self._controlled and not self.status:
            first = 2 * (number - 0x155)
            self._goal[first : first + 2] = [angle / MDEG for angle in struct.unpack(">ii", data)]
        elif number == 0x159 and self._controlled:
            self._stroke_goal = struct.unpack_from(">i", data)[0] * 1e-6

    def _move(self) -> None:
        now_s = time.monotonic()
        for joint, goal in zip(self._joints, self._goal, strict=True):
            joint.move(now_s, self._enabled, joint.position if self.status else goal)
        self._stroke.move(now_s, self._enabled, self._stroke_goal)

    def _stream(self) -> None:
        while True:
            time.sleep(PERIOD_S)
            if self.plugged < 0 or not self._open:
                continue
            with self.lock:
                self._move()
                frames = self._frames()
            for number, data in frames:
                self.send(f"t{number + self.shift:03X}{len(data)}{data.hex().upper()}\r".encode())

    def _frames(self) -> list[tuple[int, bytes]]:
        mode = 2 if self.teaching else int(self._controlled)
        frames = [(0x2A1, bytes([mode, self.status, 1, 0, 0, 0, 0, 0]))]
        angles = [round(joint.position * MDEG) for joint in self._joints]
        frames += [(0x2A5 + i, struct.pack(">ii", *angles[2 * i : 2 * i + 2])) for i in range(3)]
        frames.append((0x2A8, struct.pack(">ihBB", round(self._stroke.position * 1e6), 0, 0x40, 0)))
        for i, joint in enumerate(self._joints):
            speed = round(joint.velocity * 1e3) if self._enabled else 0
            frames.append((0x251 + i, struct.pack(">hHi", speed, 0, 0)))
            frames.append((0x261 + i, bytes([0, 240, 0, 30, 30, 0x40 if self._enabled else 0, 0, 0])))
        if self.foreign:
            frames.append((0x155, bytes(8)))
        return frames


if __name__ == "__main__":
    PiperDouble(Path(sys.argv[1])).serve_orders(address=sys.argv[1])
