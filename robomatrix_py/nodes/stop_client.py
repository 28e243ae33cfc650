"""Asks the gate for a protective stop or for its reset."""

from __future__ import annotations

import time
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from robomatrix_interfaces.srv import RequestStop, ResetStop

from robomatrix_py.contracts.errors import DeviceError, SafetyRefusal
from robomatrix_py.nodes import names

_SLICE_S = 0.05


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
        client = node.create_client(kind, name)
        end = time.monotonic() + deadline_s
        while not client.service_is_ready():
            if time.monotonic() > end:
                raise DeviceError(
                    f"no gate answers on this ROS domain within {deadline_s:.0f} s",
                    remedy="start a graph with 'robomatrix up', or set ROS_DOMAIN_ID to its domain",
                )
            rclpy.spin_once(node, timeout_sec=_SLICE_S)
        future = client.call_async(request)
        while not future.done():
            if time.monotonic() > end:
                raise DeviceError(f"the gate did not answer within {deadline_s:.0f} s", where=name)
            rclpy.spin_once(node, timeout_sec=_SLICE_S)
        return future.result()
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
