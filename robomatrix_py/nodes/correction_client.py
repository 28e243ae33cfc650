"""Corrects the robot in plain words from a terminal."""

from __future__ import annotations

import rclpy
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from robomatrix_interfaces.srv import Correct, RequestStop

from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.stop_words import asks_to_stop
from robomatrix_py.nodes import names
from robomatrix_py.nodes.service_call import call_service
from robomatrix_py.scheduler.corrections.desk import Answer


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
            stopped = str(call_service(node, RequestStop, names.REQUEST_STOP, request, "gate", deadline_s).message)
        try:
            answer = call_service(
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
