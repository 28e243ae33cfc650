"""One call of a service from a terminal's node, with a deadline."""

from __future__ import annotations

import time
from typing import Any

import rclpy
from rclpy.node import Node

from robomatrix_py.contracts.errors import DeviceError

_SLICE_S = 0.05


def call_service(node: Node, kind: Any, name: str, request: Any, who: str, deadline_s: float) -> Any:
    """Return a service's answer.

    Args:
        node: Asks; nobody else spins it.
        kind: The service's type.
        name: Its name.
        request: What is asked.
        who: Who answers, in words.
        deadline_s: Longest time to wait, for the service to be there and for its answer together.

    Raises:
        DeviceError: Nobody answers in time.
    """
    client = node.create_client(kind, name)
    end = time.monotonic() + deadline_s
    while not client.service_is_ready():
        if time.monotonic() > end:
            raise DeviceError(
                f"no {who} answers on this ROS domain within {deadline_s:.0f} s",
                remedy="start a graph with 'robomatrix up', or set ROS_DOMAIN_ID to its domain",
            )
        rclpy.spin_once(node, timeout_sec=_SLICE_S)
    future = client.call_async(request)
    while not future.done():
        if time.monotonic() > end:
            raise DeviceError(f"the {who} did not answer within {deadline_s:.0f} s", where=name)
        rclpy.spin_once(node, timeout_sec=_SLICE_S)
    return future.result()
