"""A software device of librealsense: a depth and a colour sensor to which pictures are given by hand.

It can be read live through librealsense's own syncer and alignment, and be recorded into a file that librealsense's own
pipeline plays. The size is that of colour; depth is 640 x 480.
Run: python realsense_software.py RECORDING.db3 SERIAL WIDTH HEIGHT RATE_HZ FRAMES      (writes the recording)
What it lacks: USB, firmware, resets, and being listed by a context (librealsense 2.59 lists no software device).
"""

from __future__ import annotations

import gc
import os
import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pyrealsense2 as rs
from double import Double

DEPTH_UNIT_M = 0.001
DEPTH_PX = (640, 480)
WALL_MM, BOX_MM = 1000, 500
FOCAL_SHARE = 0.9375
# How far the colour sensor stands beside the depth sensor, as on a D435.
BESIDE_M = 0.015


class SoftwareCamera:
    """A camera with one depth and one colour sensor.

    Args:
        serial: Its serial number.
        width: Width of colour.
        height: Height of colour.
        rate_hz: Pictures a second.
        name: Product name.
        usb: Version of its USB link.
        model: Distortion model that the lens is given in.
        coefficients: Of that model.
    """

    def __init__(
        self,
        serial: str,
        width: int,
        height: int,
        rate_hz: int = 30,
        name: str = "Intel RealSense D435",
        usb: str = "3.2",
        model: Any = rs.distortion.brown_conrady,
        coefficients: tuple[float, ...] = (0.0,) * 5,
    ) -> None:
        self.size = (width, height)
        self.rate_hz = rate_hz
        self.lens = _lens(width, height, model, coefficients)
        self.device = rs.software_device()
        info = rs.camera_info
        for key, text in (
            (info.name, name),
            (info.serial_number, serial),
            (info.product_line, "D400"),
            (info.usb_type_descriptor, usb),
        ):
            self.device.register_info(key, text)
        self.depth_sensor = self.device.add_sensor("Stereo Module")
        self.color_sensor = self.device.add_sensor("RGB Camera")
        depth_lens = _lens(*DEPTH_PX)
        self.depth = self.depth_sensor.add_video_stream(self._stream(rs.stream.depth, 1, rs.format.z16, 2, depth_lens))
        self.color = self.color_sensor.add_video_stream(self._stream(rs.stream.color, 2, rs.format.rgb8, 3, self.lens))
        self.depth_sensor.add_read_only_option(rs.option.depth_units, DEPTH_UNIT_M)
        beside = rs.extrinsics()
        beside.rotation, beside.translation = [1, 0, 0, 0, 1, 0, 0, 0, 1], [BESIDE_M, 0, 0]
        self.depth.register_extrinsics_to(self.color, beside)
        self.device.create_matcher(rs.matchers.default)

    def push(self, number: int, depth_mm: npt.NDArray[np.uint16], color: npt.NDArray[np.uint8]) -> None:
        """Give it one moment."""
        for sensor, profile, pixels, size in (
            (self.depth_sensor, self.depth, depth_mm, 2),
            (self.color_sensor, self.color, color, 3),
        ):
            frame = rs.software_video_frame()
            frame.stride, frame.bpp = pixels.shape[1] * size, size
            frame.timestamp = number * 1000.0 / self.rate_hz
            frame.domain = rs.timestamp_domain.hardware_clock
            frame.frame_number = number
            frame.profile = profile.as_video_stream_profile()
            frame.pixels = pixels
            if size == 2:
                frame.depth_units = DEPTH_UNIT_M
            sensor.on_video_frame(frame)

    def _stream(self, kind: Any, uid: int, pixels: Any, size: int, lens: Any) -> Any:
        stream = rs.video_stream()
        stream.type, stream.index, stream.uid = kind, 0, uid
        stream.width, stream.height, stream.fps = lens.width, lens.height, self.rate_hz
        stream.fmt, stream.bpp, stream.intrinsics = pixels, size, lens
        return stream


def _lens(
    width: int, height: int, model: Any = rs.distortion.brown_conrady, coefficients: tuple[float, ...] = (0.0,) * 5
) -> Any:
    lens = rs.intrinsics()
    lens.width, lens.height = width, height
    lens.ppx, lens.ppy = width / 2, height / 2
    lens.fx = lens.fy = FOCAL_SHARE * width
    lens.model, lens.coeffs = model, list(coefficients)
    return lens


def moment(width: int, height: int, number: int) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """Return depth of a wall with a box before its middle, and a picture of a size that counts in its red channel."""
    wide, high = DEPTH_PX
    depth_mm = np.full((high, wide), WALL_MM, np.uint16)
    depth_mm[high * 3 // 8 : high * 5 // 8, wide * 3 // 8 : wide * 5 // 8] = BOX_MM
    color = np.zeros((height, width, 3), np.uint8)
    color[..., 0], color[..., 1] = number % 256, 80
    return depth_mm, color


def record(path: str, camera: SoftwareCamera, frames: int) -> None:
    """Write a recording. librealsense 2.59 writes only files that end in .db3."""
    recorder = rs.recorder(path, camera.device)
    queue = rs.frame_queue(200)
    sensors = recorder.query_sensors()
    for sensor in sensors:
        sensor.open(sensor.get_stream_profiles()[0])
        sensor.start(queue)
    for number in range(1, frames + 1):
        camera.push(number, *moment(*camera.size, number))
        time.sleep(0.01)
    time.sleep(0.3)
    for sensor in sensors:
        sensor.stop()
        sensor.close()
    # The file is complete only once the recorder is destroyed.
    del sensors, sensor, recorder
    gc.collect()


def main() -> None:
    """Write a recording and say so."""
    path, serial, width, height, rate_hz, frames = sys.argv[1:]
    record(path, SoftwareCamera(serial, int(width), int(height), int(rate_hz)), int(frames))
    Double().serve_orders()
    # librealsense's threads may hang at the interpreter's end.
    os._exit(0)


if __name__ == "__main__":
    main()
