"""Stands in for a DJI RoboMaster EP: its text protocol on TCP, pushes on UDP, events, H.264 video.

Run: python robomaster_ep.py ADDRESS
Written from DJI's "Plaintext SDK" pages. Its x points ahead, its y to the right, it turns clockwise, in degrees.
What it lacks: gimbal, audio, `chassis move` and `wheel`, sensors, the broadcast of its address.
"""

from __future__ import annotations

import contextlib
import math
import socket
import sys
import threading
import time
from fractions import Fraction
from typing import Any

import av
import numpy as np
from servo_motion import ServoMotion
from tcp_double import TcpDouble

CONTROL, EVENTS, PUSH, VIDEO = 40923, 40925, 40924, 40921
WIDTH, HEIGHT, PICTURES_HZ = 1280, 720, 30
# Time in which its wheels take on a speed.
LAG_S = 0.05
ARM_CM_S = 30.0
TICK_S = 0.005
FLAGS = 11
PICKED_UP, ROLLED_OVER = 4, 9


class RoboMasterDouble(TcpDouble):
    """The robot."""

    def __init__(self, host: str) -> None:
        self._lock = threading.Lock()
        self._client: str | None = None
        super().__init__(host, {CONTROL: self._serve_control, EVENTS: self._serve_events, VIDEO: self._serve_video})
        self._push = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._push.bind((host, 0))
        self.do_reset()
        threading.Thread(target=self._run, daemon=True).start()

    def do_reset(self) -> None:
        """Go back to the beginning: switched on, nobody connected, at the origin."""
        self.do_vanish()
        self.faults.clear()
        self.in_use, self.foreign, self.refuse, self.stream = False, False, "", False
        self.flags = [0] * FLAGS
        with self._lock:
            self._goal, self._speed, self._place = [0.0] * 3, [0.0] * 3, [0.0] * 3
            # In cm; it begins where robot.yaml has its home.
            self._arm = [ServoMotion(16.5, ARM_CM_S, 0.0), ServoMotion(10.9, ARM_CM_S, 0.0)]
            self._arm_goal = [16.5, 10.9]
            self._gripper = 2
            self._client = None
            self._listeners: list[socket.socket] = []
            self._rates: dict[str, float] = {}
            self._due: dict[str, float] = {}
        self.do_come_back()

    def do_set(self, **values: Any) -> None:
        """Set in_use, foreign (another product), refuse (the answer to every speed) or stream (the camera)."""
        for key, value in values.items():
            setattr(self, key, value)

    def do_flag(self, number: int, on: bool) -> None:
        """Set one of the flags of `chassis status`."""
        self.flags[number] = int(on)

    def do_hit(self, side: int) -> None:
        """Hit one of its armour plates."""
        for link in self._listeners:
            link.sendall(f"armor event hit {side} 1;".encode())

    def do_state(self) -> dict[str, Any]:
        """Return where it is, in m and degrees of its own axes, and how fast."""
        with self._lock:
            arm = [axis.position for axis in self._arm]
            return {"place": list(self._place), "speed": list(self._speed), "arm": arm, "gripper": self._gripper}

    def do_vanish(self) -> None:
        super().do_vanish()
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        """Leave SDK mode, as when the connection ends: it stands, and pushes nothing."""
        self._client, self._goal, self._rates = None, [0.0] * 3, {}

    def _serve_control(self, link: socket.socket) -> None:
        buffer = b""
        try:
            while data := link.recv(1024):
                *messages, buffer = (buffer + data).split(b";")
                if self.in_use or self.faults.frozen:
                    continue
                for message in messages:
                    link.sendall(self.faults.apply(self._answer(link, message.decode().strip()).encode()))
        finally:
            with self._lock:
                self._leave()

    def _serve_events(self, link: socket.socket) -> None:
        self._listeners.append(link)
        try:
            while link.recv(1024):
                pass
        finally:
            with contextlib.suppress(ValueError):
                self._listeners.remove(link)

    def _serve_video(self, link: socket.socket) -> None:
        """Send a white bar that moves to the right."""
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        encoder.time_base = Fraction(1, PICTURES_HZ)
        encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(PICTURES_HZ)}
        number = 0
        while True:
            time.sleep(1.0 / PICTURES_HZ)
            if not self.stream or self.faults.frozen:
                continue
            image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            left = 8 * number % (WIDTH - 60)
            image[:, left : left + 60] = 255
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, number = number, number + 1
            for packet in encoder.encode(frame):
                link.sendall(self.faults.apply(bytes(packet)))

    def _answer(self, link: socket.socket, message: str) -> str:
        words, _, number = message.partition(" seq ")
        answer = "HTTP/1.1 400" if self.foreign else self._act(link, words.split())
        return f"{answer} seq {number};" if number else f"{answer};"

    def _act(self, link: socket.socket, words: list[str]) -> str:
        with self._lock:
            if words == ["command"]:
                self._client = link.getpeername()[0]
                return "ok"
            if self._client is None:
                return "error: not in SDK mode"
            match words:
                case ["quit"]:
                    self._leave()
                case ["version"]:
                    return "01.02.0300"
                case ["robot", "battery", "?"]:
                    return "83"
                case ["chassis", "speed", "?"]:
                    return " ".join(f"{value:.3f}" for value in [*self._speed, 0, 0, 0, 0])
                case ["chassis", "position", "?"]:
                    return " ".join(f"{value:.3f}" for value in self._place)
                case ["chassis", "speed", *rest]:
                    if self.refuse:
                        return self.refuse
                    wanted = named(rest)
                    if any(abs(wanted[axis]) > limit for axis, limit in (("x", 3.5), ("y", 3.5), ("z", 600.0))):
                        return "error: out of range"
                    self._goal = [wanted["x"], wanted["y"], wanted["z"]]
                case ["chassis", "push", *rest]:
                    for name, switch, _, rate in zip(rest[::4], rest[1::4], rest[2::4], rest[3::4], strict=True):
                        self._rates[name] = float(rate) if switch == "on" else 0.0
                case ["robotic_arm", "position", "?"]:
                    return " ".join(f"{axis.position:.2f}" for axis in self._arm)
                case ["robotic_arm", "moveto", *rest]:
                    wanted = named(rest)
                    self._arm_goal = [wanted["x"], wanted["y"]]
                case ["robotic_gripper", "status", "?"]:
                    return str(self._gripper)
                case ["robotic_gripper", "open" | "close" as way, *_]:
                    self._gripper = 2 if way == "open" else 0
                case ["stream", "on" | "off" as switch]:
                    self.stream = switch == "on"
                case ["robot", "mode", "free"] | ["armor", "event", "hit", "on"]:
                    pass
                case _:
                    return "error: unknown command"
            return "ok"

    def _run(self) -> None:
        now_s = time.monotonic()
        while True:
            time.sleep(TICK_S)
            before_s, now_s = now_s, time.monotonic()
            with self._lock:
                self._move(now_s - before_s)
                for axis, goal in zip(self._arm, self._arm_goal, strict=True):
                    axis.move(now_s, True, goal)
                pushes = self._pushes(now_s)
                client = self._client
            for push in pushes:
                data = self.faults.apply(f"chassis push {push} ;".encode())
                if data and client is not None:
                    with contextlib.suppress(OSError):
                        self._push.sendto(data, (client, PUSH))

    def _move(self, elapsed_s: float) -> None:
        share = 1.0 - math.exp(-elapsed_s / LAG_S)
        self._speed = [v + share * (goal - v) for v, goal in zip(self._speed, self._goal, strict=True)]
        ahead, right, clockwise = self._speed
        turn = math.radians(self._place[2] + 0.5 * clockwise * elapsed_s)
        self._place[0] += elapsed_s * (ahead * math.cos(turn) - right * math.sin(turn))
        self._place[1] += elapsed_s * (ahead * math.sin(turn) + right * math.cos(turn))
        self._place[2] = (self._place[2] + clockwise * elapsed_s + 180.0) % 360.0 - 180.0

    def _pushes(self, now_s: float) -> list[str]:
        values = {
            "position": f"{self._place[0]:.3f} {self._place[1]:.3f}",
            "attitude": f"0.100 -0.200 {self._place[2]:.3f}",
            "status": " ".join(map(str, self.flags)),
        }
        due = [name for name, rate in self._rates.items() if rate and now_s >= self._due.get(name, 0.0)]
        for name in due:
            self._due[name] = max(self._due.get(name, 0.0) + 1.0 / self._rates[name], now_s - 1.0 / self._rates[name])
        return [f"{name} {values[name]}" for name in due]


def named(words: list[str]) -> dict[str, float]:
    """Return ``{"x": 0.3, "y": 0.0}`` of ``["x", "0.3", "y", "0"]``."""
    return {name: float(value) for name, value in zip(words[::2], words[1::2], strict=True)}


if __name__ == "__main__":
    RoboMasterDouble(sys.argv[1]).serve_orders(address=sys.argv[1])
