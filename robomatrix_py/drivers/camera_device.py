"""What a camera family offers the driver: a wire to one camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.lens import Lens


@dataclass(frozen=True)
class PictureFormat:
    """What pictures the robot wants of a camera.

    Args:
        width_px: Width of colour, and of depth aligned to it.
        height_px: Height of the same.
        rate_hz: Pictures a second.
    """

    width_px: int
    height_px: int
    rate_hz: float

    @property
    def text(self) -> str:
        """Size and rate for a person."""
        return f"{self.width_px}x{self.height_px} at {self.rate_hz:g} Hz"


@dataclass(frozen=True, eq=False)
class CameraFrame:
    """One moment as a camera saw it.

    Args:
        color: RGB, uint8, shape (H, W, 3).
        depth_mm: Distance along the optical axis aligned to colour, uint16, shape (H, W), 0 where there is none; None
            where the camera has no depth.
        taken_s: When it was taken, on the monotonic clock of this machine.
    """

    color: npt.NDArray[np.uint8]
    depth_mm: npt.NDArray[np.uint16] | None
    taken_s: float


class CameraDevice(Protocol):
    """One camera. Every call returns within its own deadline."""

    @property
    def identity(self) -> str:
        """Which camera it is, such as model and serial number; known once it is open."""

    def open(self, *, reset: bool) -> Lens | None:
        """Find the camera, check that it is the right one, and start it.

        Args:
            reset: Have it start anew first, as after it had fallen silent.

        Returns:
            The lens as the camera itself knows it, or None where it does not.

        Raises:
            DeviceError: It cannot be found or used; the message names the likely cause and what to do.
            StaleDataError: It is there and does not answer.
        """

    def probe(self) -> str:
        """Open it, take one picture, and say what was found.

        Raises:
            DeviceError: As :meth:`open`.
            StaleDataError: As :meth:`open`, or no picture came.
        """

    def read(self, wait_s: float) -> CameraFrame:
        """Return the next frame as soon as it is there.

        Raises:
            DeviceError: The camera is gone.
            StaleDataError: None came in time, or what came is no picture; the next call may get one.
        """

    def close(self) -> None:
        """Let go of the camera in good order."""

    def drop(self) -> None:
        """Let go at once of a camera that is lost, without waiting for it."""
