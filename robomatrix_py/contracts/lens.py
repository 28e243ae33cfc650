"""The lens of a camera: a pinhole with the distortion that ROS calls `plumb_bob`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from robomatrix_py.contracts.geometry import Array


@dataclass(frozen=True)
class Lens:
    """How a camera maps rays to pixels, in its optical frame (x right, y down, z ahead).

    The distortion is Brown's, as OpenCV and `sensor_msgs/CameraInfo` have it (D. C. Brown, Close-range camera
    calibration, 1971): a ray (x, y, 1) with r2 = x^2 + y^2 goes to
    x (1 + k1 r2 + k2 r2^2 + k3 r2^3) + 2 p1 x y + p2 (r2 + 2 x^2), and y alike with p1 and p2 changed over.

    Args:
        width_px: Width of the pictures that it is of.
        height_px: Their height.
        fx: Focal length along x, in pixels.
        fy: Focal length along y, in pixels.
        cx: Where the optical axis meets the picture, x in pixels.
        cy: The same, y in pixels.
        distortion: k1, k2, p1, p2, k3.
    """

    width_px: int
    height_px: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        """Refuse what no camera has."""
        for key in ("width_px", "height_px", "fx", "fy"):
            if not 0.0 < getattr(self, key) < math.inf:
                raise ValueError(f"{key} is {getattr(self, key)}, a positive finite number is needed")
        for key, size in (("cx", self.width_px), ("cy", self.height_px)):
            if not 0.0 <= getattr(self, key) <= size:
                raise ValueError(f"{key} is {getattr(self, key)}; permitted: 0 to {size}, inside the picture")
        if not all(math.isfinite(value) for value in self.distortion):
            raise ValueError(f"distortion is {list(self.distortion)}, finite numbers are needed")

    @property
    def matrix(self) -> Array:
        """The 3 x 3 camera matrix."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    def at_size(self, width_px: int, height_px: int) -> Lens:
        """Return the same lens for pictures of another size and the same shape.

        Raises:
            ValueError: The shape differs: parts of the sensor are cut off there, and nobody knows which.
        """
        if (width_px, height_px) == (self.width_px, self.height_px):
            return self
        if width_px * self.height_px != height_px * self.width_px:
            raise ValueError(
                f"a lens measured at {self.width_px}x{self.height_px} says nothing about {width_px}x{height_px}"
            )
        share = width_px / self.width_px
        scaled = {key: getattr(self, key) * share for key in ("fx", "fy", "cx", "cy")}
        return replace(self, width_px=width_px, height_px=height_px, **scaled)
