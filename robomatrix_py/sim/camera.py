"""Renders the simulated cameras by MuJoCo over EGL."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping

import mujoco
import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.sim.world import SimWorld

# What is farther away than this share of the farthest that is drawn is sky.
_SKY_SHARE = 0.5
_NOISE = np.random.default_rng(0).standard_normal(2**21, dtype=np.float32)


class SimCamera:
    """One camera with its own graphics context; use it from one thread only.

    Args:
        world: The world it looks at.
        camera: Name and image size.

    Raises:
        EnvironmentFault: No software or hardware OpenGL can be had.
    """

    def __init__(self, world: SimWorld, camera: CameraDescription) -> None:
        self.camera = camera
        self._drawn_as = camera.name
        self._model = world.model
        self._data = mujoco.MjData(world.model)
        try:
            with warnings.catch_warnings():
                # GLFW warns of what becomes the one clear error below.
                warnings.simplefilter("ignore")
                self._renderer = mujoco.Renderer(world.model, camera.height_px, camera.width_px)
        except (mujoco.FatalError, RuntimeError, ImportError, AttributeError, OSError) as error:
            raise EnvironmentFault(
                f"no OpenGL for rendering (MUJOCO_GL={os.environ.get('MUJOCO_GL')}): {error}",
                remedy="install it with 'apt-get install libegl1 libgl1-mesa-dri', or run without cameras (--no-video)",
                code="GL",
            ) from error
        # mjRND_SHADOW and mjRND_REFLECTION cost many times the rest in software rendering.
        flags = self._renderer.scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SHADOW] = int(world.model.vis.quality.shadowsize > 0)
        flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0

    def take(self, world: SimWorld) -> None:
        """Remember the world's present pose for the renders that follow."""
        self._data.qpos[:] = world.data.qpos
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)

    def color(self) -> npt.NDArray[np.uint8]:
        """Return the remembered moment as RGB, uint8, shape (H, W, 3)."""
        self._renderer.update_scene(self._data, camera=self._drawn_as)
        image: npt.NDArray[np.uint8] = self._renderer.render()
        return image

    def depth_m(self) -> npt.NDArray[np.float32]:
        """Return the remembered moment as distance along the optical axis, float32, shape (H, W)."""
        self._renderer.enable_depth_rendering()
        try:
            self._renderer.update_scene(self._data, camera=self._drawn_as)
            image: npt.NDArray[np.float32] = self._renderer.render()
        finally:
            self._renderer.disable_depth_rendering()
        return image

    def color_and_depth_m(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """Return what :meth:`color` and :meth:`depth_m` do, drawn once; the sky, which has no depth, is at 0."""
        renderer = self._renderer
        renderer.update_scene(self._data, camera=self._drawn_as)
        # The renderer reads one or the other; MuJoCo itself reads both of what was drawn.
        renderer._gl_context.make_current()
        color = np.empty((renderer.height, renderer.width, 3), np.uint8)
        depth = np.empty((renderer.height, renderer.width), np.float32)
        mujoco.mjr_render(renderer._rect, renderer.scene, renderer._mjr_context)
        mujoco.mjr_readPixels(color, depth, renderer._rect, renderer._mjr_context)
        extent, clip = self._model.stat.extent, self._model.vis.map
        near, far = np.float32(clip.znear * extent), np.float32(clip.zfar * extent)
        # A reversed depth buffer: 1 at the near plane, 0 at the far plane.
        depth_m = far * near / (depth.astype(np.float64) * (far - near) + near)
        depth_m[depth_m > _SKY_SHARE * far] = 0.0
        return np.ascontiguousarray(color[::-1]), np.ascontiguousarray(depth_m[::-1], dtype=np.float32)

    def intrinsics(self) -> Mapping[str, float]:
        """Return fx, fy, cx, cy in pixels of the ideal pinhole."""
        fovy = np.deg2rad(float(self._model.camera(self.camera.name).fovy[0]))
        focal = self.camera.height_px / 2 / np.tan(fovy / 2)
        return {"fx": focal, "fy": focal, "cx": self.camera.width_px / 2, "cy": self.camera.height_px / 2}

    def close(self) -> None:
        """Free the graphics context."""
        self._renderer.close()


def add_image_noise(
    image: npt.NDArray[np.uint8], noise: float, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Return an image with Gaussian noise of a standard deviation in grey levels."""
    noisy = image + rng.normal(0.0, noise, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def add_depth_noise(
    depth_m: npt.NDArray[np.float32], noise_per_m: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return depth with Gaussian noise whose standard deviation is `noise_per_m` at 1 m and grows with the square."""
    # Drawing a number for every pixel would take as long as drawing the picture.
    begin = int(rng.integers(len(_NOISE) - depth_m.size))
    noise = _NOISE[begin : begin + depth_m.size].reshape(depth_m.shape)
    return depth_m + np.float32(noise_per_m) * depth_m**2 * noise


def camera_positions(world: SimWorld) -> dict[str, Array]:
    """Return where each camera is in the base frame, shape (3,)."""
    return {world.model.camera(i).name: world.data.cam_xpos[i].copy() for i in range(world.model.ncam)}
