"""Stands in for a camera: the MJPEG byte stream that a UVC camera delivers, over TCP in place of USB.

Run: python mjpeg_camera.py ADDRESS PORT WIDTH HEIGHT RATE_HZ
Pictures have a red, a green, a blue and a white quarter, and a dark bar that moves. What it lacks: the kernel's video
interface (formats, controls, permissions), which no pipe can show.
"""

from __future__ import annotations

import io
import itertools
import socket
import sys
import time

import numpy as np
from PIL import Image
from tcp_double import TcpDouble

COLORS = ((220, 30, 30), (30, 200, 30), (30, 30, 220), (235, 235, 235))
_PICTURES = 16


class MjpegCamera(TcpDouble):
    """Sends pictures to whoever connects, for ever.

    Args:
        host: Address to listen at.
        port: Port.
        size_px: Width and height.
        rate_hz: Pictures a second.
    """

    def __init__(self, host: str, port: int, size_px: tuple[int, int], rate_hz: float) -> None:
        super().__init__(host, {port: self._send})
        self._rate_hz = rate_hz
        self._pictures = [_jpeg(*size_px, share=i / _PICTURES) for i in range(_PICTURES)]

    def _send(self, link: socket.socket) -> None:
        due_s = time.monotonic()
        for picture in itertools.cycle(self._pictures):
            data = self.faults.apply(picture)
            if data:
                link.sendall(data)
            due_s += 1.0 / self._rate_hz
            time.sleep(max(0.0, due_s - time.monotonic()))


def _jpeg(width: int, height: int, share: float) -> bytes:
    picture = np.empty((height, width, 3), np.uint8)
    for index, color in enumerate(COLORS):
        row, column = divmod(index, 2)
        picture[row * height // 2 : (row + 1) * height // 2, column * width // 2 : (column + 1) * width // 2] = color
    begin = int(share * width * 0.95)
    picture[height * 9 // 20 : height * 11 // 20, begin : begin + width // 20] = 0
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=90)
    return file.getvalue()


def main() -> None:
    """Serve until the orders end."""
    host, port, width, height, rate_hz = sys.argv[1:]
    camera = MjpegCamera(host, int(port), (int(width), int(height)), float(rate_hz))
    camera.do_come_back()
    camera.serve_orders()


if __name__ == "__main__":
    main()
