"""The camera of a RoboMaster EP: raw H.264 on a connection of its own, decoded by PyAV.

The stream is switched on by the driver of the base, which alone holds the connection for commands.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from typing import Any

import av
from av.error import FFmpegError

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.drivers.camera_device import CameraFrame, PictureFormat
from robomatrix_py.drivers.robomaster.config import RoboMasterVideoConfig
from robomatrix_py.drivers.robomaster.text import VIDEO_PORT
from robomatrix_py.drivers.tcp import connect

_CONNECT_S = 1.0
_FIRST_PICTURE_S = 3.0
_RECEIVED = 1 << 16


class RoboMasterVideo:
    """A `CameraDevice`.

    Args:
        config: Fields of `RoboMasterVideoConfig`.
        wanted: The pictures that the robot wants: cut from the middle of what the camera sends, and scaled.
    """

    def __init__(self, config: Mapping[str, Any], wanted: PictureFormat) -> None:
        self._config = RoboMasterVideoConfig(**config)
        self._wanted = wanted
        self._where = f"{self._config.address}:{VIDEO_PORT}"
        self._link: socket.socket | None = None
        self._decoder: Any = None

    @property
    def identity(self) -> str:
        """Where it is."""
        return f"RoboMaster camera at {self._where}"

    def open(self, *, reset: bool) -> Lens | None:  # noqa: ARG002  it knows no reset
        """Connect. Nobody knows its lens but a calibration.

        Raises:
            DeviceError: Nothing listens there.
        """
        self.drop()
        self._link = connect(self._config.address, VIDEO_PORT, _CONNECT_S, "RoboMaster's video")
        decoder = self._decoder = av.CodecContext.create("h264", "r")
        # A decoder of several threads holds pictures back.
        decoder.thread_type = "NONE"
        decoder.options = {"flags": "low_delay"}
        return None

    def probe(self) -> str:
        """Connect, take a picture, and say what was found.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: No picture came.
        """
        self.open(reset=False)
        height, width = self.read(_FIRST_PICTURE_S).color.shape[:2]
        return f"{self.identity}; {width}x{height} of H.264"

    def read(self, wait_s: float) -> CameraFrame:
        """Return the newest picture as soon as there is one; older ones that waited are left out.

        Raises:
            DeviceError: The connection is gone.
            StaleDataError: None came in time, or what came cannot be decoded.
        """
        deadline_s = time.monotonic() + wait_s
        while True:
            frames = self._decode(self._receive(deadline_s))
            if frames:
                break
        return CameraFrame(self._fit(frames[-1]), None, time.monotonic() - self._config.delay_s)

    def close(self) -> None:
        """Let go."""
        self.drop()

    def drop(self) -> None:
        """Let go at once."""
        if self._link is not None:
            self._link.close()
        self._link = self._decoder = None

    def _receive(self, deadline_s: float) -> bytes:
        if self._link is None:
            raise DeviceError("it is not open", where=self._where, code="CLOSED")
        self._link.settimeout(max(1e-3, deadline_s - time.monotonic()))
        try:
            data = self._link.recv(_RECEIVED)
        except TimeoutError as error:
            raise StaleDataError(
                "no picture comes",
                where=self._where,
                remedy="is the driver of the base connected? It switches the camera on",
                code="SILENT",
            ) from error
        except OSError as error:
            raise self._gone(str(error)) from error
        if not data:
            raise self._gone("the robot ended it")
        return data

    def _decode(self, data: bytes) -> list[Any]:
        try:
            return [frame for packet in self._decoder.parse(data) for frame in self._decoder.decode(packet)]
        except FFmpegError as error:
            raise StaleDataError(f"a damaged picture came ({error})", where=self._where, code="DAMAGED") from error

    def _fit(self, frame: Any) -> Any:
        width, height = self._wanted.width_px, self._wanted.height_px
        scale = max(width / frame.width, height / frame.height)
        across, down = round(scale * frame.width), round(scale * frame.height)
        picture = frame.to_ndarray(format="rgb24", width=across, height=down)
        left, top = (across - width) // 2, (down - height) // 2
        return picture[top : top + height, left : left + width]

    def _gone(self, why: str) -> DeviceError:
        return DeviceError(f"the connection was lost ({why})", where=self._where, code="CONNECTION_LOST")
