"""A base behind its topics: commands in, odometry and ranges out; the same for a simulated base and for any other."""

from __future__ import annotations

from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import LaserScan

from robomatrix_py.contracts.base import BaseDescription
from robomatrix_py.contracts.driver import BaseDriver
from robomatrix_py.contracts.observation import BaseState, RangeScan
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert_base import base_command_from_msg, base_state_to_msg, scan_to_msg


class BasePort:
    """Hands commands to a base's driver, and its readings to whoever listens.

    The driver is only spoken to in :meth:`command` and :meth:`read`, which the control loop calls: a device may keep it
    waiting, and nobody else.

    Args:
        node: Whose topics they are.
        description: The base.
        driver: Its driver.
    """

    def __init__(self, node: Node, description: BaseDescription, driver: BaseDriver) -> None:
        self._node = node
        self._ranging = description.ranging
        self._driver = driver
        self._commanded: TwistStamped | None = None
        self._refusal = ""
        self._state: BaseState | None = None
        self._turn: RangeScan | None = None
        self._odometry = node.create_publisher(Odometry, names.ODOMETRY, names.STATE_QOS)
        if self._ranging is not None:
            self._scan = node.create_publisher(LaserScan, names.SCAN, names.STATE_QOS)
        node.create_subscription(TwistStamped, names.BASE_VELOCITY, self._on_velocity, names.COMMAND_QOS)

    def command(self, now_s: float) -> None:
        """Hand the newest command over, if there is one."""
        message, self._commanded = self._commanded, None
        if message is None:
            return
        refusal = self._driver.command(base_command_from_msg(message), now_s)
        if refusal and refusal != self._refusal:
            self._node.get_logger().warning(f"refused a command: {refusal}")
        self._refusal = refusal

    def read(self, now_s: float) -> None:
        """Take in what is new."""
        self._state, self._turn = self._driver.read(now_s), self._driver.scan(now_s)

    def publish(self) -> None:
        """Publish what was read last."""
        stamp = self._node.get_clock().now().to_msg()
        if self._state is not None:
            self._odometry.publish(base_state_to_msg(self._state, stamp))
        if self._turn is not None and self._ranging is not None:
            self._scan.publish(scan_to_msg(self._turn, self._ranging.range_max_m, stamp))

    def _on_velocity(self, message: TwistStamped) -> None:
        self._commanded = message
