"""The robot's real cameras as a node: the topics of the simulated ones. Each camera has a thread and a process."""

from __future__ import annotations

import os
import threading
import time

from rclpy.node import Node
from rclpy.time import Time

from robomatrix_py.drivers.camera_device import CameraFrame
from robomatrix_py.nodes import names
from robomatrix_py.nodes.camera_topics import CameraTopics
from robomatrix_py.nodes.driver_status import DriverStatusPublisher
from robomatrix_py.nodes.process import run_node
from robomatrix_py.settings.cameras import CameraChoice, make_cameras
from robomatrix_py.settings.settings import Settings

_WAIT_S = 0.15
_JOIN_S = 1.0


class CamerasNode(Node):
    """Publishes what the cameras' drivers get."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("cameras")
        robot = settings.load_robot()
        choices = make_cameras(robot, settings.cameras)
        self._streams = [_CameraStream(self, choice) for choice in choices]
        assigned = [choice.camera.name for choice in choices]
        if unassigned := [camera.name for camera in robot.cameras if camera.name not in assigned]:
            self.get_logger().warning(f"no device is assigned to {', '.join(unassigned)}: see cameras.devices")
        for stream in self._streams:
            stream.start()

    def finish(self) -> None:
        """Let go of the cameras; takes at most a second, as all do at once."""
        for stream in self._streams:
            stream.stop()
        deadline_s = time.monotonic() + _JOIN_S
        for stream in self._streams:
            stream.join(max(0.0, deadline_s - time.monotonic()))


class _CameraStream:
    """One camera: its driver, its thread and its topics."""

    def __init__(self, node: Node, choice: CameraChoice) -> None:
        self._node = node
        self._driver = choice.driver
        self._depth = choice.kind.depth
        self._topics = CameraTopics(node, choice.camera.name, depth=choice.kind.depth)
        label = f"{choice.label}: {names.CAMERA_DRIVER}"
        self._status = DriverStatusPublisher(node, label, lambda: self._driver.status, lambda: self._driver.identity)
        self._running = threading.Event()
        self._thread = threading.Thread(target=self._run, name=choice.camera.name, daemon=True)

    def start(self) -> None:
        self._running.set()
        self._thread.start()

    def stop(self) -> None:
        self._running.clear()

    def join(self, wait_s: float) -> None:
        self._thread.join(wait_s)

    def _run(self) -> None:
        try:
            while self._running.is_set():
                frame = self._driver.update(_WAIT_S)
                if frame is not None and self._running.is_set():
                    self._publish(frame)
                self._status.update()
            self._driver.close()
        except Exception as error:  # noqa: BLE001  a camera's thread that dies must be seen, and ends its process
            if self._running.is_set():
                self._node.get_logger().fatal(f"{self._thread.name} failed: {type(error).__name__}: {error}")
                os.kill(os.getpid(), 15)

    def _publish(self, frame: CameraFrame) -> None:
        # The moment that is shown, on the clock of the messages.
        age_ns = round(1e9 * max(0.0, time.monotonic() - frame.taken_s))
        now = self._node.get_clock().now()
        stamp = Time(nanoseconds=now.nanoseconds - age_ns, clock_type=now.clock_type).to_msg()
        self._topics.publish_color(frame.color, self._driver.lens, stamp)
        if self._depth and frame.depth_mm is not None and self._topics.depth_wanted:
            self._topics.publish_depth(frame.depth_mm, self._driver.lens, stamp)


def main() -> int:
    """Run the process of the cameras."""
    return run_node("cameras", CamerasNode)


if __name__ == "__main__":
    raise SystemExit(main())
