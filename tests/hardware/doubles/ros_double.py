"""A double that consists of ROS 2 nodes: they start, go on a hundred times a second, end together, and start again."""

from __future__ import annotations

import os
import threading
import time

import rclpy
from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from double import Double
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

STEP_S = 0.01
START_S, LISTEN_S = 10.0, 0.05


class RosDouble(Double):
    """A robot of nodes.

    Args:
        namespace: Of all its nodes.
        domain: Their ROS domain.
        listening: Names of the nodes that have subscriptions and parameters.
        speaking: Names of those that only publish.
    """

    def __init__(self, namespace: str, domain: int, listening: tuple[str, ...], speaking: tuple[str, ...]) -> None:
        super().__init__()
        os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        self._namespace, self._domain = namespace, domain
        self._listening, self._speaking = listening, speaking
        self._thread: threading.Thread | None = None
        self._running = False

    def start(self, nodes: dict[str, Node]) -> None:
        """Make publishers and subscriptions."""
        raise NotImplementedError

    def step(self, now_s: float) -> None:
        """Go on to an instant, and publish."""
        raise NotImplementedError

    def serve(self) -> None:
        """Carry out orders until there are no more."""
        self.serve_orders()
        self.do_vanish()

    def do_vanish(self) -> None:
        """End all nodes."""
        self._running = False
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def do_come_back(self) -> None:
        """Start all nodes; the robot is where it was."""
        self._running = True
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(START_S):
            raise RuntimeError("the nodes do not start")

    def _run(self, ready: threading.Event) -> None:
        context = rclpy.Context()
        rclpy.init(context=context, domain_id=self._domain, signal_handler_options=SignalHandlerOptions.NO)
        executor = SingleThreadedExecutor(context=context)
        nodes: dict[str, Node] = {}
        for name in (*self._listening, *self._speaking):
            listens = name in self._listening
            nodes[name] = Node(
                name, namespace=self._namespace, context=context, start_parameter_services=listens, enable_rosout=False
            )
            if listens:
                executor.add_node(nodes[name])
        self.start(nodes)
        listener = threading.Thread(target=self._listen, args=(executor,), daemon=True)
        listener.start()
        ready.set()
        while self._running:
            self.step(time.monotonic())
            time.sleep(STEP_S)
        listener.join()
        executor.shutdown()
        for node in nodes.values():
            node.destroy_node()
        rclpy.shutdown(context=context)

    def _listen(self, executor: SingleThreadedExecutor) -> None:
        while self._running:
            executor.spin_once(timeout_sec=LISTEN_S)


def diagnostic(name: str, values: dict[str, str], level: bytes = DiagnosticStatus.OK) -> DiagnosticStatus:
    """Return a diagnostic status."""
    pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
    return DiagnosticStatus(name=name, level=level, message="as asked", hardware_id="double", values=pairs)
