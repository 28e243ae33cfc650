"""A base that takes a twist behind the interface of every base, run in a worker process (`drivers/sdk_device.py`)."""

from __future__ import annotations

import math
import time
from typing import Any

from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import LaserScan

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.contracts.observation import BaseState
from robomatrix_py.drivers.device import BaseReading, firmware_fault
from robomatrix_py.drivers.ranging import Ring
from robomatrix_py.drivers.twist_base.config import TwistBaseConfig
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert_base import base_command_to_msg, base_state_from_msg, scan_from_msg
from robomatrix_py.nodes.foreign_graph import ForeignGraph

_KINDS = {"geometry_msgs/msg/Twist": Twist, "geometry_msgs/msg/TwistStamped": TwistStamped}
_ODOMETRY, _SCAN = "nav_msgs/msg/Odometry", "sensor_msgs/msg/LaserScan"
_HERE = Pose.at(0.0, 0.0, 0.0)
_WAIT_S = 4.0
_DISCOVERY_S = 2.0
# Most nodes tell their diagnostics once a second.
_DIAGNOSTICS_S = 3.0


class TwistBaseDevice:
    """One base.

    Args:
        values: Fields of `TwistBaseConfig` under ``config``; of `Ring` under ``ring``, or None where there is none.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._config = TwistBaseConfig(**values["config"])
        self._ring = Ring(**values["ring"]) if values["ring"] and self._config.scan_topic else None
        self._ranges_m: Array | None = None
        self._ranged_s = -math.inf
        self._where = f"base at {self._config.place}"
        self._graph: ForeignGraph | None = None
        self._kind: type = Twist
        self._publisher: Any = None
        self._state: BaseState | None = None
        self._identity = ""

    @property
    def identity(self) -> str:
        """Which topics of which graph it uses."""
        return self._identity

    def probe(self) -> str:
        """Look at the graph; nothing is published.

        Raises:
            DeviceError: There is no such base, or it cannot be used.
            StaleDataError: It does not tell its odometry.
        """
        self._ranges_m, self._ranged_s = None, -math.inf
        config = self._config
        graph = self._graph = ForeignGraph(config)
        graph.node.create_subscription(Odometry, config.odometry_topic, self._on_odometry, qos_profile_sensor_data)
        if self._ring is not None:
            graph.node.create_subscription(LaserScan, config.scan_topic, self._on_scan, qos_profile_sensor_data)
        if not graph.until(lambda: self._state is not None, _WAIT_S):
            raise self._unheard(graph)
        topic = graph.prefix + config.command_topic
        if not graph.until(lambda: graph.node.count_subscribers(topic), _DISCOVERY_S):
            listening = sorted(name for kind in _KINDS for name in graph.topics(kind))
            raise DeviceError(
                f"nobody takes velocities on {topic}",
                where=self._where,
                permitted=listening or "no topic takes any",
                remedy="is the base's own driver running? Name its topic: command_topic in base.yaml",
                code="WRONG_ADDRESS",
            )
        found = [kind for name, kind in _KINDS.items() if topic in graph.topics(name)]
        if len(found) != 1:
            raise DeviceError(
                f"{topic} is of no type that is understood, or of two",
                where=self._where,
                permitted=list(_KINDS),
                remedy="choose the right --robot, or another command_topic in base.yaml",
                code="WRONG_MODEL",
            )
        (self._kind,) = found
        if others := graph.others(config.command_topic):
            raise DeviceError(
                f"another program commands the base: {', '.join(others)}",
                where=self._where,
                remedy="end it: navigation, a joystick, or a second RoboMatrix; or command another input of its mux",
                code="PORT_BUSY",
            )
        if self._ring is not None and not graph.until(lambda: self._ranged_s > -math.inf, _WAIT_S):
            raise self._blind(graph)
        self._require_health(graph)
        self._identity = f"{self._where}: {topic} ({self._kind.__name__})"
        return self._identity

    def open(self, now_s: float) -> Pose:  # noqa: ARG002
        """Look at the graph, have the base stand, and say where it believes to be.

        Raises:
            DeviceError: As :meth:`probe`.
            StaleDataError: As :meth:`probe`.
        """
        self.probe()
        if self._graph is None or self._state is None:
            raise StaleDataError("no odometry came", where=self._where, code="NO_ANSWER")
        self._publisher = self._graph.node.create_publisher(self._kind, self._config.command_topic, names.COMMAND_QOS)
        return self._state.pose_base_in_odom

    def write(self, velocity: Array, now_s: float) -> None:  # noqa: ARG002
        """Send a velocity. Where none comes any more, the base's own driver has to stop it."""
        graph = self._graph
        if graph is None:
            return
        message = base_command_to_msg(BaseCommand(velocity), graph.node.get_clock().now().to_msg())
        message.header.frame_id = self._config.frame
        self._publisher.publish(message if self._kind is TwistStamped else message.twist)

    def read(self, now_s: float) -> BaseReading | None:  # noqa: ARG002
        """Return a reading if odometry has come anew.

        Raises:
            DeviceError: The base's nodes have ended, or its lidar is silent.
        """
        graph = self._graph
        if graph is None or not graph.publishers(self._config.odometry_topic):
            raise DeviceError(
                "nobody tells its odometry any more: its driver has ended",
                where=self._where,
                remedy="start it again; the base is taken up again once it is back",
                code="CONNECTION_LOST",
            )
        self._require_up(graph)
        if self._ring is not None and time.monotonic() - self._ranged_s > self._config.scan_silence_max_s:
            raise self._blind(graph)
        state, self._state = self._state, None
        if state is None:
            return None
        ranges_m, self._ranges_m = self._ranges_m, None
        return BaseReading(state.pose_base_in_odom, state.velocity, ranges_m=ranges_m)

    def close(self) -> None:
        """Leave the graph; the base stands."""
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()

    def drop(self) -> None:
        """Leave the graph."""
        self.close()

    def _require_health(self, graph: ForeignGraph) -> None:
        part = self._config.diagnostic
        if part and not graph.until(lambda: graph.is_told(part), _DIAGNOSTICS_S):
            raise StaleDataError(
                f"no diagnostic status comes that has '{part}' in its name",
                where=self._where,
                remedy="correct 'diagnostic' in base.yaml, see: ros2 topic echo /diagnostics; or leave it empty",
                code="NO_DIAGNOSTICS",
            )
        self._require_up(graph)

    def _require_up(self, graph: ForeignGraph) -> None:
        part = self._config.diagnostic
        if part and (errors := graph.errors(part)):
            raise firmware_fault(
                f"it reports: {'; '.join(errors)}",
                where=self._where,
                remedy="see 'Protective stop' in the robot's guide",
            )

    def _unheard(self, graph: ForeignGraph) -> DeviceError | StaleDataError:
        self._require_up(graph)
        topic = self._config.odometry_topic
        if graph.publishers(topic):
            return StaleDataError(
                "somebody publishes odometry and none that can be used comes",
                where=self._where,
                remedy=f"look at it: ros2 topic echo {graph.prefix}{topic}",
                code="NO_ANSWER",
            )
        return DeviceError(
            f"nobody tells odometry on {graph.prefix}{topic}; there is: {graph.told(_ODOMETRY)}",
            where=self._where,
            remedy="start the base's driver in that domain, or name its namespace: --set device.base_address=/base",
            code="WRONG_ADDRESS",
        )

    def _blind(self, graph: ForeignGraph) -> DeviceError:
        topic = self._config.scan_topic
        told = "says nothing that can be used" if graph.publishers(topic) else "is told by nobody"
        return DeviceError(
            f"its lidar ({graph.prefix}{topic}) {told}; there is: {graph.told(_SCAN)}",
            where=self._where,
            remedy="start the lidar's driver, or name its topic: scan_topic in base.yaml",
            code="NO_RANGES",
        )

    def _on_scan(self, message: LaserScan) -> None:
        scan = scan_from_msg(message, _HERE, 0.0)
        config = self._config
        if scan is not None and self._ring is not None:
            lidar = (config.scan_x_m, config.scan_y_m, config.scan_yaw_rad)
            self._ranges_m = self._ring.ranges_m(scan.angles_rad, scan.ranges_m, lidar)
            self._ranged_s = time.monotonic()

    def _on_odometry(self, message: Odometry) -> None:
        # What is not finite is none: silence is noticed.
        self._state = base_state_from_msg(message, 0.0) or self._state
