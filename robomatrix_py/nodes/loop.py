"""A control loop in a thread of its own: even period, best priority that can be had, and a record of its jitter."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from robomatrix_py.nodes import names
from robomatrix_py.nodes.priority import LOOP_PRIORITY, raise_priority

_REPORT_PERIOD_S = 1.0
_KEPT = 10_000


class ControlLoop:
    """Calls a function at a fixed rate.

    Args:
        node: Where its timing is published as diagnostics.
        name: Its name there.
        rate_hz: Calls a second.
        call: What is called, with the monotonic time.
        readings: Further readings for the diagnostics.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        rate_hz: float,
        call: Callable[[float], None],
        readings: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._node = node
        self._name = name
        self._period_s = 1.0 / rate_hz
        self._call = call
        self._readings = readings
        self._running = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name}-loop", daemon=True)
        self._late_s: deque[float] = deque(maxlen=_KEPT)
        self._missed = 0
        self._real_time = False
        self._failure = ""
        self._publisher = node.create_publisher(DiagnosticArray, names.DIAGNOSTICS, names.DIAGNOSTICS_QOS)
        node.create_timer(_REPORT_PERIOD_S, self._report)

    def start(self) -> None:
        """Start the thread."""
        self._running.set()
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns after at most a second."""
        self._running.clear()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def _run(self) -> None:
        self._real_time = raise_priority(LOOP_PRIORITY)
        due_s = time.monotonic()
        while self._running.is_set():
            now_s = time.monotonic()
            self._late_s.append(now_s - due_s)
            try:
                self._call(now_s)
            except Exception as error:  # noqa: BLE001  a control loop that dies must be seen, and ends its process
                if self._running.is_set():
                    self._failure = f"{type(error).__name__}: {error}"
                    self._node.get_logger().fatal(f"control loop {self._name} failed: {self._failure}")
                    os.kill(os.getpid(), 15)
                return
            due_s += self._period_s
            behind_s = time.monotonic() - due_s
            if behind_s > 0.0:
                # Skip what was missed: catching up in a burst would be worse.
                skipped = int(behind_s / self._period_s)
                self._missed += skipped
                due_s += skipped * self._period_s
            time.sleep(max(0.0, due_s - time.monotonic()))

    def _report(self) -> None:
        late_ms = 1e3 * np.array(self._late_s) if self._late_s else np.zeros(1)
        values = {
            "period_ms": f"{1e3 * self._period_s:.2f}",
            "late_ms_p50": f"{np.percentile(late_ms, 50):.3f}",
            "late_ms_p99": f"{np.percentile(late_ms, 99):.3f}",
            "late_ms_p99.9": f"{np.percentile(late_ms, 99.9):.3f}",
            "late_ms_max": f"{late_ms.max():.3f}",
            "missed": str(self._missed),
            "real_time_priority": str(self._real_time).lower(),
        } | dict(self._readings())
        status = DiagnosticStatus(
            level=DiagnosticStatus.OK,
            name=f"{self._name}: control loop",
            message=self._failure or "running",
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )
        message = DiagnosticArray(status=[status])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)

