"""The camera driver above every device: opens it, watches it, loses it, resets it, opens it again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.contracts.errors import DeviceError, EnvironmentFault, StaleDataError
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.drivers.camera_config import CameraDriverConfig
from robomatrix_py.drivers.camera_device import CameraDevice, CameraFrame, PictureFormat

_MOMENT_S = 0.005


class CameraDriver:
    """Gets pictures of one camera for as long as there is one. One thread calls it.

    A camera that is there and sends nothing is told to reset; one that was unplugged is looked for with growing pauses.

    Args:
        device: Its wire.
        wanted: The pictures that the robot wants.
        config: Deadlines.
        lens: The lens as it was calibrated; None: as the camera itself knows it.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self,
        device: CameraDevice,
        wanted: PictureFormat,
        config: CameraDriverConfig,
        lens: Lens | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device = device
        self._wanted = wanted
        self._config = config
        self._calibrated = lens
        self._clock = clock
        self._open = False
        self._lens = lens
        self._status = DriverStatus(DriverMode.DISCONNECTED, "opening it for the first time")
        self._retry_s = -math.inf
        self._pause_s = config.retry_first_s
        self._heard_s = 0.0
        self._taken_s = -math.inf
        self._reset_wanted = False
        self._reset_s = -math.inf

    @property
    def identity(self) -> str:
        """What camera it drives; empty before the first connection."""
        return self._device.identity

    @property
    def status(self) -> DriverStatus:
        """How it is."""
        return self._status

    @property
    def lens(self) -> Lens | None:
        """Its lens; None where neither a calibration nor the camera says it."""
        return self._lens

    def update(self, wait_s: float) -> CameraFrame | None:
        """Return the next picture, or None where there is none yet; open the camera where it is not open.

        Args:
            wait_s: Longest wait for a picture. Opening takes as long as the device permits itself.
        """
        now_s = self._clock()
        if not self._open:
            if now_s >= self._retry_s:
                self._connect()
            else:
                time.sleep(min(wait_s, self._retry_s - now_s))
            return None
        try:
            frame = self._device.read(self._until_late(wait_s, now_s))
            self._check(frame)
        except StaleDataError as error:
            self._miss(error)
            return None
        except DeviceError as error:
            self._lose(str(error))
            return None
        self._heard_s, self._taken_s = self._clock(), frame.taken_s
        self._pause_s = self._config.retry_first_s
        self._status = DriverStatus(DriverMode.READY)
        return frame

    def close(self) -> None:
        """Let go of the camera. A further update opens it again."""
        self._open = False
        self._status = DriverStatus(DriverMode.DISCONNECTED, "closed")
        self._device.close()

    def _connect(self) -> None:
        now_s = self._clock()
        reset = self._reset_wanted and now_s - self._reset_s >= self._config.reset_every_s
        if reset:
            self._reset_s = now_s
        try:
            own = self._device.open(reset=reset)
            lens = self._calibrated or own
            self._lens = lens and lens.at_size(self._wanted.width_px, self._wanted.height_px)
        except ValueError as error:
            self._lose(f"{error}; calibrate it for this size: robomatrix calibrate intrinsics")
        except (DeviceError, StaleDataError, EnvironmentFault) as error:
            self._lose(str(error))
        else:
            self._open, self._reset_wanted = True, False
            self._heard_s = self._clock()
            self._status = DriverStatus(DriverMode.DISCONNECTED, "opened, waiting for its first picture")

    def _until_late(self, wait_s: float, now_s: float) -> float:
        """Return how long to wait so that a silence is noticed when it is one, and not at the end of a further wait."""
        late_in_s = self._heard_s + self._config.late_s + _MOMENT_S - now_s
        return min(wait_s, late_in_s) if late_in_s > 0.0 else wait_s

    def _check(self, frame: CameraFrame) -> None:
        """Refuse a frame that is not what was asked for.

        Raises:
            StaleDataError: It is an old one.
            DeviceError: It has another size.
        """
        wanted = (self._wanted.height_px, self._wanted.width_px)
        depth = wanted if frame.depth_mm is None else frame.depth_mm.shape
        if frame.color.shape != (*wanted, 3) or depth != wanted:
            raise DeviceError(
                f"it sends colour of shape {frame.color.shape} and depth of {depth}, not {self._wanted.text}",
                where=self._device.identity,
                remedy="set the robot's camera in robot.yaml to a size that it has",
                code="WRONG_SIZE",
            )
        if frame.taken_s <= self._taken_s:
            raise StaleDataError("it sent an old picture again", where=self._device.identity, code="OLD_PICTURE")

    def _miss(self, error: StaleDataError) -> None:
        silent_s = self._clock() - self._heard_s
        reason = f"no picture for {silent_s:.1f} s: {error}"
        if silent_s > self._config.silence_max_s:
            self._reset_wanted = True
            self._lose(reason)
        elif silent_s > self._config.late_s:
            self._status = DriverStatus(DriverMode.DISCONNECTED, reason)

    def _lose(self, reason: str) -> None:
        self._open = False
        self._status = DriverStatus(DriverMode.DISCONNECTED, reason)
        self._device.drop()
        self._retry_s = self._clock() + self._pause_s
        self._pause_s = min(2.0 * self._pause_s, self._config.retry_longest_s)
