"""Sends one message to itself, to see whether ROS 2 works here. Run as a process of its own."""

from __future__ import annotations

import os
import sys
import time

_DEADLINE_S = 10.0


def main() -> int:
    """Talk to oneself; print what works, or why it does not."""
    try:
        import rclpy
        from robomatrix_interfaces.msg import SafetyState
        from std_msgs.msg import String

        rclpy.init()
        node = rclpy.create_node("robomatrix_probe")
        heard: list[str] = []
        node.create_subscription(String, "~/probe", lambda message: heard.append(message.data), 1)
        publisher = node.create_publisher(String, "~/probe", 1)
        deadline = time.monotonic() + _DEADLINE_S
        while not heard and time.monotonic() < deadline:
            publisher.publish(String(data="probe"))
            rclpy.spin_once(node, timeout_sec=0.1)
        node.destroy_node()
        rclpy.try_shutdown()
    except Exception as error:  # noqa: BLE001  whatever is wrong is the finding
        print(f"{type(error).__name__}: {error}")
        return 1
    if not heard:
        print(f"a message to oneself did not arrive within {_DEADLINE_S:.0f} s")
        return 1
    distribution = os.environ.get("ROS_DISTRO", "wheels")
    print(f"rclpy ({distribution}) and {SafetyState.__module__.split('.')[0]} work, messages arrive")
    return 0


if __name__ == "__main__":
    sys.exit(main())
