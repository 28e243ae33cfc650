"""Hears where a base is and what it ranges."""

from __future__ import annotations

import time
from collections.abc import Callable

from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import LaserScan

from robomatrix_py.contracts.observation import BaseState, RangeScan
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert_base import base_state_from_msg, scan_from_msg
from robomatrix_py.nodes.convert_policy import seconds
from robomatrix_py.nodes.trail import Trail


class BaseEar:
    """Listens to the base's topics. What makes no sense counts as not received.

    Args:
        node: Whose subscriptions they are.
        on_state: Told odometry.
        on_scan: Told ranges with where the base was when they were taken; None: nobody wants them.
    """

    def __init__(
        self, node: Node, on_state: Callable[[BaseState], None], on_scan: Callable[[RangeScan], None] | None = None
    ) -> None:
        self._on_state = on_state
        self._on_scan = on_scan
        self._trail = Trail()
        self._waiting: LaserScan | None = None
        node.create_subscription(Odometry, names.ODOMETRY, self._hear_odometry, names.STATE_QOS)
        if on_scan is not None:
            node.create_subscription(LaserScan, names.SCAN, self._hear_scan, names.STATE_QOS)

    def _hear_odometry(self, message: Odometry) -> None:
        state = base_state_from_msg(message, time.monotonic())
        if state is None:
            return
        self._on_state(state)
        self._trail.note(seconds(message.header.stamp), state.pose_base_in_odom)
        self._place_scan()

    def _hear_scan(self, message: LaserScan) -> None:
        self._waiting = message
        self._place_scan()

    def _place_scan(self) -> None:
        """Pass ranges on once odometry of their moment is there: a base that turns would smear them otherwise."""
        message = self._waiting
        if message is None or not self._trail.reaches(seconds(message.header.stamp)):
            return
        self._waiting = None
        pose = self._trail.at(seconds(message.header.stamp))
        scan = scan_from_msg(message, pose, time.monotonic()) if pose is not None else None
        if scan is not None and self._on_scan is not None:
            self._on_scan(scan)
