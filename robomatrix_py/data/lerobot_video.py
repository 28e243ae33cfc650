"""Short videos of demonstrations: encoded one by one, joined without encoding again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import PictureType
from av.video.stream import VideoStream

from robomatrix_py.contracts.errors import DataError

Frame = npt.NDArray[np.uint8]

CODEC = "h264"
PIXELS = "yuv420p"
# No frame looks ahead, so that times are those of the frames; every video begins anew, so that they can be joined.
_OPTIONS = {"preset": "veryfast", "crf": "21", "bf": "0", "g": "10", "x264-params": "scenecut=0"}


def encode_video(frames: Sequence[Frame], rate_hz: int) -> bytes:
    """Return frames as an MP4 file.

    Args:
        frames: RGB, uint8, each of the same shape (H, W, 3), H and W even.
        rate_hz: Frames a second.

    Raises:
        DataError: There is no frame, or their size is odd.
    """
    if not frames or frames[0].shape[0] % 2 or frames[0].shape[1] % 2:
        found = frames[0].shape if frames else "none"
        raise DataError(f"frames of shape {found} cannot be encoded", permitted="even height and width", code="FRAMES")
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate_hz, options=_OPTIONS)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = PIXELS
        stream.codec_context.time_base = Fraction(1, rate_hz)
        # The other cores record, too.
        stream.codec_context.thread_count = 1
        for number, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, rate_hz)
            picture.pict_type = PictureType.I if number == 0 else PictureType.NONE
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return target.getvalue()


def join_videos(videos: Iterable[bytes], rate_hz: int, path: Path) -> None:
    """Write videos of :func:`encode_video`, one after the other, as one MP4 file.

    Args:
        videos: All of the same size.
        rate_hz: Frames a second.
        path: The file.

    Raises:
        OSError: The file cannot be written.
    """
    with av.open(str(path), "w", format="mp4") as target:
        stream: VideoStream | None = None
        begin = 0
        for video in videos:
            with av.open(io.BytesIO(video), "r") as source:
                if stream is None:
                    stream = target.add_stream_from_template(source.streams.video[0])
                number = begin
                for packet in source.demux(video=0):
                    if not packet.size:
                        continue
                    packet.time_base = Fraction(1, rate_hz)
                    packet.pts = packet.dts = number
                    packet.duration = 1
                    packet.stream = stream
                    target.mux(packet)
                    number += 1
                begin = number


def read_frames(path: Path, first: int, last: int) -> list[Frame]:
    """Return frames `first` to before `last` of a video file, RGB, uint8, shape (H, W, 3) each.

    Raises:
        DataError: The file cannot be read or holds fewer frames.
    """
    frames: list[Frame] = []
    try:
        with av.open(str(path)) as container:
            for number, picture in enumerate(container.decode(video=0)):
                if number >= last:
                    break
                if number >= first:
                    frames.append(picture.to_ndarray(format="rgb24").astype(np.uint8, copy=False))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise DataError(f"cannot be read as video: {error}", where=str(path), code="DAMAGED") from error
    if len(frames) < last - first:
        raise DataError(f"holds {first + len(frames)} frames, not {last}", where=str(path), code="DAMAGED")
    return frames
