"""The node of the real cameras: the topics of the simulated ones, its status, and a camera that goes and comes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ros_graph import READY_S
from sensor_msgs.msg import CameraInfo, Image
from test_arm_driver_node import STATUS_S, running

from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import depth_from_msg, image_from_msg

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
from camera_rigs import CAMERA, RealSenseRig, UvcRig

pytestmark = pytest.mark.ros


@pytest.mark.parametrize("kind", [UvcRig, RealSenseRig], ids=lambda kind: kind.name)
def test_real_cameras_have_the_topics_of_simulated_ones(kind: type, domain: int, tmp_path: Path) -> None:
    del domain
    if kind is RealSenseRig:
        pytest.importorskip("pyrealsense2", reason="librealsense or libusb-1.0 is missing", exc_type=ImportError)
    rig = kind(tmp_path)
    try:
        devices = f"cameras.devices={{{CAMERA}:{rig.name}@{rig.place}}}"
        with running(tmp_path, ("cameras",), "robot=so101", "mode=real", devices) as (probe, _):
            colors: list[Image] = []
            depths: list[Image] = []
            infos: list[CameraInfo] = []
            for message, topic, found in (
                (Image, names.color_image(CAMERA), colors),
                (Image, names.depth_image(CAMERA), depths),
                (CameraInfo, names.color_info(CAMERA), infos),
            ):
                probe.node.create_subscription(message, topic, found.append, names.IMAGE_QOS)
            assert probe.spin_until(lambda: len(colors) > 3 and len(infos) > 3, READY_S)
            assert probe.spin_until(lambda: bool(depths) or not rig.depth, STATUS_S)
            color = image_from_msg(colors[-1])
            assert color is not None
            assert color.shape == (240, 320, 3)
            assert colors[-1].header.frame_id == "wrist_camera_color_optical_frame"
            # The lens of the RealSense is its own; nobody knows that of a webcam, which ROS says by zeros.
            assert (infos[-1].k[0] > 0.0) == rig.depth
            if rig.depth:
                depth_m = depth_from_msg(depths[-1])
                assert depth_m is not None
                assert depth_m[120, 160] == pytest.approx(0.5)
                assert depths[-1].header.stamp in [message.header.stamp for message in colors]
            status = f"{CAMERA} ({rig.name}): camera driver"
            assert probe.spin_until(lambda: probe.diagnostics.get(status, {}).get("message") == "ready", STATUS_S)
            if rig.depth:
                return
            rig.double.ask("vanish")
            assert probe.spin_until(lambda: "disconnected" in probe.diagnostics[status]["message"], STATUS_S)
            rig.double.ask("come_back")
            assert probe.spin_until(lambda: probe.diagnostics[status]["message"] == "ready", 2 * STATUS_S)
    finally:
        rig.end()
