"""One RealSense camera, or a recording of one, through librealsense's pipeline."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.drivers.camera_device import CameraFrame, PictureFormat
from robomatrix_py.drivers.packages import require_package
from robomatrix_py.drivers.realsense.config import RealSenseConfig
from robomatrix_py.drivers.realsense.finding import FoundCamera, choose, describe, start_error

# After a reset the camera leaves the bus and comes back within some seconds.
_RESET_GONE_S = 2.0
_RESET_BACK_S = 8.0
_POLL_S = 0.2
_FIRST_PICTURE_S = 4.0
_MM_PER_M = 1000.0
# What is older by the camera's own account is an account of another clock.
_AGE_MAX_S = 0.5


class RealSenseDevice:
    """A `CameraDevice`; it runs in a process of its own, because librealsense may hang.

    Args:
        config: Fields of `RealSenseConfig`.
        wanted: The pictures that the robot wants.
    """

    def __init__(self, config: Mapping[str, Any], wanted: PictureFormat) -> None:
        self._rs: Any = None
        self._config = RealSenseConfig(**config)
        self._wanted = wanted
        self._where = f"realsense {self._config.address}".strip()
        self._pipeline: Any = None
        self._reader: FrameReader | None = None
        self._camera: FoundCamera | None = None

    @property
    def identity(self) -> str:
        """Model, serial number, link and firmware."""
        return str(self._camera) if self._camera else ""

    def open(self, *, reset: bool) -> Lens | None:
        """Find the camera by its serial number and start its streams.

        Raises:
            DeviceError: It is absent, forbidden, busy, of another kind, on a USB 2 link, or does not start.
            EnvironmentFault: librealsense is not installed, or libusb-1.0 is missing.
        """
        self.close()
        self._rs = require_package("pyrealsense2", "realsense")
        rs, wanted = self._rs, self._wanted
        streams = rs.config()
        if self._config.recording:
            if not Path(self._config.recording).is_file():
                raise DeviceError("there is no such recording", where=self._where, code="WRONG_ADDRESS")
            streams.enable_device_from_file(self._config.recording, True)
        else:
            self._camera = self._find(reset=reset)
            streams.enable_device(self._camera.serial)
        rate = round(wanted.rate_hz)
        depth_px = (self._config.depth_width_px, self._config.depth_height_px)
        streams.enable_stream(rs.stream.depth, *depth_px, rs.format.z16, rate)
        streams.enable_stream(rs.stream.color, wanted.width_px, wanted.height_px, rs.format.rgb8, rate)
        pipeline = rs.pipeline()
        try:
            profile = pipeline.start(streams)
        except RuntimeError as error:
            raise start_error(str(error), self._where) from error
        self._pipeline = pipeline
        device = profile.get_device()
        self._camera = describe(rs, device)
        self._reader = FrameReader(rs, device.first_depth_sensor().get_depth_scale(), self._config.delay_s)
        return lens_of(rs, profile.get_stream(rs.stream.color), self._where)

    def probe(self) -> str:
        """Open it, take a picture, and say what was found.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: No picture came.
        """
        self.open(reset=False)
        frame = self.read(_FIRST_PICTURE_S)
        depth = frame.depth_mm
        share = 0.0 if depth is None else float((depth > 0).mean())
        return f"{self.identity}; {self._wanted.text}, depth in {100 * share:.0f} % of the picture"

    def read(self, wait_s: float) -> CameraFrame:
        """Return the next frame.

        Raises:
            DeviceError: The camera was unplugged.
            StaleDataError: None came in time, or colour or depth is missing in it.
        """
        if self._pipeline is None or self._reader is None:
            raise DeviceError("it is not open", where=self._where, code="CLOSED")
        try:
            frames = self._pipeline.wait_for_frames(max(1, round(1e3 * wait_s)))
        except RuntimeError as error:
            self._require_plugged_in()
            raise StaleDataError(
                f"frames did not arrive ({error})",
                where=self._where,
                remedy="the camera is told to start anew; where that does not help, plug it in again",
                code="FRAMES",
            ) from error
        return self._reader.read(frames, self._where)

    def close(self) -> None:
        """Stop the streams."""
        pipeline, self._pipeline, self._reader = self._pipeline, None, None
        if pipeline is not None:
            # A camera that is gone cannot be stopped.
            with contextlib.suppress(RuntimeError):
                pipeline.stop()

    def drop(self) -> None:
        """As :meth:`close`: whoever cannot wait ends this process."""
        self.close()

    def _find(self, *, reset: bool) -> FoundCamera:
        context = self._rs.context()
        camera = choose([describe(self._rs, device) for device in context.query_devices()], self._config)
        if not reset:
            return camera
        for device in context.query_devices():
            if describe(self._rs, device).serial == camera.serial:
                device.hardware_reset()
        time.sleep(_RESET_GONE_S)
        deadline_s = time.monotonic() + _RESET_BACK_S
        while not self._plugged_in(camera.serial):
            if time.monotonic() > deadline_s:
                raise DeviceError(
                    f"it was told to start anew and did not come back within {_RESET_GONE_S + _RESET_BACK_S:.0f} s",
                    where=self._where,
                    remedy="unplug it and plug it in again",
                    code="RESET",
                )
            time.sleep(_POLL_S)
        return camera

    def _require_plugged_in(self) -> None:
        if self._config.recording or self._camera is None or self._plugged_in(self._camera.serial):
            return
        raise DeviceError(
            "it was unplugged while in use",
            where=self._where,
            remedy="plug it in again; it is taken up once it is back",
            code="DEVICE_GONE",
        )

    def _plugged_in(self, serial: str) -> bool:
        devices = self._rs.context().query_devices()
        return any(describe(self._rs, device).serial == serial for device in devices)


class FrameReader:
    """Makes arrays of librealsense's frames, depth aligned to colour.

    Args:
        rs: The module pyrealsense2.
        depth_scale_m: Metres that one unit of depth stands for.
        delay_s: How long before it arrives a picture was taken, where it does not tell.
    """

    def __init__(self, rs: Any, depth_scale_m: float, delay_s: float) -> None:
        self._rs = rs
        self._align = rs.align(rs.stream.color)
        self._mm_per_unit = _MM_PER_M * depth_scale_m
        self._delay_s = delay_s

    def read(self, frames: Any, where: str) -> CameraFrame:
        """Return colour and aligned depth of a set of frames.

        Raises:
            StaleDataError: One of both is missing.
        """
        arrived_s = time.monotonic()
        aligned = self._align.process(frames)
        color, depth = aligned.get_color_frame(), aligned.get_depth_frame()
        if not color or not depth:
            lacks = "colour" if not color else "depth"
            raise StaleDataError(f"a set of frames came without {lacks}", where=where, code="HALF_FRAME")
        units: npt.NDArray[np.uint16] = np.asanyarray(depth.get_data())
        exact = abs(self._mm_per_unit - 1.0) < 1e-3
        depth_mm = units.copy() if exact else np.round(units * self._mm_per_unit).astype(np.uint16)
        return CameraFrame(np.asanyarray(color.get_data()).copy(), depth_mm, arrived_s - self._age_s(color))

    def _age_s(self, frame: Any) -> float:
        if frame.get_frame_timestamp_domain() == self._rs.timestamp_domain.global_time:
            age_s = time.time() - 1e-3 * float(frame.get_timestamp())
            if 0.0 <= age_s <= _AGE_MAX_S:
                return age_s
        return self._delay_s


def lens_of(rs: Any, stream: Any, where: str) -> Lens:
    """Return the lens that the camera's factory calibration says.

    Raises:
        DeviceError: It is given in a model that has no place in ROS's.
    """
    found = stream.as_video_stream_profile().get_intrinsics()
    coefficients = tuple(float(value) for value in found.coeffs)
    models = rs.distortion
    if any(coefficients) and found.model not in (models.brown_conrady, models.none):
        raise DeviceError(
            f"its lens is given by the model '{found.model}' with {coefficients}, which ROS's plumb_bob cannot express",
            where=where,
            remedy="calibrate it: robomatrix calibrate intrinsics",
            code="LENS",
        )
    return Lens(found.width, found.height, found.fx, found.fy, found.ppx, found.ppy, coefficients)  # type: ignore[arg-type]
