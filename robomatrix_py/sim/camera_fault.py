"""A simulated camera that breaks: to see what a robot makes of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.sim.camera import SimCamera
from robomatrix_py.sim.config import CameraFaultConfig
from robomatrix_py.sim.world import SimWorld


class FaultyCamera(SimCamera):
    """A camera that is in order until its time has come.

    Args:
        world: The world it looks at.
        camera: Name and image size.
        fault: What happens to it, and when.
    """

    def __init__(self, world: SimWorld, camera: CameraDescription, fault: CameraFaultConfig) -> None:
        super().__init__(world, camera)
        self._fault = fault
        self._broken = False
        names = [other.name for other in world.robot.cameras]
        self._other = names[(names.index(camera.name) + 1) % len(names)]

    def take(self, world: SimWorld) -> None:
        """Remember the world's present pose for the renders that follow; a frozen camera keeps the one it had."""
        was_broken, self._broken = self._broken, world.data.time >= self._fault.after_s
        if not (was_broken and self._fault.kind == "frozen"):
            super().take(world)
        if self._broken and self._fault.kind == "swapped":
            self._drawn_as = self._other

    def color(self) -> npt.NDArray[np.uint8]:
        """Return what is delivered in place of the remembered moment."""
        return self._spoilt_color(super().color())

    def depth_m(self) -> npt.NDArray[np.float32]:
        """Return what is delivered in place of the remembered moment."""
        return self._spoilt_depth(super().depth_m())

    def color_and_depth_m(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """Return what is delivered in place of the remembered moment."""
        color, depth_m = super().color_and_depth_m()
        return self._spoilt_color(color), self._spoilt_depth(depth_m)

    def _spoilt_color(self, color: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        match self._fault.kind if self._broken else "none":
            case "black":
                return np.zeros_like(color)
            case "wrong_size":
                return color[::2, ::2].copy()
        return color

    def _spoilt_depth(self, depth_m: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        match self._fault.kind if self._broken else "none":
            case "no_depth":
                return np.full_like(depth_m, np.nan)
            case "wrong_size":
                return depth_m[::2, ::2].copy()
        return depth_m


def make_camera(world: SimWorld, camera: CameraDescription, fault: CameraFaultConfig) -> SimCamera:
    """Return a camera, which breaks if it is the one that the fault names."""
    hit = fault.kind != "none" and fault.camera in ("", camera.name)
    return FaultyCamera(world, camera, fault) if hit else SimCamera(world, camera)
