"""Stands in for the controller of a UR e-Series arm: dashboard, RTDE v2, script ports, and a Robotiq URCap's socket.

Run: python ur_controller.py ADDRESS      (any address of the loopback network, so that several can run)
The real ur-rtde connects, uploads its control script and drives servoJ against it. What it lacks: kinematics, dynamics,
the script itself (what it would answer in the registers is answered here), and motions other than servoJ.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from typing import Any

from servo_motion import ServoMotion
from tcp_double import TcpDouble

DASHBOARD_PORT, RTDE_PORT, SCRIPT_PORTS, ROBOTIQ_PORT = 29999, 30004, (30001, 30002, 30003), 63352
HOME_RAD = (0.0, -1.57, 1.57, -1.57, -1.57, 0.0)
SPEED_RAD_S = 3.1416

VERSION, CONTROLLER, OUTPUTS, INPUTS, START, PAUSE, DATA = (ord(letter) for letter in "VvOISPU")
FORMATS = {
    "DOUBLE": "d",
    "VECTOR3D": "3d",
    "VECTOR6D": "6d",
    "VECTOR6INT32": "6i",
    "UINT64": "Q",
    "UINT32": "I",
    "INT32": "i",
    "UINT8": "B",
    "BOOL": "?",
}
TYPES = {
    name: kind
    for kind, names in {
        "DOUBLE": """timestamp actual_execution_time speed_scaling target_speed_fraction actual_momentum
            actual_main_voltage actual_robot_voltage actual_robot_current payload standard_analog_input0
            standard_analog_input1 standard_analog_output0 standard_analog_output1""",
        "VECTOR3D": "actual_tool_accelerometer payload_cog",
        "VECTOR6D": """target_q target_qd target_qdd target_current target_moment target_TCP_pose target_TCP_speed
            actual_q actual_qd actual_current actual_current_as_torque actual_TCP_pose actual_TCP_speed actual_TCP_force
            actual_joint_voltage joint_control_output joint_temperatures ft_raw_wrench payload_inertia
            external_force_torque""",
        "VECTOR6INT32": "joint_mode",
        "UINT64": "actual_digital_input_bits actual_digital_output_bits",
        "UINT32": "runtime_state robot_status_bits safety_status_bits speed_slider_mask tool_digital_input_bits",
        "INT32": "robot_mode safety_mode safety_status",
    }.items()
    for name in names.split()
}
# The control script's side of the registers.
READY, DONE, SERVOJ, STOP_SCRIPT = 1, 2, 11, 255
STREAMING = (0, 9, 10, 11, 12, 13)
SCRIPT_BYTES, SCRIPT_STARTS_S = 3000, 0.2
SAFETY_NORMAL_BIT, PROTECTIVE_STOP_BIT = 1, 1 << 2


def type_of(name: str) -> str:
    if name in TYPES:
        return TYPES[name]
    for part, kind in (
        ("double_reg", "DOUBLE"),
        ("int_reg", "INT32"),
        ("bit_registers", "UINT32"),
        ("bit_reg", "BOOL"),
    ):
        if part in name:
            return kind
    if name.startswith(("standard_digital_output", "tool_digital_output", "standard_analog_output_m")):
        return "UINT8"
    if name.endswith("_type"):
        return "UINT8"
    return "DOUBLE" if name.startswith(("speed_slider", "standard_analog")) else "NOT_FOUND"


class UrController(TcpDouble):
    """The controller."""

    def __init__(self, host: str) -> None:
        ports = dict.fromkeys(SCRIPT_PORTS, self._serve_script)
        ports |= {DASHBOARD_PORT: self._serve_dashboard, RTDE_PORT: self._serve_rtde, ROBOTIQ_PORT: self._serve_robotiq}
        super().__init__(host, ports)
        self._lock = threading.Lock()
        self._began_s = time.monotonic()
        self.do_reset()

    def do_reset(self) -> None:
        """Go back to the beginning: switched on, in remote control, no program."""
        self.do_vanish()
        self.faults.clear()
        self.model, self.remote, self.in_use, self.protective = "UR5", True, False, False
        self._running, self._handshake = False, READY
        self._goal = list(HOME_RAD)
        self._joints = [ServoMotion(angle, SPEED_RAD_S, 0.5) for angle in HOME_RAD]
        self._finger, self._finger_goal = ServoMotion(0.0, 450.0, 0.0), 0.0
        self.do_come_back()

    def do_set(self, **values: Any) -> None:
        """Set model, remote, in_use or protective."""
        for key, value in values.items():
            setattr(self, key, value)
        if self.protective:
            self._running = False

    def do_state(self) -> dict[str, Any]:
        """Return where the arm is."""
        self._move()
        return {"position": [joint.position for joint in self._joints], "running": self._running}

    def _move(self) -> None:
        with self._lock:
            now_s = time.monotonic()
            for joint, goal in zip(self._joints, self._goal, strict=True):
                # Without a program the controller holds where the arm is.
                joint.move(now_s, True, goal if self._running else joint.position)
            self._finger.move(now_s, True, self._finger_goal)

    def _value(self, name: str) -> Any:
        """Return an output variable; None stands for zero."""
        known = {
            "timestamp": time.monotonic() - self._began_s,
            "actual_q": [joint.position for joint in self._joints],
            "actual_qd": [joint.velocity if self._running else 0.0 for joint in self._joints],
            "robot_mode": 7,
            "safety_mode": 3 if self.protective else 1,
            "safety_status_bits": PROTECTIVE_STOP_BIT if self.protective else SAFETY_NORMAL_BIT,
            "runtime_state": 2 if self._running else 1,
            "robot_status_bits": 1 | (2 if self._running else 0),
            "output_int_register_0": self._handshake,
        }
        return known.get(name)

    def _command(self, values: dict[str, tuple[Any, ...]]) -> None:
        """Do what the control script would do with the input registers."""
        integers = [value[0] for name, value in values.items() if "int_register" in name]
        command = integers[0] if integers else 0
        self._handshake = READY if command in STREAMING else DONE
        if command == STOP_SCRIPT:
            self._running = False
        if command == SERVOJ and self._running:
            doubles = [value[0] for name, value in values.items() if "double_register" in name]
            with self._lock:
                self._goal = doubles[:6]

    def _serve_rtde(self, link: socket.socket) -> None:
        outputs: list[str] = []
        recipes: dict[int, list[str]] = {}
        streaming = threading.Event()
        rate_hz, buffer, controls = 125.0, b"", False
        try:
            while data := link.recv(65536):
                if self.faults.frozen:
                    continue
                buffer += data
                while len(buffer) >= 3 and len(buffer) >= struct.unpack(">H", buffer[:2])[0]:
                    length, kind = struct.unpack(">HB", buffer[:3])
                    payload, buffer = buffer[3:length], buffer[length:]
                    if kind == VERSION:
                        _send(link, kind, b"\x01")
                    elif kind == CONTROLLER:
                        _send(link, kind, struct.pack(">4I", 5, 12, 0, 0))
                    elif kind == OUTPUTS:
                        (rate_hz,) = struct.unpack(">d", payload[:8])
                        outputs = [name for name in payload[8:].decode().split(",") if name]
                        _send(link, kind, b"\x01" + ",".join(map(type_of, outputs)).encode())
                    elif kind == INPUTS:
                        names = [name for name in payload.decode().split(",") if name]
                        kinds = ["IN_USE"] * len(names) if self.in_use else [type_of(name) for name in names]
                        number = 0 if self.in_use else len(recipes) + 1
                        recipes[number] = names
                        controls = True
                        _send(link, kind, bytes([number]) + ",".join(kinds).encode())
                    elif kind == START:
                        _send(link, kind, b"\x01")
                        if not streaming.is_set():
                            streaming.set()
                            arguments = (link, outputs, 1.0 / rate_hz, streaming)
                            threading.Thread(target=self._stream, args=arguments, daemon=True).start()
                    elif kind == PAUSE:
                        streaming.clear()
                        _send(link, kind, b"\x01")
                    elif kind == DATA:
                        self._command(_unpack(recipes[payload[0]], payload[1:]))
        finally:
            streaming.clear()
            if controls:
                # The script's watchdog.
                self._running = False

    def _stream(self, link: socket.socket, names: list[str], period_s: float, streaming: threading.Event) -> None:
        due_s = time.monotonic()
        while streaming.is_set():
            self._move()
            packet = b"\x01" + b"".join(_pack(type_of(name), self._value(name)) for name in names)
            if not self.faults.frozen:
                time.sleep(self.faults.delay_s)
                try:
                    _send(link, DATA, packet)
                except OSError:
                    return
            due_s = max(due_s + period_s, time.monotonic() - period_s)
            time.sleep(max(0.0, due_s - time.monotonic()))

    def _serve_script(self, link: socket.socket) -> None:
        received = 0
        while data := link.recv(65536):
            received += len(data)
            if received > SCRIPT_BYTES and not self._running and not self.protective:
                received = 0
                time.sleep(SCRIPT_STARTS_S)
                with self._lock:
                    self._goal = [joint.position for joint in self._joints]
                    self._handshake, self._running = READY, True

    def _serve_dashboard(self, link: socket.socket) -> None:
        link.sendall(b"Connected: Universal Robots Dashboard Server\n")
        while data := link.recv(1000):
            answers = {
                "get robot model": self.model,
                "get serial number": "20205500000",
                "PolyscopeVersion": "URSoftware 5.12.0.1101319 (Mar 22 2022)",
                "is in remote control": "true" if self.remote else "false",
                "robotmode": "Robotmode: RUNNING",
                "safetystatus": f"Safetystatus: {'PROTECTIVE_STOP' if self.protective else 'NORMAL'}",
                "running": f"Program running: {str(self._running).lower()}",
            }
            for question in data.decode().splitlines():
                link.sendall(answers.get(question.strip(), "could not understand").encode() + b"\n")

    def _serve_robotiq(self, link: socket.socket) -> None:
        while data := link.recv(1000):
            for question in data.decode().splitlines():
                words = question.split()
                if words[0] == "SET":
                    registers = dict(zip(words[1::2], words[2::2], strict=True))
                    with self._lock:
                        self._finger_goal = float(registers.get("POS", self._finger_goal))
                    link.sendall(b"ack\n")
                else:
                    self._move()
                    values = {"POS": str(round(self._finger.position)), "STA": "3"}
                    link.sendall(f"{words[1]} {values.get(words[1], '0')}\n".encode())


def _send(link: socket.socket, kind: int, payload: bytes) -> None:
    link.sendall(struct.pack(">HB", len(payload) + 3, kind) + payload)


def _pack(kind: str, value: Any) -> bytes:
    layout = FORMATS[kind]
    if value is None:
        value = [0] * (int(layout[0]) if layout[0].isdigit() else 1)
    return struct.pack(">" + layout, *(value if isinstance(value, list) else [value]))


def _unpack(names: list[str], payload: bytes) -> dict[str, tuple[Any, ...]]:
    values, offset = {}, 0
    for name in names:
        layout = ">" + FORMATS[type_of(name)]
        values[name] = struct.unpack_from(layout, payload, offset)
        offset += struct.calcsize(layout)
    return values


if __name__ == "__main__":
    UrController(sys.argv[1]).serve_orders(address=sys.argv[1])
