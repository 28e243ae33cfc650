"""The ROS graph of a robot that already has ROS 2, seen from a process of its own beside the driver's."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import GetParameters
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from robomatrix_py.drivers.ros_graph import DISCOVERY, OWN_DOMAIN, RosGraphConfig

_SLICE_S = 0.02
_ANSWER_S = 1.0
_JOIN_S = 1.0
_DIAGNOSTICS = "/diagnostics"
_UNKNOWN = "_NODE_NAME_UNKNOWN_"


class ForeignGraph:
    """A node in the robot's domain and namespace, which a thread spins.

    It reaches the robot over UDP: shared memory of a process that is killed is left behind.

    Args:
        config: Where the robot's nodes are.
    """

    def __init__(self, config: RosGraphConfig) -> None:
        os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = DISCOVERY[config.discovery]
        os.environ["FASTDDS_BUILTIN_TRANSPORTS"] = "UDPv4"
        os.environ.pop("FASTDDS_DEFAULT_PROFILES_FILE", None)
        self._context = rclpy.Context()
        domain = None if config.domain_id == OWN_DOMAIN else config.domain_id
        rclpy.init(context=self._context, domain_id=domain, signal_handler_options=SignalHandlerOptions.NO)
        # One that was killed stays in the graph for a while: it bears the number of the process that started it.
        self._name = f"robomatrix_{os.getppid()}"
        self.node = Node(
            self._name,
            namespace=config.address,
            context=self._context,
            use_global_arguments=False,
            start_parameter_services=False,
            enable_rosout=False,
        )
        self.prefix = config.address.rstrip("/") + "/"
        self._diagnostics: dict[str, DiagnosticStatus] = {}
        self.node.create_subscription(DiagnosticArray, _DIAGNOSTICS, self._on_diagnostics, 10)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._running = True
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave the graph."""
        self._running = False
        self._thread.join(_JOIN_S)
        self._executor.shutdown(timeout_sec=_JOIN_S)
        self.node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def until(self, condition: Callable[[], object], wait_s: float) -> bool:
        """Wait until something holds; return whether it does."""
        deadline_s = time.monotonic() + wait_s
        while not condition():
            if time.monotonic() > deadline_s:
                return False
            time.sleep(_SLICE_S)
        return True

    @property
    def is_diagnosed(self) -> bool:
        """Whether anybody publishes diagnostics."""
        return bool(self.node.count_publishers(_DIAGNOSTICS))

    def topics(self, kind: str) -> list[str]:
        """Return the full names of all topics of a type, such as ``sensor_msgs/msg/JointState``."""
        return [name for name, kinds in self.node.get_topic_names_and_types() if kind in kinds]

    def told(self, kind: str) -> str:
        """Return the topics of a type that somebody publishes, in words."""
        told = [topic for topic in self.topics(kind) if self.node.count_publishers(topic)]
        return ", ".join(told) or "none in that domain"

    def publishers(self, topic: str) -> int:
        """Return how many nodes publish a topic, which is relative to the robot's namespace."""
        return int(self.node.count_publishers(self.prefix + topic))

    def others(self, topic: str) -> list[str]:
        """Return the names of the nodes besides this driver's own that publish a topic."""
        self.until(lambda: _UNKNOWN not in self._publishers(topic), _ANSWER_S)
        return sorted("a node without a name" if name == _UNKNOWN else name for name in self._publishers(topic))

    def parameters(self, node: str, names: tuple[str, ...]) -> dict[str, Any]:
        """Return the parameters of a node in the robot's namespace, as far as it has and tells them.

        Only texts and lists of texts are understood.
        """
        client = self.node.create_client(GetParameters, f"{node}/get_parameters")
        found: dict[str, Any] = {}
        try:
            if not self.until(client.service_is_ready, _ANSWER_S):
                return {}
            # One at a time: a node answers nothing at all where it lacks one of those that it is asked for.
            for name in names:
                future = client.call_async(GetParameters.Request(names=[name]))
                if not self.until(future.done, _ANSWER_S):
                    break
                for value in future.result().values:
                    if value.type == ParameterType.PARAMETER_STRING:
                        found[name] = value.string_value
                    elif value.type == ParameterType.PARAMETER_STRING_ARRAY:
                        found[name] = tuple(value.string_array_value)
        finally:
            self.node.destroy_client(client)
        return found

    def diagnostic(self, task: str) -> dict[str, str]:
        """Return the newest values of the only diagnostic status whose name ends in ``: task``; else nothing."""
        found = [status for name, status in self._diagnostics.items() if name.endswith(f": {task}")]
        return {pair.key: pair.value for pair in found[0].values} if len(found) == 1 else {}

    def is_told(self, part: str) -> bool:
        """Return whether a diagnostic status has come that has a text in its name."""
        return any(part in name for name in self._diagnostics)

    def errors(self, part: str) -> list[str]:
        """Return name and message of every diagnostic status that reports an error and has a text in its name."""
        bad = (DiagnosticStatus.ERROR, DiagnosticStatus.STALE)
        return [
            f"{name}: {status.message}"
            for name, status in self._diagnostics.items()
            if part in name and status.level in bad
        ]

    def _publishers(self, topic: str) -> list[str]:
        infos = self.node.get_publishers_info_by_topic(self.prefix + topic)
        return [info.node_name for info in infos if info.node_name != self._name]

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self._diagnostics[status.name] = status

    def _spin(self) -> None:
        try:
            while self._running and self._context.ok():
                self._executor.spin_once(timeout_sec=_SLICE_S)
        except ExternalShutdownException:
            return
