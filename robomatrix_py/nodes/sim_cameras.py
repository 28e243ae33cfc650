"""Publishes the simulated cameras from a thread of their own, so that rendering never delays the arm."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Time
from rclpy.node import Node

from robomatrix_py.contracts.lens import Lens
from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.nodes.camera_topics import CameraTopics
from robomatrix_py.nodes.priority import prefer_drawing
from robomatrix_py.sim.camera import add_depth_noise, add_image_noise
from robomatrix_py.sim.camera_fault import make_camera
from robomatrix_py.sim.config import SensorConfig, SimConfig
from robomatrix_py.sim.overview import OVERVIEW
from robomatrix_py.sim.sensor import Sensor
from robomatrix_py.sim.world import SimWorld

_POLL_S = 0.002
# A depth image due a moment after a coloured one is drawn with it.
_EARLY_S = 0.005

_Reading = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32] | None, Time]


class CameraPublisher:
    """Renders and publishes all cameras of the robot, and the scene's own while somebody listens.

    Args:
        node: Whose publishers they are.
        world: The world they look at.
        lock: Held while the world's state is copied.
        config: Rate, delay, noise and drop-out of the cameras, and whether there is depth.
    """

    def __init__(self, node: Node, world: SimWorld, lock: threading.Lock, config: SimConfig) -> None:
        self._node = node
        self._world = world
        self._lock = lock
        self._config = config
        self._streams: list[_CameraStream] = []
        self._running = threading.Event()
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="cameras", daemon=True)

    def start(self) -> None:
        """Start rendering; returns once the first graphics context stands, after at most 20 s.

        Raises:
            EnvironmentFault: No OpenGL can be had.
        """
        self._running.set()
        self._thread.start()
        self._ready.wait(timeout=20.0)
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End the thread; returns after at most 2 s."""
        self._running.clear()
        self._thread.join(timeout=2.0)

    def readings(self) -> Mapping[str, str]:
        """Return how many frames each camera has published, for the diagnostics."""
        return {f"{stream.name}_frames": str(stream.published) for stream in self._streams}

    def _run(self) -> None:
        prefer_drawing()
        streams = self._streams
        try:
            for index, camera in enumerate(self._world.filming_cameras):
                streams.append(_CameraStream(self._node, self._world, self._lock, camera, self._config, index))
        except Exception as error:  # noqa: BLE001  handed to the thread that waits in start()
            self._failure = error
        self._ready.set()
        while self._running.is_set() and self._failure is None:
            busy = [stream.update() for stream in streams]
            if not any(busy):
                time.sleep(_POLL_S)
        for stream in streams:
            stream.close()


class _CameraStream:
    """One camera: its sensor model and its publishers."""

    def __init__(
        self,
        node: Node,
        world: SimWorld,
        lock: threading.Lock,
        camera: CameraDescription,
        config: SimConfig,
        index: int,
    ) -> None:
        self.name = camera.name
        self.published = 0
        self._node = node
        self._world = world
        self._lock = lock
        self._renderer = make_camera(world, camera, config.cameras.fault)
        rate_hz = min(camera.rate_hz, config.cameras.rate_hz)
        sensor = SensorConfig(rate_hz, config.cameras.delay_s, config.cameras.noise, config.cameras.drop_out)
        rng = np.random.default_rng([config.seed, 0xCA, index])
        self._depth_noise = partial(add_depth_noise, noise_per_m=config.cameras.depth_noise_per_m, rng=rng)
        self._sensor: Sensor[_Reading] = Sensor(
            sensor, rng, self._take, lambda reading, noise, rng: (add_image_noise(reading[0], noise, rng), *reading[1:])
        )
        self._depth_period_s = 1.0 / config.depth_rate_hz
        self._depth_due_s = 0.0
        lens = self._renderer.intrinsics()
        self._lens = Lens(camera.width_px, camera.height_px, lens["fx"], lens["fy"], lens["cx"], lens["cy"])
        # The scene's camera is there for those who watch: nobody measures by it.
        self._always = camera != OVERVIEW
        self._depth_wanted = config.depth and self._always
        self._topics = CameraTopics(node, camera.name, depth=self._always)

    def update(self) -> bool:
        """Render and publish if a frame is due; return whether there was one."""
        if not self._always and not self._topics.color_wanted:
            return False
        reading = self._sensor.update(time.monotonic())
        if reading is None:
            return False
        self.published += 1
        color, depth_m, stamp = reading
        self._topics.publish_color(color, self._lens, stamp)
        if depth_m is not None:
            # Millimetres in 16 bits, as depth cameras deliver it; 0 means no reading.
            millimetres = np.where(depth_m < 10.0, depth_m * 1e3, 0.0).astype(np.uint16)
            self._topics.publish_depth(millimetres, self._lens, stamp)
        return True

    def close(self) -> None:
        """Free the graphics context."""
        self._renderer.close()

    def _take(self) -> _Reading:
        with self._lock:
            self._renderer.take(self._world)
            # The moment that is shown, not the one when the picture is ready.
            stamp = self._node.get_clock().now().to_msg()
        # Depth costs time too: it is read only while somebody listens.
        now_s = time.monotonic()
        depth = self._depth_wanted and now_s >= self._depth_due_s and self._topics.depth_wanted
        if depth:
            self._depth_due_s = now_s + self._depth_period_s - _EARLY_S
        if not depth:
            return self._renderer.color(), None, stamp
        color, depth_m = self._renderer.color_and_depth_m()
        return color, self._depth_noise(depth_m), stamp
