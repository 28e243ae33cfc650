"""ROS 2 messages read without ROS are what ROS wrote."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robomatrix_py.data.cdr import read_joint_state, read_pose_stamped

serialization = pytest.importorskip("rclpy.serialization", exc_type=ImportError)
sensor_msgs: Any = pytest.importorskip("sensor_msgs.msg")
geometry_msgs: Any = pytest.importorskip("geometry_msgs.msg")

finite = st.floats(allow_nan=False)
ascii_words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@given(st.lists(st.tuples(ascii_words, finite), max_size=8), ascii_words)
def test_joint_state(joints: list[tuple[str, float]], frame: str) -> None:
    message = sensor_msgs.JointState(name=[name for name, _ in joints], position=[value for _, value in joints])
    message.header.frame_id = frame
    message.effort = [1.0]
    read = read_joint_state(serialization.serialize_message(message))
    assert list(zip(read.names, read.positions, strict=True)) == joints


@given(finite, finite, finite, ascii_words)
def test_pose_stamped(x: float, y: float, z: float, frame: str) -> None:
    message = geometry_msgs.PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x, message.pose.position.y, message.pose.position.z = x, y, z
    assert read_pose_stamped(serialization.serialize_message(message)) == (x, y, z)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_cleanly(data: bytes) -> None:
    for read in (read_joint_state, read_pose_stamped):
        with suppress(ValueError):
            read(data)


def test_cut_message_is_refused() -> None:
    data = serialization.serialize_message(sensor_msgs.JointState(name=["a", "b"], position=[1.0, 2.0]))
    for length in range(44):
        with pytest.raises(ValueError, match=r"message|text|sequence"):
            read_joint_state(data[:length])
