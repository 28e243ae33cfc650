"""Camera perception in lock-step: renders, encodes and looks on simulated time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from robomatrix_py.contracts.patches import CameraView
from robomatrix_py.contracts.scene import Scene
from robomatrix_py.runtime.eyes import Sight
from robomatrix_py.runtime.perception import make_eyes
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.camera import add_depth_noise, add_image_noise
from robomatrix_py.sim.camera_fault import make_camera
from robomatrix_py.sim.config import SensorConfig
from robomatrix_py.sim.sensor import Sensor
from robomatrix_py.sim.truth import SimTruth
from robomatrix_py.sim.world import SimWorld

# When pictures were taken, and they themselves.
_Reading = tuple[float, list[CameraView]]


class LockstepCameras:
    """The perception source `camera` (a :class:`~robomatrix_py.runtime.lockstep.SightSource`).

    Args:
        world: The world the cameras look at.
        settings: What is looked for, with which encoder; rate, delay, noise and drop-out of the cameras.

    Raises:
        ConfigError: The encoder's files are wrong.
        EnvironmentFault: No OpenGL or no OpenVINO can be had.
    """

    def __init__(self, world: SimWorld, settings: Settings) -> None:
        self._world = world
        self._eyes, config = make_eyes(settings)
        self._age_max_s = config.camera_age_max_s
        self._now_s = 0.0
        self.sight: Sight | None = None
        self._chain = SerialChain(world.robot)
        cameras = settings.sim.cameras
        self._cameras = [make_camera(world, camera, cameras.fault) for camera in world.robot.cameras]
        self._rng = np.random.default_rng([world.config.seed, 0xCA7])
        self._depth_noise_per_m = cameras.depth_noise_per_m
        sensor = SensorConfig(config.rate_hz, cameras.delay_s + config.latency_s, cameras.noise, cameras.drop_out)
        self._sensor: Sensor[_Reading] = Sensor(sensor, self._rng, self._take, _noisy)

    def update(self, now_s: float) -> Scene | None:
        """Return a scene if new pictures have arrived."""
        self._now_s = now_s
        reading = self._sensor.update(now_s)
        if reading is None:
            return None
        taken_s, views = reading
        if now_s - taken_s > self._age_max_s:
            return None
        self.sight = self._eyes.look(views, taken_s, now_s)
        return self.sight.scene

    def close(self) -> None:
        """Free the graphics contexts."""
        for camera in self._cameras:
            camera.close()

    def _take(self) -> _Reading:
        positions = self._world.joint_positions()
        pose_tool = self._chain.tool_pose(np.array([positions[name] for name in self._world.robot.joint_names]))
        views = []
        for camera in self._cameras:
            camera.take(self._world)
            lens = camera.intrinsics()
            color, depth_m = camera.color_and_depth_m()
            if self._depth_noise_per_m > 0:
                depth_m = add_depth_noise(depth_m, self._depth_noise_per_m, self._rng)
            views.append(
                CameraView(
                    camera.camera.name,
                    color,
                    depth_m,
                    (lens["fx"], lens["fy"], lens["cx"], lens["cy"]),
                    camera.camera.pose_in_base(pose_tool),
                    pose_tool,
                )
            )
        return self._now_s, views


def scene_source(settings: Settings) -> Callable[[SimWorld], SimTruth | LockstepCameras]:
    """Return what makes the perception source that the settings name."""
    if settings.perception_source == "sim_truth":
        return SimTruth
    return lambda world: LockstepCameras(world, settings)


def _noisy(reading: _Reading, noise: float, rng: np.random.Generator) -> _Reading:
    taken_s, views = reading
    return taken_s, [replace(view, color=add_image_noise(view.color, noise, rng)) for view in views]
