"""Writes `video.mp4`: H.264 that plays everywhere, also after the writing process was killed.

The file is fragmented MP4 while it grows, one fragment a second, each whole in itself; on closing, FFmpeg's
``hybrid_fragmented`` turns it in place into an ordinary MP4 with one index, which players can seek in. That
needs no second copy of the file, as remuxing to the same end would.
"""

from __future__ import annotations

import math
import os
from contextlib import suppress
from fractions import Fraction
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import PictureType
from av.video.stream import VideoStream

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.disk import FaultHandler, is_low, low_space, write_fault

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Frame = npt.NDArray[np.uint8]

FRAGMENT_S = 1
"""A killed process loses at most the fragment under way, and a player can seek to each fragment's start."""

_BUFFER_BYTES = 2**20
_CONTAINER_OPTIONS = {"movflags": "+hybrid_fragmented+frag_keyframe", "flush_packets": "1"}
# veryfast costs 0.5 ms a frame more than ultrafast and makes files of less than half the size; zerolatency
# keeps no frames back in the encoder that a killed process would lose.
# Key frames come where they are asked for and nowhere else, since each begins a fragment.
_ENCODER_OPTIONS = {
    "preset": "veryfast",
    "tune": "zerolatency",
    "crf": "25",
    "forced-idr": "1",
    "x264-params": "keyint=infinite:scenecut=0",
}


class VideoWriter:
    """A video under way. One thread. No method but the constructor raises because of the disk.

    The time line is constant: frame k stands for time ``k / rate_hz``. Of several frames that fall on one k
    the newest is kept, and where none does the one before stands longer. The first frame also stands for the
    time before it.

    Args:
        path: The file to create; it must not exist.
        width_px: Width of every frame, even.
        height_px: Height of every frame, even.
        rate_hz: Frames a second of the time line.
        on_fault: Told once when writing stops because the disk is full or fails.

    Raises:
        DataError: The size is odd (``DATA.VIDEO_SIZE``), or the file cannot be created.
    """

    def __init__(
        self, path: Path, *, width_px: int, height_px: int, rate_hz: int = 30, on_fault: FaultHandler
    ) -> None:
        if min(width_px, height_px) <= 0 or width_px % 2 or height_px % 2:
            raise DataError(
                f"a video of {width_px} x {height_px} pixels cannot be encoded",
                where=str(path),
                permitted="positive and even numbers of pixels",
                code="VIDEO_SIZE",
            )
        self._path = path
        self._on_fault = on_fault
        self._shape = (height_px, width_px, 3)
        self._rate_hz = rate_hz
        self._pending: Frame | None = None
        self._pending_slot = 0
        self._next_key_slot = 0
        self._stopped = False
        self.frames_dropped = 0
        try:
            self._file = _VideoFile(path, "xb")
        except OSError as error:
            raise write_fault(path, error) from None
        self._container = av.open(
            self._file, "w", format="mp4", options=_CONTAINER_OPTIONS, buffer_size=_BUFFER_BYTES
        )
        self._stream = self._add_stream(width_px, height_px)

    @property
    def stopped(self) -> bool:
        """Whether the video has ended, by `close` or by a fault."""
        return self._stopped

    def add(self, time_s: float, frame: Frame) -> None:
        """Add one frame; one out of order, of the wrong form or without a time is dropped and counted.

        Args:
            time_s: When it was taken, seconds since the run's start.
            frame: RGB, uint8, shape (height_px, width_px, 3). It is copied.
        """
        if self._stopped:
            return
        slot = round(time_s * self._rate_hz) if math.isfinite(time_s) else -1
        if slot < self._pending_slot or frame.shape != self._shape or frame.dtype != np.uint8:
            self.frames_dropped += 1
            return
        if self._pending is None:
            slot = 0
        elif slot > self._pending_slot:
            self._encode(self._pending, self._pending_slot)
        else:
            self.frames_dropped += 1
        self._pending, self._pending_slot = frame.copy(), slot

    def close(self, end_s: float = 0.0) -> None:
        """Finish the file. A second call does nothing. A video without a frame leaves no file.

        Args:
            end_s: The run's end in seconds since its start; the last frame stands until then.
        """
        if self._stopped:
            return
        if self._pending is None:
            self._stopped = True
            self._abandon()
            self._path.unlink(missing_ok=True)
            return
        self._encode(self._pending, self._pending_slot)
        last_slot = math.ceil(end_s * self._rate_hz) - 1 if math.isfinite(end_s) else 0
        if last_slot > self._pending_slot and not self._stopped:
            self._encode(self._pending, last_slot)
        self._finish()

    def _add_stream(self, width_px: int, height_px: int) -> VideoStream:
        stream = self._container.add_stream("libx264", rate=self._rate_hz, options=_ENCODER_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.codec_context.time_base = Fraction(1, self._rate_hz)
        stream.codec_context.thread_count = 1  # the other cores are the robot's
        return stream

    def _encode(self, frame: Frame, slot: int) -> None:
        """Encode a frame; every new second begins with a key frame and with it a new fragment."""
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
        picture.pts, picture.time_base = slot, Fraction(1, self._rate_hz)
        begins_fragment = slot >= self._next_key_slot
        if begins_fragment:
            picture.pict_type = PictureType.I
            self._next_key_slot = slot + FRAGMENT_S * self._rate_hz
        try:
            self._container.mux(self._stream.encode(picture))
            self._file.whole_bytes = self._file.tell()
        except OSError as error:
            self._fail(error)
            return
        if begins_fragment:
            self._stop_if_low()

    def _stop_if_low(self) -> None:
        """End with a whole file while there is still room for its index."""
        try:
            low = is_low(self._path)
        except OSError as error:
            self._fail(error)
            return
        if low:
            self._finish()
            self._on_fault(low_space(self._path))

    def _finish(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self._stopped = True
        self._abandon()
        self._on_fault(write_fault(self._path, error))

    def _abandon(self) -> None:
        """Leave the whole fragments as they are: they play. On a closed file libav writes no end."""
        with suppress(OSError):
            self._file.truncate(self._file.whole_bytes)
        with suppress(OSError):
            self._file.close()
        self._container.close()


class _VideoFile(FileIO):
    """The file under libav: takes every piece whole and knows how far it holds whole fragments."""

    whole_bytes = 0

    def write(self, data: ReadableBuffer, /) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[super().write(rest) or 0 :]
        return memoryview(data).nbytes


def inset(front: Frame, wrist: Frame) -> Frame:
    """Return the front camera's frame with the wrist camera's small in its upper right corner.

    Args:
        front: RGB, uint8, shape (H, W, 3).
        wrist: RGB, uint8, any size.
    """
    height, width = front.shape[:2]
    margin, border = max(2, width // 64), 2
    room_y, room_x = height - 2 * (margin + border), width // 3
    factor = max(1, math.ceil(wrist.shape[1] / room_x), math.ceil(wrist.shape[0] / room_y))
    small = _shrink(wrist, factor)
    top, right = margin + border, width - margin - border
    bottom, left = top + small.shape[0], right - small.shape[1]
    result = front.copy()
    result[top - border : bottom + border, left - border : right + border] = 255
    result[top:bottom, left:right] = small
    return result


def _shrink(image: Frame, factor: int) -> Frame:
    """Return the image with every `factor` x `factor` pixels averaged into one."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    blocks = image[: height * factor, : width * factor].reshape(height, factor, width, factor, 3)
    mean: Frame = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
    return mean
