"""Stands in for a base that takes a twist: odometry, a watchdog of its own, diagnostics, a lidar before a wall.

Run: python twist_base.py NAMESPACE DOMAIN
Sources: REP 103 and REP 105; the defaults of ros2_controllers' mecanum_drive_controller. What it lacks: wheels, slip
and drift.
"""

from __future__ import annotations

import math
import random
import sys
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from ros_double import RosDouble, diagnostic
from sensor_msgs.msg import LaserScan

DRIVER, RIVAL = "base_driver", "teleop_twist_joy"
# The base stops by itself where no command comes, and its wheels need a moment.
TIMEOUT_S, LAG_S = 0.5, 0.03
ODOMETRY_S, DIAGNOSTICS_S = 0.02, 0.2
START = (1.0, 2.0, 0.5)
SCAN_S, RAYS, WALL_X_M = 0.1, 360, 4.0


class TwistBase(RosDouble):
    """The base with its nodes."""

    def __init__(self, namespace: str, domain: int) -> None:
        super().__init__(namespace, domain, (DRIVER,), (RIVAL,))
        self._chance = random.Random(7)
        self._moved_s: float | None = None
        self.do_reset()

    def do_reset(self) -> None:
        """Go back to the beginning: the base stands at a place that is not its origin."""
        self.do_vanish()
        self.faults.clear()
        self.foreign = self.pressed = self.stamped = self.other_type = self.blind = False
        self._place, self._velocity, self._wanted = list(START), [0.0] * 3, [0.0] * 3
        self._commanded_s = -math.inf
        self.do_come_back()

    def do_set(self, **values: Any) -> None:
        """Set foreign (another node commands), pressed (emergency stop), stamped, other_type (of commands) or blind."""
        for key, value in values.items():
            setattr(self, key, value)
        if {"stamped", "other_type"} & values.keys():
            self.do_vanish()
            self.do_come_back()

    def do_state(self) -> dict[str, Any]:
        """Return where it truly is, in the frame of its odometry."""
        return {"position": list(self._place)}

    def start(self, nodes: dict[str, Node]) -> None:
        node = nodes[DRIVER]
        if self.stamped:
            node.create_subscription(TwistStamped, "cmd_vel", lambda message: self._on_twist(message.twist), 10)
        else:
            node.create_subscription(Odometry if self.other_type else Twist, "cmd_vel", self._on_twist, 10)
        self._odometry = node.create_publisher(Odometry, "odometry/filtered", 10)
        self._diagnostics = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._rival_node, self._rival = nodes[RIVAL], None
        self._scans = node.create_publisher(LaserScan, "scan", qos_profile_sensor_data)
        self._told_s = self._told_diagnostics_s = self._scanned_s = -math.inf
        self._moved_s = None

    def step(self, now_s: float) -> None:
        self._move(now_s)
        if self.foreign and self._rival is None:
            self._rival = self._rival_node.create_publisher(Twist, "cmd_vel", 10)
        elif not self.foreign and self._rival is not None:
            self._rival_node.destroy_publisher(self._rival)
            self._rival = None
        if self.faults.frozen:
            return
        if now_s - self._told_diagnostics_s >= DIAGNOSTICS_S:
            self._told_diagnostics_s = now_s
            level = DiagnosticStatus.ERROR if self.pressed else DiagnosticStatus.OK
            self._diagnostics.publish(DiagnosticArray(status=[diagnostic("base: emergency stop", {}, level)]))
        if now_s - self._scanned_s >= SCAN_S and not self.blind:
            self._scanned_s = now_s
            self._scans.publish(self._scan())
        if now_s - self._told_s >= ODOMETRY_S:
            self._told_s = now_s
            if self._chance.random() >= self.faults.drop:
                time.sleep(self.faults.delay_s)
                self._odometry.publish(self._message())

    def _move(self, now_s: float) -> None:
        elapsed_s = 0.0 if self._moved_s is None else now_s - self._moved_s
        self._moved_s = now_s
        if self.pressed or now_s - self._commanded_s > TIMEOUT_S:
            self._wanted = [0.0] * 3
        share = 1.0 - math.exp(-elapsed_s / LAG_S)
        self._velocity = [v + (w - v) * share for v, w in zip(self._velocity, self._wanted, strict=True)]
        forward, left, turn = self._velocity
        middle = self._place[2] + turn * elapsed_s / 2
        self._place[0] += (forward * math.cos(middle) - left * math.sin(middle)) * elapsed_s
        self._place[1] += (forward * math.sin(middle) + left * math.cos(middle)) * elapsed_s
        self._place[2] += turn * elapsed_s

    def _on_twist(self, twist: Twist) -> None:
        if not self.faults.frozen and isinstance(twist, Twist):
            self._wanted = [twist.linear.x, twist.linear.y, twist.angular.z]
            self._commanded_s = time.monotonic()

    def _scan(self) -> LaserScan:
        """Return what a lidar 0.1 m before the middle sees, mounted backwards: a wall across odometry's x axis."""
        x, _, yaw = self._place
        message = LaserScan(angle_min=-math.pi, angle_increment=2 * math.pi / RAYS, range_min=0.05, range_max=12.0)
        message.header.frame_id = "laser"
        message.ranges = []
        for ray in range(RAYS):
            ahead = math.cos(yaw + math.pi + message.angle_min + ray * message.angle_increment)
            away_m = (WALL_X_M - x - 0.1 * math.cos(yaw)) / ahead if abs(ahead) > 1e-6 else math.inf
            message.ranges.append(away_m if 0.0 < away_m < message.range_max else math.inf)
        return message

    def _message(self) -> Odometry:
        message = Odometry(child_frame_id="base_link")
        message.header.frame_id = "odom"
        x, y, yaw = self._place
        message.pose.pose.position.x, message.pose.pose.position.y = x, y
        message.pose.pose.orientation.z, message.pose.pose.orientation.w = math.sin(yaw / 2), math.cos(yaw / 2)
        twist = message.twist.twist
        twist.linear.x, twist.linear.y, twist.angular.z = self._velocity
        return message


if __name__ == "__main__":
    TwistBase(sys.argv[1], int(sys.argv[2])).serve()
