"""Asks the gate for a protective stop or for its reset."""

from __future__ import annotations

from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from robomatrix_interfaces.srv import RequestStop, ResetStop

from robomatrix_py.contracts.errors import SafetyRefusal
from robomatrix_py.nodes import names
from robomatrix_py.nodes.service_call import call_service


def request_stop(source: str, deadline_s: float) -> str:
    """Latch the protective stop and return the gate's answer.

    Args:
        source: Who asks.
        deadline_s: Longest time to wait for the gate.

    Raises:
        DeviceError: No gate answers.
    """
    response = _call(RequestStop, names.REQUEST_STOP, RequestStop.Request(source=source), deadline_s)
    return str(response.message)


def reset_stop(source: str, deadline_s: float) -> None:
    """Leave the latched protective stop.

    Args:
        source: Who asks.
        deadline_s: Longest time to wait for the gate.

    Raises:
        DeviceError: No gate answers.
        SafetyRefusal: The gate refuses.
    """
    response = _call(ResetStop, names.RESET_STOP, ResetStop.Request(source=source), deadline_s)
    if not response.accepted:
        raise SafetyRefusal(f"the gate refuses the reset: {response.message}")


def _call(kind: Any, name: str, request: Any, deadline_s: float) -> Any:
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = Node(f"robomatrix_{name}_client")
    try:
        return call_service(node, kind, name, request, "gate", deadline_s)
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
