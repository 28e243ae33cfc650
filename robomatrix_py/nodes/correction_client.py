"""Corrects the robot in plain words from a terminal."""

from __future__ import annotations

import time
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from robomatrix_interfaces.srv import Correct, RequestStop

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.stop_words import asks_to_stop
from robomatrix_py.nodes import names
from robomatrix_py.scheduler.corrections.desk import Answer

_SLICE_S = 0.05


def say(text: str, source: str, deadline_s: float) -> Answer:
    """Correct the robot and return what became of it.

    A stop goes to the gate itself, before the scheduler hears of it and whether or not there is one.

    Args:
        text: The person's words.
        source: Who says it.
        deadline_s: Longest time to wait for each answer.

    Raises:
        DeviceError: Nobody answers.
    """
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = Node("robomatrix_correction_client")
    try:
        stopped = ""
        if asks_to_stop(text):
            request = RequestStop.Request(source=source)
            stopped = str(_call(node, RequestStop, names.REQUEST_STOP, request, "gate", deadline_s).message)
        try:
            answer = _call(
                node, Correct, names.CORRECT, Correct.Request(text=text, source=source), "scheduler", deadline_s
            )
        except DeviceError:
            if stopped:
                return Answer(True, stopped)
            raise
        return Answer(bool(answer.accepted), str(stopped or answer.understood_as), str(answer.reason))
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def _call(node: Node, kind: Any, name: str, request: Any, who: str, deadline_s: float) -> Any:
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
