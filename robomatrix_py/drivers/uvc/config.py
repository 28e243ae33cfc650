"""How a USB camera is reached: `device.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges

CODINGS = ("mjpeg", "yuyv422")
NETWORK = "tcp://"
"""What the address of a camera on another computer begins with."""


@dataclass(frozen=True)
class UvcConfig:
    """A camera and how its pictures come.

    Args:
        address: Device file, best by its name in ``/dev/v4l/by-id/``; or ``tcp://HOST:PORT`` where another computer
            sends MJPEG.
        coding: ``mjpeg``, or ``yuyv422`` uncompressed, which USB 2 carries at low rates only.
        delay_s: How long before it arrives a picture was taken.
    """

    address: str = "/dev/video0"
    coding: str = "mjpeg"
    delay_s: float = 0.05

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.coding not in CODINGS:
            raise ValueError(f"coding is {self.coding}; permitted: {', '.join(CODINGS)}")
        if not self.address.startswith(("/", NETWORK)):
            raise ValueError(f"address is {self.address}; permitted: a device file, or {NETWORK}HOST:PORT")
        require_ranges(self, {"delay_s": (0.0, 0.5)})
