"""How a driver is, as diagnostics: at every change, and every 0.2 s in between."""

from __future__ import annotations

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node

from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.nodes import names

_PERIOD_S = 0.2
_LEVEL = {
    DriverMode.READY: DiagnosticStatus.OK,
    DriverMode.FOLLOWING: DiagnosticStatus.OK,
    DriverMode.WATCHDOG: DiagnosticStatus.ERROR,
    DriverMode.FAULT: DiagnosticStatus.ERROR,
    DriverMode.DISCONNECTED: DiagnosticStatus.ERROR,
}


class DriverStatusPublisher:
    """Publishes and logs a driver's status.

    Args:
        node: Speaks.
        label: Whose status it is.
        status: Returns the status now.
        identity: Returns what the device says it is, as far as is known.
    """

    def __init__(
        self, node: Node, label: str, status: Callable[[], DriverStatus], identity: Callable[[], str]
    ) -> None:
        self._node = node
        self._label = label
        self._status = status
        self._identity = identity
        self._mode: DriverMode | None = None
        self._publisher = node.create_publisher(DiagnosticArray, names.DIAGNOSTICS, names.DIAGNOSTICS_QOS)
        node.create_timer(_PERIOD_S, self._publish)

    def update(self) -> None:
        """Publish the status if its mode has changed; call it as often as the driver moves."""
        if self._status().mode is not self._mode:
            self._publish()

    def _publish(self) -> None:
        status = self._status()
        text = f"{status.mode}: {status.reason}" if status.reason else status.mode.value
        # Two calls: rclpy ties a place in the code to one severity.
        if status.mode is not self._mode and _LEVEL[status.mode] == DiagnosticStatus.OK:
            self._node.get_logger().info(f"{self._label}: {text}")
        elif status.mode is not self._mode:
            self._node.get_logger().error(f"{self._label}: {text}")
        self._mode = status.mode
        entry = DiagnosticStatus(level=_LEVEL[status.mode], name=self._label, message=text)
        entry.hardware_id = self._identity()
        message = DiagnosticArray(status=[entry])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)
