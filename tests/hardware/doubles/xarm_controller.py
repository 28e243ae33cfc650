"""Stands in for the controller of a UFACTORY xArm6: commands, state reports, and a gripper on the tool's RS-485 bus.

Run: python xarm_controller.py ADDRESS PORT      (any address of the loopback network; a real one listens on port 502)
Sources: UFACTORY, xArm developer manual (private Modbus TCP) and xArm gripper manual.
The real xarm-python-sdk connects and servoes against it. What it lacks: kinematics, dynamics, motions other than servo
j, and all registers that are not named here, which it answers as invalid.
"""

from __future__ import annotations

import math
import socket
import struct
import sys
import threading
import time
from typing import Any

from servo_motion import ServoMotion
from tcp_double import TcpDouble

REPORT_PORT, REPORT_BYTES, REPORT_PERIOD_S = 30003, 87, 0.01
HOME_RAD = (0.0, -0.6, -0.7, 0.1, 1.3, 0.1)
SPEED_RAD_S = 3.1416
AXES = 6

GET_VERSION, MOTION_ENABLE, SET_STATE, GET_STATE, GET_COMMANDS, GET_ERROR, SET_MODE = 1, 11, 12, 13, 14, 15, 19
SERVO_J, GET_POSE, GET_JOINTS, RS485, READ_TOOL = 29, 41, 42, 124, 128
POSITION_MODE, SERVO_MODE, TEACHING_MODE = 0, 1, 2
MOVING, STANDBY, STOPPED = 1, 2, 4
STATUS_ERROR, STATUS_NOT_READY, STATUS_INVALID = 0x40, 0x10, 0x08

GRIPPER_ID, READ_HOLDING, WRITE_HOLDING = 8, 0x03, 0x10
GRIPPER_ERROR, GRIPPER_TARGET, GRIPPER_POSITION, GRIPPER_OPEN, GRIPPER_PER_S = 0x000F, 0x0700, 0x0702, 850.0, 1700.0
# The tool's bus runs at 2 Mbit/s: the maker's number for that.
TOOL_BAUD = 11


class XarmController(TcpDouble):
    """The controller."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, {port: self._serve_commands, REPORT_PORT: self._serve_reports})
        self._lock = threading.Lock()
        self.do_reset()

    def do_reset(self) -> None:
        """Go back to the beginning: switched on, brakes closed, no error."""
        self.do_vanish()
        self.faults.clear()
        self.model, self.error, self.in_use, self.teaching = "6,6", 0, False, False
        self._mode, self._state, self._enabled = POSITION_MODE, STOPPED, False
        self._goal = list(HOME_RAD)
        self._joints = [ServoMotion(angle, SPEED_RAD_S, 0.0) for angle in HOME_RAD]
        self._finger, self._finger_goal = ServoMotion(GRIPPER_OPEN, GRIPPER_PER_S, 0.0), GRIPPER_OPEN
        self.do_come_back()

    def do_set(self, **values: Any) -> None:
        """Set model, error, in_use or teaching."""
        for key, value in values.items():
            setattr(self, key, value)
        if self.error:
            self._state = STOPPED

    def do_state(self) -> dict[str, Any]:
        """Return where the arm is, and whether its motors hold it."""
        self._move()
        return {"position": [joint.position for joint in self._joints], "torque": self._enabled}

    def _move(self) -> None:
        with self._lock:
            now_s = time.monotonic()
            for joint, goal in zip(self._joints, self._goal, strict=True):
                # Stopped or with its brakes closed it stays where it is.
                joint.move(now_s, True, goal if self._enabled and self._state != STOPPED else joint.position)
            self._finger.move(now_s, True, self._finger_goal)

    def _said_mode(self) -> int:
        return TEACHING_MODE if self.teaching else self._mode

    def _said_state(self) -> int:
        moving = any(abs(joint.position - goal) > 1e-3 for joint, goal in zip(self._joints, self._goal, strict=True))
        if self.in_use:
            return MOVING
        return self._state if self._state == STOPPED or not moving else MOVING

    def _serve_commands(self, link: socket.socket) -> None:
        buffer = b""
        while data := link.recv(4096):
            buffer += data
            while len(buffer) >= 6:
                transaction, protocol, length = struct.unpack(">HHH", buffer[:6])
                if len(buffer) < 6 + length:
                    break
                function, data, buffer = buffer[6], buffer[7 : 6 + length], buffer[6 + length :]
                if self.faults.frozen:
                    continue
                time.sleep(self.faults.delay_s)
                answer = self._answer(function, data)
                status = STATUS_INVALID if answer is None else 0
                status |= STATUS_ERROR if self.error else 0
                status |= STATUS_NOT_READY if self._state == STOPPED else 0
                reply = bytes([function, status]) + (answer or b"")
                link.sendall(struct.pack(">HHH", transaction, protocol, len(reply)) + reply)

    def _answer(self, function: int, data: bytes) -> bytes | None:
        """Carry a command out; None stands for one that is unknown or not permitted now."""
        self._move()
        if function == GET_VERSION:
            return f"v,{self.model},XI120300000001,AC120300000001,v2.6.0".encode().ljust(60, b"\0")
        if function == GET_STATE:
            return bytes([self._said_state()])
        if function == GET_COMMANDS:
            return struct.pack(">H", 0)
        if function == GET_ERROR:
            return bytes([self.error, 0])
        if function == GET_POSE:
            return struct.pack("<6f", 300.0, 0.0, 200.0, math.pi, 0.0, 0.0)
        if function == GET_JOINTS:
            vectors = ([j.position for j in self._joints], [j.velocity for j in self._joints], [0.0] * AXES)
            count = data[0] if data else 1
            return b"".join(struct.pack("<7f", *vector, 0.0) for vector in vectors[:count])
        if function == READ_TOOL:
            return struct.pack(">i", TOOL_BAUD)
        if function == RS485:
            return data[:1] + self._gripper(data[1:])
        if self.error:
            # Moving and what belongs to it wait until a person has cleared the error.
            return b""
        return self._take(function, data)

    def _take(self, function: int, data: bytes) -> bytes | None:
        with self._lock:
            if function == MOTION_ENABLE:
                self._enabled = bool(data[1])
            elif function == SET_MODE:
                self._mode, self._state = data[0], STOPPED
            elif function == SET_STATE:
                self._goal = [joint.position for joint in self._joints]
                self._state = STANDBY if data[0] == 0 else STOPPED
            elif function == SERVO_J:
                if self._mode == SERVO_MODE and self._state != STOPPED and not self.teaching:
                    self._goal = list(struct.unpack("<6f", data[:24]))
            else:
                return None
        return b""

    def _gripper(self, request: bytes) -> bytes:
        """Answer a Modbus RTU frame, which comes and goes without its check sum."""
        unit, function, register, count = struct.unpack(">BBHH", request[:6])
        if unit != GRIPPER_ID:
            return b""
        if function == READ_HOLDING:
            values = {GRIPPER_POSITION: struct.pack(">i", round(self._finger.position)), GRIPPER_ERROR: b"\0\0"}
            data = values.get(register, bytes(2 * count))
            return bytes([unit, function, len(data)]) + data
        if function == WRITE_HOLDING and register == GRIPPER_TARGET:
            with self._lock:
                self._finger_goal = float(struct.unpack(">i", request[7:11])[0])
        return request[:6]

    def _serve_reports(self, link: socket.socket) -> None:
        due_s = time.monotonic()
        while True:
            self._move()
            if not self.faults.frozen:
                head = struct.pack(">IBH", REPORT_BYTES, self._said_state() | self._said_mode() << 4, 0)
                joints = struct.pack("<7f", *(joint.position for joint in self._joints), 0.0)
                link.sendall((head + joints).ljust(REPORT_BYTES, b"\0"))
            due_s = max(due_s + REPORT_PERIOD_S, time.monotonic() - REPORT_PERIOD_S)
            time.sleep(max(0.0, due_s - time.monotonic()))


if __name__ == "__main__":
    XarmController(sys.argv[1], int(sys.argv[2])).serve_orders(address=f"{sys.argv[1]}:{sys.argv[2]}")
