"""The robot's frames as TF: where tool, cameras and base are. Part of the graph where tf2's messages are installed."""

from __future__ import annotations

import time

from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import JointState
from tf2_msgs.msg import TFMessage

from robomatrix_py.nodes import names
from robomatrix_py.nodes.convert import joint_state_from_msg
from robomatrix_py.nodes.convert_base import base_state_from_msg
from robomatrix_py.nodes.process import run_node
from robomatrix_py.runtime.frames import Placed, RobotFrames
from robomatrix_py.settings.settings import Settings

_RATE_HZ = 30.0


class FramesNode(Node):
    """Publishes what is mounted once, and what moves at a rate, each with the stamp of what it was computed from."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("frames")
        robot = settings.load_robot()
        self._frames = RobotFrames(robot)
        self._joints: JointState | None = None
        self._odometry: Odometry | None = None
        self._mounted = self.create_publisher(TFMessage, names.TF_STATIC, names.LATCHED_QOS)
        self._moving = self.create_publisher(TFMessage, names.TF, names.STATE_QOS)
        self.create_subscription(JointState, names.JOINT_STATES, self._on_joints, names.STATE_QOS)
        if robot.base is not None:
            self.create_subscription(Odometry, names.ODOMETRY, self._on_odometry, names.STATE_QOS)
        now = self.get_clock().now().to_msg()
        self._mounted.publish(TFMessage(transforms=[_to_msg(placed, now) for placed in self._frames.mounted()]))
        self.create_timer(1.0 / _RATE_HZ, self._publish)

    def finish(self) -> None:
        """Nothing to bring to rest."""

    def _on_joints(self, message: JointState) -> None:
        self._joints = message

    def _on_odometry(self, message: Odometry) -> None:
        self._odometry = message

    def _publish(self) -> None:
        """Publish what has come since the last time."""
        (joints, self._joints), (odometry, self._odometry) = (self._joints, None), (self._odometry, None)
        now_s, transforms = time.monotonic(), []
        if joints is not None and (state := joint_state_from_msg(joints, now_s)) is not None:
            try:
                transforms.append(_to_msg(self._frames.of_joints(state), joints.header.stamp))
            except KeyError as error:
                self.get_logger().warning(f"joint states lack {error}", throttle_duration_sec=5.0)
        if odometry is not None and (base := base_state_from_msg(odometry, now_s)) is not None:
            transforms.append(_to_msg(self._frames.of_base(base), odometry.header.stamp))
        if transforms:
            self._moving.publish(TFMessage(transforms=transforms))


def _to_msg(placed: Placed, stamp: Time) -> TransformStamped:
    message = TransformStamped()
    message.header.stamp, message.header.frame_id, message.child_frame_id = stamp, placed.parent, placed.child
    place, turn = message.transform.translation, message.transform.rotation
    place.x, place.y, place.z = placed.pose.position_m.tolist()
    turn.x, turn.y, turn.z, turn.w = placed.pose.quaternion_xyzw.tolist()
    return message


def main() -> int:
    """Run the process of the frames."""
    return run_node("frames", FramesNode)


if __name__ == "__main__":
    raise SystemExit(main())
