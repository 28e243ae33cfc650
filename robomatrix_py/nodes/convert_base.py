"""Between ROS messages and contracts of a base. Every conversion from a message checks what it gets."""

from __future__ import annotations

import math

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from sensor_msgs.msg import LaserScan

from robomatrix_py.contracts.action import BaseCommand
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.observation import BaseState, RangeScan
from robomatrix_py.nodes.convert import pose_from_msg, pose_to_msg

# REP 105.
_ODOM, _BASE = "odom", "base_footprint"
_TURN_RAD = 2.0 * math.pi


def base_command_to_msg(command: BaseCommand, stamp: Time) -> TwistStamped:
    """Return a velocity as a message."""
    message = TwistStamped()
    message.header.stamp, message.header.frame_id = stamp, _BASE
    twist = message.twist
    twist.linear.x, twist.linear.y, twist.angular.z = command.velocity.tolist()
    return message


def base_command_from_msg(message: TwistStamped) -> BaseCommand:
    """Return a velocity; what a base on the floor cannot do is not looked at."""
    twist = message.twist
    return BaseCommand(np.array([twist.linear.x, twist.linear.y, twist.angular.z]))


def base_state_to_msg(state: BaseState, stamp: Time) -> Odometry:
    """Return odometry as a message: the pose in `odom`, the velocity in the base's own frame (REP 105)."""
    message = Odometry()
    message.header.stamp, message.header.frame_id, message.child_frame_id = stamp, _ODOM, _BASE
    message.pose.pose = pose_to_msg(state.pose_base_in_odom)
    twist = message.twist.twist
    twist.linear.x, twist.linear.y, twist.angular.z = state.velocity.tolist()
    return message


def base_state_from_msg(message: Odometry, now_s: float) -> BaseState | None:
    """Return odometry, or None where a number is not finite or the quaternion has no unit length."""
    try:
        pose = pose_from_msg(message.pose.pose)
    except ValueError:
        return None
    twist = message.twist.twist
    velocity = np.array([twist.linear.x, twist.linear.y, twist.angular.z])
    finite = np.isfinite([*pose.position_m, *pose.quaternion_xyzw, *velocity]).all()
    return BaseState(pose, velocity, now_s) if finite else None


def scan_to_msg(scan: RangeScan, range_max_m: float, stamp: Time) -> LaserScan:
    """Return a whole turn of evenly spaced ranges as a message.

    Args:
        scan: The ranges.
        range_max_m: Farther than this nothing is seen.
        stamp: When it was taken.
    """
    message = LaserScan()
    message.header.stamp, message.header.frame_id = stamp, _BASE
    count = len(scan.angles_rad)
    message.angle_min, message.angle_increment = float(scan.angles_rad[0]), _TURN_RAD / count
    message.angle_max = message.angle_min + (count - 1) * message.angle_increment
    message.range_max = range_max_m
    message.ranges = scan.ranges_m.astype(np.float32).tolist()
    return message


def scan_from_msg(message: LaserScan, pose_base_in_odom: Pose, now_s: float) -> RangeScan | None:
    """Return a turn of ranges, or None where the message has none or its angles make no sense.

    What is beyond the sensor's reach, or no number, counts as nothing near; nearer than it can measure counts as there
    (REP 117).

    Args:
        message: The message.
        pose_base_in_odom: Where the base was at its moment.
        now_s: Receiver's monotonic time.
    """
    ranges = np.array(message.ranges, dtype=np.float64)
    angles = message.angle_min + message.angle_increment * np.arange(len(ranges))
    turn_rad = abs(message.angle_increment) * len(ranges)
    if not len(ranges) or not np.isfinite(angles).all() or turn_rad > 1.01 * _TURN_RAD:
        return None
    near = np.maximum(ranges, message.range_min)
    met = np.where(ranges <= message.range_max, near, np.inf)
    return RangeScan(angles, met, pose_base_in_odom, now_s)
