"""How a base that takes a twist is reached: `base.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.drivers.ros_graph import RosGraphConfig


@dataclass(frozen=True, kw_only=True)
class TwistBaseConfig(RosGraphConfig):
    """Which of its topics are used.

    Args:
        command_topic: Where it takes geometry_msgs/Twist or TwistStamped, within its namespace.
        odometry_topic: Where it tells nav_msgs/Odometry, within its namespace.
        frame: Frame that stamped velocities are given in: that of the base.
        diagnostic: Text in the names of the diagnostic statuses whose errors are errors of the base; empty: none is.
    """

    command_topic: str = "cmd_vel"
    odometry_topic: str = "odom"
    frame: str = "base_link"
    diagnostic: str = ""

    def __post_init__(self) -> None:
        """Check that topics are named and that they are the base's own."""
        super().__post_init__()
        for key in ("command_topic", "odometry_topic", "frame"):
            value = getattr(self, key)
            if not value or value.startswith("/"):
                raise ValueError(f"{key} is '{value}'; permitted: a name within the namespace, such as cmd_vel")
