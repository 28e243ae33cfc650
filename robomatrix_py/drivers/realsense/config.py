"""How a RealSense camera is reached: `device.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges


@dataclass(frozen=True)
class RealSenseConfig:
    """A camera and its streams. The size of colour, and of depth aligned to it, is that of the robot's camera.

    Args:
        address: Its serial number, so that no other camera takes its place; empty: the only one that is plugged in.
            With a ``/`` in it: path of a recording, which plays again and again.
        product: Part of the name that it must have, such as ``D435``.
        depth_width_px: Width at which depth is measured, before it is aligned to colour.
        depth_height_px: Height of the same.
        usb2: Whether a USB 2 link is good enough.
        delay_s: How long before it arrives a picture was taken, where the camera does not tell.
    """

    address: str = ""
    product: str = "D4"
    depth_width_px: int = 640
    depth_height_px: int = 480
    usb2: bool = False
    delay_s: float = 0.04

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_ranges(self, {"depth_width_px": (128, 1280), "depth_height_px": (96, 800), "delay_s": (0.0, 0.2)})

    @property
    def recording(self) -> str:
        """Path of the recording that is played in place of a camera; empty where there is none."""
        return self.address if "/" in self.address else ""
