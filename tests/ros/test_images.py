"""Images cross without loss at 30 Hz, also best effort, with the shared-memory profile that ships."""

from __future__ import annotations

from pathlib import Path

import pytest
from rclpy.qos import qos_profile_sensor_data
from ros_graph import PATIENT, Graph, running
from sensor_msgs.msg import CameraInfo, Image

from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import image_from_msg
from robomatrix_py.settings.settings import resolve

pytestmark = pytest.mark.ros

CAMERAS = ("front_camera", "wrist_camera")
LISTEN_S = 6.0


def _published(graph: Graph, camera: str) -> int:
    return int(graph.probe.diagnostics["sim_driver: control loop"][f"{camera}_frames"])


def test_no_image_is_lost(domain: int, tmp_path: Path) -> None:
    del domain
    with running(resolve(list(PATIENT)), tmp_path / "log", CAMERAS) as graph:
        probe = graph.probe
        best_effort: list[int] = []
        topic, count = names.color_image("front_camera"), lambda _data: best_effort.append(1)
        probe.node.create_subscription(Image, topic, count, qos_profile_sensor_data, raw=True)
        probe.require(lambda: all(probe.images.values()) and bool(best_effort), 10.0, "the first images")
        probe.require(lambda: "sim_driver: control loop" in probe.diagnostics, 5.0, "diagnostics")
        # Counters are published once a second: compare over the span between two of them.
        probe.diagnostics.clear()
        probe.require(lambda: "sim_driver: control loop" in probe.diagnostics, 5.0, "diagnostics")
        before = {camera: (_published(graph, camera), len(probe.images[camera])) for camera in CAMERAS}
        best_before = len(best_effort)
        probe.spin(LISTEN_S)
        probe.diagnostics.clear()
        probe.require(lambda: "sim_driver: control loop" in probe.diagnostics, 5.0, "diagnostics")
        for camera in CAMERAS:
            sent = _published(graph, camera) - before[camera][0]
            received = len(probe.images[camera]) - before[camera][1]
            # One or two may be on their way at either end.
            assert abs(sent - received) <= 2, (camera, sent, received)
            assert sent > 15 * LISTEN_S
        reliable_n = len(probe.images["front_camera"]) - before["front_camera"][1]
        assert abs(len(best_effort) - best_before - reliable_n) <= 2


def test_images_and_calibration_fit_each_other(graph: Graph) -> None:
    probe = graph.probe
    images: list[Image] = []
    depths: list[Image] = []
    infos: list[CameraInfo] = []
    node = probe.node
    node.create_subscription(Image, names.color_image("wrist_camera"), images.append, names.IMAGE_QOS)
    node.create_subscription(Image, names.depth_image("wrist_camera"), depths.append, names.IMAGE_QOS)
    node.create_subscription(CameraInfo, names.color_info("wrist_camera"), infos.append, names.IMAGE_QOS)
    probe.require(lambda: bool(images and depths and infos), 15.0, "image, depth and calibration")
    color = image_from_msg(images[-1])
    assert color is not None
    assert color.shape == (infos[-1].height, infos[-1].width, 3) == (240, 320, 3)
    assert color.std() > 5.0, "the picture is blank"
    assert depths[-1].encoding == "16UC1"
    assert infos[-1].k[2] == pytest.approx(infos[-1].width / 2)
