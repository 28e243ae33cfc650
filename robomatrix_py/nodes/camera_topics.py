"""The topics of one camera, simulated or real: colour, aligned depth, and the calibration of both."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Time
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from robomatrix_py.contracts.lens import Lens
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import camera_info_to_msg, image_to_msg
from robomatrix_py.runtime.frames import optical_frame


class CameraTopics:
    """Publishes the pictures of one camera, as realsense2_camera names them.

    Args:
        node: Whose publishers they are.
        name: Name of the robot's camera.
        depth: Whether it measures depth.
    """

    def __init__(self, node: Node, name: str, *, depth: bool = True) -> None:
        self._frame = optical_frame(name)
        self._color = node.create_publisher(Image, names.color_image(name), names.IMAGE_QOS)
        self._color_info = node.create_publisher(CameraInfo, names.color_info(name), names.IMAGE_QOS)
        if depth:
            self._depth = node.create_publisher(Image, names.depth_image(name), names.IMAGE_QOS)
            self._depth_info = node.create_publisher(CameraInfo, names.depth_info(name), names.IMAGE_QOS)

    @property
    def color_wanted(self) -> bool:
        """Whether somebody listens to colour."""
        return bool(self._color.get_subscription_count())

    @property
    def depth_wanted(self) -> bool:
        """Whether somebody listens to depth."""
        return bool(self._depth.get_subscription_count())

    def publish_color(self, color: npt.NDArray[np.uint8], lens: Lens | None, stamp: Time) -> None:
        """Publish a picture, RGB, uint8, shape (H, W, 3), and its calibration."""
        self._color.publish(image_to_msg(color, "rgb8", self._frame, stamp))
        self._color_info.publish(camera_info_to_msg(lens, (color.shape[1], color.shape[0]), self._frame, stamp))

    def publish_depth(self, depth_mm: npt.NDArray[np.uint16], lens: Lens | None, stamp: Time) -> None:
        """Publish depth aligned to the colour of the same moment, uint16 millimetres, shape (H, W), 0 for none."""
        self._depth.publish(image_to_msg(depth_mm, "16UC1", self._frame, stamp))
        self._depth_info.publish(camera_info_to_msg(lens, (depth_mm.shape[1], depth_mm.shape[0]), self._frame, stamp))
