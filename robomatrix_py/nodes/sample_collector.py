"""Collects pictures of a board from the running graph; moves nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CameraInfo, Image
from sensor_msgs.msg import JointState as JointStateMsg

from robomatrix_py.calibration.board import BoardConfig
from robomatrix_py.calibration.collecting import Collector
from robomatrix_py.contracts.errors import StaleDataError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import image_from_msg, joint_state_from_msg, lens_from_msg

_SLICE_S = 0.05
# Looking for the board takes a moment: newer pictures wait for nobody.
_LOOK_PERIOD_S = 0.2
_FIRST_PICTURE_S = 15.0


def collect(
    robot: str,
    arm: RobotDescription | None,
    camera: str,
    board: BoardConfig,
    folder: Path,
    count: int,
    deadline_s: float,
    say: Callable[[str], None],
) -> int:
    """Collect samples until there are enough; return how many there are.

    Args:
        robot: Name of the robot.
        arm: As for `Collector`.
        camera: Which camera.
        board: The board.
        folder: Where pictures go.
        count: How many.
        deadline_s: Longest time that this may take.
        say: Takes lines for a person.

    Raises:
        StaleDataError: No picture comes at all, or too few were taken in time.
        DataError: The folder cannot be written.
    """
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        listener = _Listener(Collector(robot, arm, camera, board, folder, say), camera, say)
        executor = SingleThreadedExecutor()
        executor.add_node(listener)
        try:
            _spin(executor, listener, count, deadline_s)
        finally:
            executor.shutdown()
            listener.destroy_node()
        return listener.collector.count
    finally:
        rclpy.try_shutdown()


def _spin(executor: SingleThreadedExecutor, listener: _Listener, count: int, deadline_s: float) -> None:
    began_s = time.monotonic()
    while listener.collector.count < count:
        executor.spin_once(timeout_sec=_SLICE_S)
        listener.look()
        spent_s = time.monotonic() - began_s
        if not listener.pictures and spent_s > min(_FIRST_PICTURE_S, deadline_s):
            raise StaleDataError(
                f"no picture came within {spent_s:.0f} s",
                where=names.color_image(listener.camera),
                remedy="start the robot: robomatrix up --mode real --set cameras.devices=...; see docs/cameras.md",
                code="NO_PICTURES",
            )
        if spent_s > deadline_s:
            raise StaleDataError(
                f"{listener.collector.count} of {count} pictures taken in {deadline_s:g} s; last: {listener.advice}",
                where=listener.camera,
                remedy="those taken can be used; give more time with --timeout",
                code="TOO_FEW_SAMPLES",
            )


class _Listener(Node):
    """Hands the newest picture and the joint states to the collector, one picture at a time."""

    def __init__(self, collector: Collector, camera: str, say: Callable[[str], None]) -> None:
        super().__init__("robomatrix_calibrate")
        self.collector = collector
        self.camera = camera
        self.pictures = 0
        self.advice = ""
        self._say = say
        self._image: Image | None = None
        self._looked_s = 0.0
        self.create_subscription(Image, names.color_image(camera), self._on_image, names.IMAGE_QOS)
        self.create_subscription(CameraInfo, names.color_info(camera), self._on_info, names.IMAGE_QOS)
        self.create_subscription(JointStateMsg, names.JOINT_STATES, self._on_joints, names.STATE_QOS)

    def look(self) -> None:
        """Look at the newest picture, if there is one and the last look is long enough ago."""
        now_s = time.monotonic()
        if self._image is None or now_s - self._looked_s < _LOOK_PERIOD_S:
            return
        self._looked_s = now_s
        image, self._image = self._image, None
        picture = image_from_msg(image)
        advice = "" if picture is None else self.collector.see_picture(picture, now_s)
        if picture is None:
            advice = f"its pictures are {image.encoding}, permitted: rgb8"
        if advice and advice != self.advice:
            self._say(f"   {advice}")
        self.advice = advice

    def _on_image(self, message: Image) -> None:
        self.pictures += 1
        self._image = message

    def _on_info(self, message: CameraInfo) -> None:
        self.collector.lens = lens_from_msg(message)

    def _on_joints(self, message: JointStateMsg) -> None:
        joints = joint_state_from_msg(message, time.monotonic())
        if joints is not None:
            self.collector.see_joints(joints)
