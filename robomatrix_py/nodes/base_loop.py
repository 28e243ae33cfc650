"""A real or a mocked base in a driver's process: a control loop of its own, so that an arm never keeps it waiting."""

from __future__ import annotations

import threading

from rclpy.node import Node

from robomatrix_py.contracts.base import BaseDescription
from robomatrix_py.drivers.base import DeviceBaseDriver
from robomatrix_py.nodes import names
from robomatrix_py.nodes.base_port import BasePort
from robomatrix_py.nodes.driver_status import DriverStatusPublisher
from robomatrix_py.nodes.loop import ControlLoop
from robomatrix_py.settings.base_devices import make_base_device
from robomatrix_py.settings.settings import Settings

_CLOSE_S = 0.5


class BaseLoop:
    """Drives the base of a robot.

    Args:
        node: Whose topics they are.
        base: The base.
        settings: Which robot and mode, and how its driver watches.

    Raises:
        ConfigError: The base has no device in this mode.
    """

    def __init__(self, node: Node, base: BaseDescription, settings: Settings) -> None:
        robot = settings.load_robot()
        choice = make_base_device(robot, settings.mode, settings.device)
        driver = self._driver = DeviceBaseDriver(robot, choice.device, settings.driver)
        self._lock = threading.Lock()
        self._port = BasePort(node, base, driver)
        label = f"{robot.name} ({choice.kind}): {names.BASE_DRIVER}"
        self._status = DriverStatusPublisher(node, label, lambda: driver.status, lambda: driver.identity)
        self._loop = ControlLoop(node, "base_driver", choice.rate_hz, self._tick)

    def start(self) -> None:
        """Start the loop."""
        self._loop.start()

    def stop(self) -> None:
        """Stand still and let go of the device; takes at most a second and a half."""
        self._loop.stop()
        if self._lock.acquire(timeout=_CLOSE_S):
            self._driver.close()
            self._lock.release()

    def _tick(self, now_s: float) -> None:
        with self._lock:
            self._port.command(now_s)
            self._driver.update(now_s)
            self._port.read(now_s)
        self._port.publish()
        self._status.update()
