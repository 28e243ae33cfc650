"""Traces are what was recorded, whether ROS 2 or JSON carried it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.data import channels
from robomatrix_py.data.recording import RecordingWriter
from robomatrix_py.data.report import traces
from robomatrix_py.data.report.traces import charts, read_traces

START_NS = 1_700_000_000_000_000_000


def test_ros_messages(tmp_path: Path, faults: list[DataError]) -> None:
    """A gripper's state on another topic and a pose of something else are not the robot's traces."""
    serialization: Any = pytest.importorskip("rclpy.serialization", exc_type=ImportError)
    sensor_msgs: Any = pytest.importorskip("sensor_msgs.msg")
    geometry_msgs: Any = pytest.importorskip("geometry_msgs.msg")
    path = tmp_path / "recording.mcap"
    writer = RecordingWriter(path, start_ns=START_NS, on_fault=faults.append)
    topics = {
        name: writer.add_ros2_channel(name, type_name, "")
        for name, type_name in (
            ("/ur5e/joint_states", "sensor_msgs/msg/JointState"),
            ("/commands", "sensor_msgs/msg/JointState"),
            ("/tool_pose", "geometry_msgs/msg/PoseStamped"),
            ("/goal", "geometry_msgs/msg/PoseStamped"),
        )
    }
    for k in range(3):
        state = serialization.serialize_message(sensor_msgs.JointState(name=["elbow_joint"], position=[0.1 * k]))
        pose = geometry_msgs.PoseStamped()
        pose.pose.position.z = 0.5 + k
        for topic, channel in topics.items():
            data = state if "joint" in topic or "commands" in topic else serialization.serialize_message(pose)
            writer.write(channel, START_NS + k * 10**9, data)
    writer.write(topics["/ur5e/joint_states"], START_NS, b"\x00\x01\x00\x00damaged")
    writer.close()
    read = {trace.label: trace for trace in read_traces(path)}
    assert set(read) == {"elbow joint", "tool x", "tool y", "tool z"}
    assert read["elbow joint"].unit == "rad"
    assert read["elbow joint"].times_s == [0.0, 1.0, 2.0]
    assert read["elbow joint"].values == pytest.approx([0.0, 0.1, 0.2])
    assert read["tool z"].values == [0.5, 1.5, 2.5]


def write_json_run(path: Path, faults: list[DataError]) -> None:
    writer = RecordingWriter(path, start_ns=START_NS, profile="", on_fault=faults.append)
    tool = writer.add_json_channel(channels.TOOL_POSE_TOPIC, channels.TOOL_POSE_FORM, channels.TOOL_POSE_SCHEMA)
    for k in range(2000):
        writer.write_json(tool, START_NS + k * 10**7, channels.tool_pose_message(Pose.at(0.001 * k, 0, 0.5)))
    writer.write_json(tool, START_NS, {"position_m": "nowhere"})
    writer.write_json(tool, START_NS, {})
    writer.close()


def test_json_messages_and_charts(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "recording.mcap"
    write_json_run(path, faults)
    read = read_traces(path)
    assert [len(trace.values) for trace in read] == [2000] * 3
    drawn = charts(read, span_s=20.0)
    assert drawn is not None
    points = drawn.split('points="')[1].split('"')[0].split()
    assert len(points) == 500
    assert points[0] == "0.0,92.0"
    assert float(points[-1].split(",")[0]) == pytest.approx(1000 * 1996 / 2000, abs=1)
    assert "0.000 to 1.999 m" in drawn
    assert "0.500 to 0.500 m" in drawn


def test_nothing_to_draw(tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_traces(tmp_path / "absent.mcap") == ()
    assert charts((), 1.0) is None
    path = tmp_path / "recording.mcap"
    write_json_run(path, faults)
    monkeypatch.setattr(traces, "RECORDING_MAX_BYTES", 10)
    assert read_traces(path) == ()
