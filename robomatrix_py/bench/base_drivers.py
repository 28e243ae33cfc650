"""How long a base's driver takes from a command to the bytes of the velocity, and how old its pictures are."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from robomatrix_py.bench.deaf import DeafDevice
from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.errors import DeviceError, EnvironmentFault
from robomatrix_py.contracts.statistics import spread
from robomatrix_py.drivers.base import DeviceBaseDriver
from robomatrix_py.drivers.camera_device import PictureFormat
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.drivers.mock.base import MockBaseDevice
from robomatrix_py.drivers.robomaster.chassis import RoboMasterChassis
from robomatrix_py.drivers.robomaster.config import RoboMasterConfig
from robomatrix_py.drivers.robomaster.link import RoboMasterLink
from robomatrix_py.drivers.robomaster.text import VIDEO_PORT
from robomatrix_py.drivers.robomaster.video import RoboMasterVideo
from robomatrix_py.drivers.unitree.config import UnitreeConfig
from robomatrix_py.drivers.unitree.link import UnitreeLink
from robomatrix_py.drivers.unitree.sport import UnitreeSportBase
from robomatrix_py.settings.robots import load_robot

_HOST = "127.0.0.1"
# A domain where no robot is.
_DOMAIN = 119
_SIZE_PX, _RATE_HZ = (1280, 720), 30.0
_WANTED = PictureFormat(640, 480, _RATE_HZ)
# Pictures bear their number as bands of black and white.
_BITS = 8
_WAIT_S = 1.0


class _SocketLink(RoboMasterLink):
    """The link with a socket in place of a robot, which says only what it is told to."""

    def _connect(self) -> None:
        self._control, self.robot = socket.socketpair()
        self._control.setblocking(False)
        self.state.pushes = dict.fromkeys(("position", "attitude", "status"), ("0 0 0 0 0 0 0 0 0 0 0", 0.0))

    def answer(self, user: object, now_s: float) -> int:
        """Confirm everything that was sent; return how many bytes that was."""
        sent = self.robot.recv(4096)
        self.robot.sendall(b"".join(b"ok seq %s;" % part.rpartition(b" ")[2] for part in sent.split(b";")[:-1]))
        self.poll(user, now_s)
        return len(sent)


def measure_base_drivers(count: int) -> dict[str, Any]:
    """Measure the drivers of the mobile robots.

    Args:
        count: Commands each.

    Returns:
        By robot: milliseconds from the call with a command until its bytes are handed to the system.
    """
    link = _SocketLink(RoboMasterConfig(_HOST))
    chassis = RoboMasterChassis(link)
    base = DeafDevice(chassis, MockBaseDevice(), partial(chassis.open, 0.0), chassis.close)
    figures = {"robomaster_ep": _measure("robomaster_ep", base, count, partial(link.answer, chassis))}
    sport_link = UnitreeLink(UnitreeConfig("lo", domain=_DOMAIN))
    base = DeafDevice(UnitreeSportBase(sport_link), MockBaseDevice(), sport_link.open, sport_link.close)
    try:
        return figures | {"go2_arm": _measure("go2_arm", base, count, lambda _now_s: 0)}
    except EnvironmentFault as error:
        return figures | {"go2_arm": {"left_out": str(error)}}


def _measure(name: str, base: DeafDevice, count: int, answer: Callable[[float], int]) -> dict[str, Any]:
    robot = load_robot(name)
    driver = DeviceBaseDriver(robot, base, DriverConfig())
    times_ms, now_s, size = [], 0.0, 0
    driver.update(now_s)
    gc.collect()
    gc.freeze()
    try:
        for i in range(count):
            now_s += 0.02
            velocity = np.array([0.05 + 0.04 * np.sin(now_s), 0.01, 0.05])
            began_s = time.perf_counter()
            refusal = driver.command(BaseCommand(velocity), now_s)
            driver.update(now_s)
            times_ms.append(1e3 * (base.written_s - began_s))
            if refusal:
                raise DeviceError(f"command {i} was not sent: {refusal}", where=name)
            size = answer(now_s)
    finally:
        gc.unfreeze()
        driver.close()
    figures: dict[str, Any] = {"commands": count, "command_to_bytes_ms": spread(times_ms)}
    return figures | ({"velocity_bytes": size} if size else {})


def measure_video(pictures: int) -> dict[str, Any]:
    """Measure how long a picture of a RoboMaster takes from its last byte on the wire until it is decoded.

    Args:
        pictures: How many are sent, 30 a second, at 1280x720; at most 255.

    Returns:
        Pictures sent and got, and milliseconds.
    """
    packets = _encoded(pictures)
    sent_s = [0.0] * len(packets)
    times_ms = []
    with _sender(packets, sent_s):
        camera = RoboMasterVideo({"address": _HOST}, _WANTED)
        camera.open(reset=False)
        try:
            while True:
                # The last one is held back by the decoder until another follows.
                number = _number_of(camera.read(_WAIT_S).color)
                times_ms.append(1e3 * (time.perf_counter() - sent_s[number]))
                if number >= pictures - 2:
                    break
        finally:
            camera.close()
    return {"sent": pictures, "got": len(times_ms), "last_byte_to_picture_ms": spread(times_ms)}


def _encoded(count: int) -> list[bytes]:
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = _SIZE_PX
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, round(_RATE_HZ))
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency"}
    packets = []
    for number in range(count):
        width, height = _SIZE_PX
        # The middle is what the robot's picture is cut from.
        middle = np.repeat([255 * (number >> bit & 1) for bit in range(_BITS)], 960 // _BITS)
        line = np.pad(middle, (width - 960) // 2).astype(np.uint8)
        picture = np.broadcast_to(line[None, :, None], (height, width, 3))
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts = number
        packets.append(b"".join(bytes(packet) for packet in encoder.encode(frame)))
    return packets


def _number_of(color: npt.NDArray[np.uint8]) -> int:
    bands = color[:, :, 1].mean(axis=0).reshape(_BITS, -1)
    middle = bands.shape[1] // 2
    return sum(int(band[middle - 5 : middle + 5].mean() > 127.0) << bit for bit, band in enumerate(bands))


@contextmanager
def _sender(packets: list[bytes], sent_s: list[float]) -> Iterator[None]:
    """Send pictures to whoever connects, from a thread."""
    server = socket.create_server((_HOST, VIDEO_PORT))

    def send() -> None:
        link, _ = server.accept()
        with link:
            due_s = time.monotonic()
            for number, packet in enumerate(packets):
                link.sendall(packet)
                sent_s[number] = time.perf_counter()
                due_s += 1.0 / _RATE_HZ
                time.sleep(max(0.0, due_s - time.monotonic()))

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.close()
        thread.join(timeout=_WAIT_S)
