"""Camera perception as a node: pictures and depth in, scene objects out, and what a learned policy wants to do."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
import numpy.typing as npt
from rclpy.node import Node
from robomatrix_interfaces.msg import SceneObjects
from sensor_msgs.msg import CameraInfo, Image
from sensor_msgs.msg import JointState as JointStateMsg

from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.patches import CameraView
from robomatrix_py.contracts.robot import CameraDescription
from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import depth_from_msg, image_from_msg, joint_state_from_msg, scene_to_msg
from robomatrix_py.nodes.convert_policy import seconds
from robomatrix_py.nodes.policy_service import PolicyService
from robomatrix_py.nodes.process import run_node
from robomatrix_py.runtime.perception import make_eyes
from robomatrix_py.runtime.policy import make_policy
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.settings import Settings

_JOINTS_KEPT = 60


class PerceptionNode(Node):
    """Translates messages for camera perception and has it look at its rate."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("perception")
        self._eyes, config = make_eyes(settings)
        self._age_max_s = config.camera_age_max_s
        self._robot = settings.load_robot()
        self._chain = SerialChain(self._robot)
        self._joints: deque[tuple[float, JointState]] = deque(maxlen=_JOINTS_KEPT)
        self._cameras = [_CameraStream(self, camera) for camera in self._robot.cameras]
        self._scene = self.create_publisher(SceneObjects, names.SCENE_OBJECTS, names.STATE_QOS)
        self.create_subscription(JointStateMsg, names.JOINT_STATES, self._on_joints, names.STATE_QOS)
        learned = settings.skills.policy == "learned"
        self._policy = PolicyService(self, make_policy(settings), settings.skills.learned.rate_hz) if learned else None
        self.create_timer(1.0 / config.rate_hz, self._look)

    def finish(self) -> None:
        """Nothing to bring to rest."""

    def _on_joints(self, message: JointStateMsg) -> None:
        joints = joint_state_from_msg(message, time.monotonic())
        if joints is not None:
            self._joints.append((seconds(message.header.stamp), joints))

    def _look(self) -> None:
        now_s = time.monotonic()
        looks = [look for stream in self._cameras if (look := self._view(stream, now_s)) is not None]
        if not looks:
            return
        sight = self._eyes.look([view for _, view in looks], min(stamp_s for stamp_s, _ in looks), now_s)
        for fault in sight.faults:
            self.get_logger().warning(fault.message, throttle_duration_sec=5.0)
        if sight.scene is not None:
            self._scene.publish(scene_to_msg(sight.scene, self.get_clock().now().to_msg()))
        if self._policy is not None:
            self._policy.see(sight)

    def _view(self, stream: _CameraStream, now_s: float) -> tuple[float, CameraView] | None:
        """Return when a camera took its pictures and what they show, or None where they show nothing new."""
        if not self._joints or now_s - stream.received_s > self._age_max_s:
            return None
        pictures = stream.take()
        if pictures is None:
            return None
        stamp_s, color, depth_m, lens = pictures
        # The arm moves while pictures are drawn and sent: its pose is the one of the picture's own time.
        moment_s, joints = min(self._joints, key=lambda entry: abs(entry[0] - stamp_s))
        if abs(moment_s - stamp_s) > self._age_max_s:
            # Of a picture that is so old, or of a moment to come, nobody knows where the arm was.
            return None
        pose_tool = self._chain.tool_pose(joints.arm_positions_rad(self._robot))
        pose_camera = stream.camera.pose_in_base(pose_tool)
        return stamp_s, CameraView(stream.camera.name, color, depth_m, lens, pose_camera, pose_tool)


class _CameraStream:
    """The newest colour and depth of one camera that belong together."""

    def __init__(self, node: Node, camera: CameraDescription) -> None:
        self.camera = camera
        self.received_s = -1.0
        self._taken_s = -1.0
        self._node = node
        self._lens: tuple[float, float, float, float] | None = None
        self._color: Image | None = None
        self._pair: tuple[Image, Image] | None = None
        name = camera.name
        node.create_subscription(CameraInfo, names.color_info(name), self._on_info, names.IMAGE_QOS)
        node.create_subscription(Image, names.color_image(name), self._on_color, names.IMAGE_QOS)
        node.create_subscription(Image, names.depth_image(name), self._on_depth, names.IMAGE_QOS)

    def take(
        self,
    ) -> tuple[float, npt.NDArray[np.uint8], npt.NDArray[np.float32], tuple[float, float, float, float]] | None:
        """Return stamp, colour, depth and lens of a pair that was not taken yet; a repeated stamp is an old picture."""
        if self._pair is None or self._lens is None:
            return None
        color_msg, depth_msg = self._pair
        self._pair = None
        stamp_s = seconds(color_msg.header.stamp)
        if stamp_s == self._taken_s:
            return None
        self._taken_s = stamp_s
        color, depth_m = image_from_msg(color_msg), depth_from_msg(depth_msg)
        if color is None or depth_m is None:
            self._node.get_logger().warning(
                f"refused pictures of {self.camera.name}: {color_msg.encoding} {color_msg.width}x{color_msg.height} "
                f"and {depth_msg.encoding} {depth_msg.width}x{depth_msg.height}; permitted: rgb8 and 16UC1",
                throttle_duration_sec=5.0,
            )
            return None
        return stamp_s, color, depth_m, self._lens

    def _on_info(self, message: CameraInfo) -> None:
        self._lens = (float(message.k[0]), float(message.k[4]), float(message.k[2]), float(message.k[5]))

    def _on_color(self, message: Image) -> None:
        self._color = message

    def _on_depth(self, message: Image) -> None:
        if self._color is not None and self._color.header.stamp == message.header.stamp:
            self._pair = (self._color, message)
            self.received_s = time.monotonic()


def main() -> int:
    """Run the perception process."""
    return run_node("perception", PerceptionNode)


if __name__ == "__main__":
    raise SystemExit(main())
