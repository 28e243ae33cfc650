"""How a base that takes a twist is reached: `base.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.ranges import require_ranges
from robomatrix_py.drivers.ros_graph import RosGraphConfig

_RANGES = {
    "scan_x_m": (-2.0, 2.0),
    "scan_y_m": (-2.0, 2.0),
    "scan_yaw_rad": (-3.1416, 3.1416),
    "scan_silence_max_s": (0.1, 5.0),
}


@dataclass(frozen=True, kw_only=True)
class TwistBaseConfig(RosGraphConfig):
    """Which of its topics are used.

    Args:
        command_topic: Where it takes geometry_msgs/Twist or TwistStamped, within its namespace.
        odometry_topic: Where it tells nav_msgs/Odometry, within its namespace.
        frame: Frame that stamped velocities are given in: that of the base.
        diagnostic: Text in the names of the diagnostic statuses whose errors are errors of the base; empty: none is.
        scan_topic: Where its lidar tells sensor_msgs/LaserScan, within its namespace; empty: it has none.
        scan_x_m: Where the lidar is in the base's frame: forward of its origin.
        scan_y_m: ... and to the left of it.
        scan_yaw_rad: ... and how far it is turned to the left.
        scan_silence_max_s: So long without a turn of the lidar, and the base stands.
    """

    command_topic: str = "cmd_vel"
    odometry_topic: str = "odom"
    frame: str = "base_link"
    diagnostic: str = ""
    scan_topic: str = ""
    scan_x_m: float = 0.0
    scan_y_m: float = 0.0
    scan_yaw_rad: float = 0.0
    scan_silence_max_s: float = 0.5

    def __post_init__(self) -> None:
        """Check that topics are named and that they are the base's own."""
        super().__post_init__()
        require_ranges(self, _RANGES)
        for key in ("command_topic", "odometry_topic", "frame", "scan_topic"):
            value = getattr(self, key)
            if (not value and key != "scan_topic") or value.startswith("/"):
                raise ValueError(f"{key} is '{value}'; permitted: a name within the namespace, such as cmd_vel")
