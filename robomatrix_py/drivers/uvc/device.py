"""One USB camera, opened and decoded by PyAV."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
from av.error import InvalidDataError

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.drivers.camera_device import CameraFrame, PictureFormat
from robomatrix_py.drivers.holder import other_holder
from robomatrix_py.drivers.uvc.config import NETWORK, UvcConfig
from robomatrix_py.drivers.uvc.newest import NewestPacket

_CONNECT_S = 4.0
_FIRST_PICTURE_S = 4.0
_READ_S = 1.0
_CABLE = "try another cable and another socket, without a hub"
_BY_ID = Path("/dev/v4l/by-id")


class UvcDevice:
    """A `CameraDevice`; it runs in a process of its own, because a read from a hung camera cannot be interrupted.

    Args:
        config: Fields of `UvcConfig`.
        wanted: The pictures that the robot wants.
    """

    def __init__(self, config: Mapping[str, Any], wanted: PictureFormat) -> None:
        self._config = UvcConfig(**config)
        self._wanted = wanted
        self._where = self._config.address
        self._packets: NewestPacket | None = None
        self._name = ""

    @property
    def identity(self) -> str:
        """What the kernel calls it, and its address."""
        return self._name

    def open(self, *, reset: bool) -> Lens | None:  # noqa: ARG002  such cameras know no reset
        """Open it. Nobody knows its lens but a calibration.

        Raises:
            DeviceError: It is absent, forbidden, busy, no camera, or has no such pictures.
        """
        self.close()
        network = self._config.address.startswith(NETWORK)
        size = f"{self._wanted.width_px}x{self._wanted.height_px}"
        options = (
            {}
            if network
            else {"video_size": size, "framerate": f"{self._wanted.rate_hz:g}", "input_format": self._config.coding}
        )
        kind = "mjpeg" if network else "video4linux2"
        try:
            # What comes over a network is never guessed at: it is MJPEG or nothing.
            container = av.open(self._config.address, format=kind, options=options, timeout=(_CONNECT_S, _READ_S))
        except OSError as error:
            raise self._cannot_open(error) from error
        stream = container.streams.video[0]
        # A decoder of several threads holds pictures back.
        stream.thread_type = "NONE"
        # A damaged picture is an error, not a grey one.
        stream.codec_context.options = {"err_detect": "explode"}
        self._packets = NewestPacket(container)
        self._name = f"{_kernel_name(Path(self._config.address))}{self._config.address}"
        return None

    def probe(self) -> str:
        """Open it, take a picture, and say what was found.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: No picture came, or only damaged ones.
        """
        self.open(reset=False)
        frame = self.read(_FIRST_PICTURE_S)
        height, width = frame.color.shape[:2]
        return f"{self.identity}; {width}x{height}, {self._config.coding}"

    def read(self, wait_s: float) -> CameraFrame:
        """Return the newest picture that was not read yet.

        Raises:
            DeviceError: The camera was unplugged.
            StaleDataError: None came in time, or what came is damaged.
        """
        if self._packets is None:
            raise DeviceError("it is not open", where=self._where, code="CLOSED")
        try:
            found = self._packets.take(wait_s)
        except ConnectionError as error:
            raise self._gone(str(error)) from error
        if found is None:
            raise StaleDataError("no picture came", where=self._where, remedy=_CABLE, code="NO_PICTURE")
        packet, arrived_s = found
        try:
            frames = packet.decode()
        except InvalidDataError as error:
            raise StaleDataError(
                f"a damaged picture came ({error})", where=self._where, remedy=_CABLE, code="DAMAGED"
            ) from error
        if not frames:
            raise StaleDataError("half a picture came", where=self._where, remedy=_CABLE, code="DAMAGED")
        return CameraFrame(frames[-1].to_ndarray(format="rgb24"), None, arrived_s - self._config.delay_s)

    def close(self) -> None:
        """Give it back."""
        packets, self._packets = self._packets, None
        if packets is not None:
            packets.close()

    def drop(self) -> None:
        """As :meth:`close`: whoever cannot wait ends this process."""
        self.close()

    def _gone(self, why: str) -> DeviceError:
        return DeviceError(
            f"it has gone while in use ({why})",
            where=self._where,
            remedy="look at its cable; it is taken up again once it is back",
            code="DEVICE_GONE",
        )

    def _cannot_open(self, error: OSError) -> DeviceError:
        number = error.errno
        if self._config.address.startswith(NETWORK):
            return DeviceError(
                f"nobody sends pictures there ({error.strerror})",
                where=self._where,
                remedy="start the sender, or correct the address in cameras.devices",
                code="WRONG_ADDRESS",
            )
        if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
            return DeviceError(
                "there is no such camera: it is unplugged, or has another name",
                where=self._where,
                permitted=sorted(str(path) for path in _BY_ID.glob("*")) or "none is plugged in",
                remedy="plug it in, or name it as address in cameras.devices",
                code="WRONG_ADDRESS",
            )
        if number in (errno.EACCES, errno.EPERM):
            return DeviceError(
                "this user may not use the camera",
                where=self._where,
                remedy="sudo usermod -aG video $USER and log in again",
                code="PERMISSION",
            )
        if number == errno.EBUSY:
            return DeviceError(
                f"another program uses the camera{other_holder(Path(self._config.address))}",
                where=self._where,
                remedy="end it: another driver, a browser, or a video call",
                code="BUSY",
            )
        return DeviceError(
            f"it is no camera, or has no {self._config.coding} pictures of {self._wanted.text} ({error.strerror})",
            where=self._where,
            remedy="cameras often have a second file without pictures: try the lower number, or see what it has with "
            "`v4l2-ctl --list-formats-ext`",
            code="NO_PICTURES",
        )


def _kernel_name(path: Path) -> str:
    """Return what the kernel calls a camera, with a space behind it, or an empty text."""
    try:
        return (Path("/sys/class/video4linux") / path.resolve().name / "name").read_text().strip() + " "
    except OSError:
        return ""
