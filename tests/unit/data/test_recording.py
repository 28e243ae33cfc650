"""The recording: what goes in comes out, from whole files, cut files and damaged files."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import child_process
import pytest
from mcap.reader import make_reader

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data import disk
from robomatrix_py.data.channels import JOINT_STATE_FORM, JOINT_STATE_SCHEMA
from robomatrix_py.data.recording import RecordingWriter
from robomatrix_py.data.recording_reader import (
    RecordedMessage,
    inspect_recording,
    read_messages,
    repair_recording,
)

START_NS = 1_700_000_000_000_000_000


class Clock:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


def write_counts(path: Path, count: int, faults: list[DataError], clock: Clock | None = None) -> RecordingWriter:
    """Write numbered messages on two channels and leave the writer open."""
    writer = RecordingWriter(path, start_ns=START_NS, profile="", on_fault=faults.append, clock=clock or Clock())
    joints = writer.add_json_channel("joint_states", JOINT_STATE_FORM, JOINT_STATE_SCHEMA)
    other = writer.add_json_channel("other", JOINT_STATE_FORM, JOINT_STATE_SCHEMA)
    for number in range(count):
        channel = other if number % 3 == 2 else joints
        writer.write_json(channel, START_NS + number * 10**7, {"names": ["a"], "positions": [number]})
        if clock:
            clock.now_s += 0.01
    return writer


def numbers(messages: Iterator[RecordedMessage]) -> list[float]:
    return [message.json()["positions"][0] for message in messages]


def test_json_messages_come_back(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "recording.mcap"
    writer = write_counts(path, 300, faults)
    writer.close()
    writer.close()
    assert writer.stopped
    messages = list(read_messages(path))
    assert numbers(iter(messages)) == list(range(300))
    assert (messages[2].topic, messages[2].type_name, messages[2].encoding) == (
        "other",
        JOINT_STATE_FORM,
        "json",
    )
    assert messages[2].log_time_ns == START_NS + 20_000_000
    info = inspect_recording(path)
    assert (info.start_ns, info.profile, info.complete) == (START_NS, "", True)
    assert info.whole_bytes == info.size_bytes
    assert faults == []


def test_ros_messages_are_readable_by_other_tools(tmp_path: Path, faults: list[DataError]) -> None:
    """Real rclpy writes them, an independent decoder reads them through the file's index."""
    rclpy = pytest.importorskip("rclpy.serialization", exc_type=ImportError)
    message_types = pytest.importorskip("sensor_msgs.msg")
    decoder = pytest.importorskip("mcap_ros2.decoder")
    path = tmp_path / "recording.mcap"
    writer = RecordingWriter(path, start_ns=START_NS, on_fault=faults.append)
    schema = "\n".join(
        [
            "std_msgs/Header header",
            "string[] name",
            "float64[] position",
            "float64[] velocity",
            "float64[] effort",
            "=" * 80,
            "MSG: std_msgs/Header",
            "builtin_interfaces/Time stamp",
            "string frame_id",
            "=" * 80,
            "MSG: builtin_interfaces/Time",
            "int32 sec",
            "uint32 nanosec",
        ]
    )
    channel = writer.add_ros2_channel("/joint_states", "sensor_msgs/msg/JointState", schema)
    sent = message_types.JointState(name=["elbow", "wrist"], position=[0.25, -1.5], velocity=[1.0, 0.0])
    writer.write(channel, START_NS + 5, rclpy.serialize_message(sent), publish_time_ns=START_NS + 1)
    writer.close()
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[decoder.DecoderFactory()])
        assert reader.get_header().profile == "ros2"
        (decoded,) = list(reader.iter_decoded_messages())
    received: Any = decoded.decoded_message
    assert list(received.name) == ["elbow", "wrist"]
    assert list(received.position) == [0.25, -1.5]
    assert (decoded.message.log_time, decoded.message.publish_time) == (START_NS + 5, START_NS + 1)
    assert decoded.channel.message_encoding == "cdr"
    assert decoded.schema is not None
    assert decoded.schema.encoding == "ros2msg"


def test_json_of_a_ros_message_is_refused() -> None:
    with pytest.raises(ValueError, match="encoded as cdr"):
        RecordedMessage("/a", "b", "cdr", 0, b"").json()


def test_chunks_are_written_after_100_ms(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "recording.mcap"
    clock = Clock()
    writer = write_counts(path, 95, faults, clock)
    assert 84 <= len(numbers(read_messages(path))) <= 95, "no more than 0.1 s is held back"
    clock.now_s += 0.11
    writer.poll()
    assert numbers(read_messages(path)) == list(range(95)), "a quiet channel is written out by poll"
    writer.close()


def test_cut_at_any_byte_gives_a_beginning(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "recording.mcap"
    write_counts(path, 60, faults, Clock()).close()
    data = path.read_bytes()
    seen = []
    for length in range(8, len(data), 13):
        path.write_bytes(data[:length])
        got = numbers(read_messages(path))
        assert got == list(range(len(got)))
        assert not inspect_recording(path).complete
        seen.append(len(got))
    assert seen == sorted(seen)
    assert seen[-1] == 60


def test_damage_ends_the_reading_without_an_error(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "recording.mcap"
    write_counts(path, 200, faults, Clock()).close()
    data = path.read_bytes()
    generator = random.Random(1)
    for _ in range(150):
        damaged = bytearray(data)
        at = generator.randrange(8, len(data))
        damaged[at : at + 8] = generator.randbytes(8)
        path.write_bytes(damaged)
        got = [message.data for message in read_messages(path)]
        assert len(got) <= 200


def test_zeros_after_a_power_cut_are_no_records(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "recording.mcap"
    writer = write_counts(path, 100, faults, Clock())
    held = path.read_bytes()
    path.write_bytes(held + bytes(5000))
    assert inspect_recording(path).whole_bytes == len(held)
    assert numbers(read_messages(path)) == list(range(len(numbers(read_messages(path)))))
    writer.close()


def test_repair_gives_an_index_and_is_idempotent(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "recording.mcap"
    clock = Clock()
    writer = write_counts(path, 100, faults, clock)
    clock.now_s += 1.0
    writer.poll()
    path.write_bytes(path.read_bytes() + b"\x06torn")
    assert repair_recording(path)
    repaired = path.read_bytes()
    assert inspect_recording(path).complete
    assert inspect_recording(path).start_ns == START_NS
    with path.open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None
    assert summary.statistics is not None
    assert summary.statistics.message_count == 100
    assert numbers(read_messages(path)) == list(range(100))
    assert not repair_recording(path)
    assert path.read_bytes() == repaired
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [None, b"", b"hello, this is no recording"])
def test_no_recording(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "recording.mcap"
    if content is not None:
        path.write_bytes(content)
    for read in (inspect_recording, lambda path: list(read_messages(path)), repair_recording):
        with pytest.raises(DataError, match=r"recording.mcap: .*DATA.NOT_MCAP"):
            read(path)


def test_existing_file_is_not_overwritten(tmp_path: Path, faults: list[DataError]) -> None:
    path = tmp_path / "recording.mcap"
    path.write_text("mine")
    with pytest.raises(DataError, match="File exists"):
        RecordingWriter(path, start_ns=0, on_fault=faults.append)
    assert path.read_text() == "mine"


def test_low_disk_ends_with_a_whole_file(
    tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recording.mcap"
    clock = Clock()
    writer = write_counts(path, 50, faults, clock)
    monkeypatch.setattr(disk, "FLOOR_BYTES", 10**18)
    clock.now_s += 1.0
    for number in range(3):
        writer.write_json(1, START_NS + number, {"names": [], "positions": [50 + number]})
        writer.poll()
    writer.close()
    assert writer.stopped
    assert [fault.code for fault in faults] == ["DATA.NO_SPACE"]
    assert inspect_recording(path).complete
    assert numbers(read_messages(path)) == list(range(51))


FILL = """
import sys
from pathlib import Path
from robomatrix_py.data.recording import RecordingWriter
from robomatrix_py.data.recording_reader import inspect_recording, read_messages
import os
faults = []
path = Path(sys.argv[1]) / "recording.mcap"
writer = RecordingWriter(path, start_ns=0, on_fault=faults.append)
channel = writer.add_ros2_channel("/noise", "std_msgs/msg/String", "string data")
for number in range(400):
    writer.write(channel, number, os.urandom(20_000))
writer.close()
info = inspect_recording(path)
print(len(faults), faults[0].code, writer.stopped, info.whole_bytes == info.size_bytes)
print(sum(1 for _ in read_messages(path)))
"""


def test_full_disk_leaves_whole_records(tmp_path: Path) -> None:
    """A file system smaller than the floor, filled within the second between two looks at the room."""
    first, count = child_process.run_on_small_disk(FILL, tmp_path, "4m").splitlines()
    assert first.split() == ["1", "DATA.NO_SPACE", "True", "True"]
    assert 150 < int(count) < 210


def test_fault_of_the_disk_is_reported_once(
    tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recording.mcap"
    clock = Clock()
    writer = write_counts(path, 50, faults, clock)

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    for _ in range(100):
        clock.now_s += 0.05
        writer.write_json(1, START_NS, {"names": [], "positions": []})
    assert writer.add_json_channel("late", "Late", {"type": "object"}) == 0
    writer.close()
    assert [fault.code for fault in faults] == ["DATA.WRITE"]


def test_declaring_channels_on_a_failing_disk_raises_nothing(
    tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long definition fills the chunk under way, which is then written out."""
    writer = write_counts(tmp_path / "recording.mcap", 5, faults, Clock())

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", fail)
    writer.add_ros2_channel("/long", "a/msg/Long", "x" * 100_000)
    writer.close()
    assert writer.stopped
    assert [fault.code for fault in faults] == ["DATA.NO_SPACE"]
