"""The way of corrections over ROS: from the scheduler to the skills and the gate."""

from __future__ import annotations

from rclpy.node import Node
from robomatrix_interfaces.msg import MotionCorrection
from robomatrix_interfaces.srv import RequestStop

from robomatrix_py.contracts.correction import Nudge
from robomatrix_py.nodes import names
from robomatrix_py.skills.runner import SkillRunner


class RosCorrectionPort:
    """Sends corrections (a :class:`~robomatrix_py.scheduler.corrections.desk.CorrectionPort`). Nothing here blocks.

    Args:
        node: The node whose publisher and client these are.
    """

    def __init__(self, node: Node) -> None:
        self._motions = node.create_publisher(MotionCorrection, names.MOTION_CORRECTIONS, names.CORRECTION_QOS)
        self._stop = node.create_client(RequestStop, names.REQUEST_STOP)

    def nudge(self, nudge: Nudge) -> None:
        """Lay a correction over the motion under way."""
        self._motions.publish(
            MotionCorrection(
                kind=MotionCorrection.KIND_NUDGE,
                shift_m=list(nudge.shift_m),
                turn_rad=nudge.turn_rad,
                opening=nudge.opening,
                speed_factor=nudge.speed_factor,
            )
        )

    def hold(self, *, held: bool) -> None:
        """Have the skill under way stand still, or go on."""
        kind = MotionCorrection.KIND_HOLD if held else MotionCorrection.KIND_GO_ON
        self._motions.publish(MotionCorrection(kind=kind, speed_factor=1.0))

    def stop(self, source: str) -> None:
        """Latch the protective stop."""
        self._stop.call_async(RequestStop.Request(source=source))


def apply_correction(message: MotionCorrection, runner: SkillRunner) -> str:
    """Have the running skill corrected as a message says; return why not, or an empty text."""
    match message.kind:
        case MotionCorrection.KIND_NUDGE:
            try:
                x, y, z = (float(value) for value in message.shift_m)
                nudge = Nudge((x, y, z), message.turn_rad, message.opening, message.speed_factor)
            except ValueError as error:
                return str(error)
            return runner.correct(nudge)
        case MotionCorrection.KIND_HOLD | MotionCorrection.KIND_GO_ON:
            runner.hold(held=message.kind == MotionCorrection.KIND_HOLD)
            return ""
        case _:
            return f"unknown kind {message.kind}"
