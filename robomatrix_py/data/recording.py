"""Writes `recording.mcap` in small chunks, so that a killed process loses almost nothing.

A file whose writer was killed lacks only its index; `recording_reader` reads and repairs it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mcap.well_known import MessageEncoding, SchemaEncoding
from mcap.writer import CompressionType, Writer

from robomatrix_py.data.disk import FaultHandler, is_low, low_space, write_fault
from robomatrix_py.data.durable import SyncedFile
from robomatrix_py.data.json_text import json_line

CHUNK_BYTES = 64 * 1024
CHUNK_AGE_MAX_S = 0.1
"""A chunk is written out at this age even if small: half of the 0.2 s that a killed process may lose."""

START_RECORD = "robomatrix_run"
START_KEY = "start_ns"
ROS2_PROFILE = "ros2"
"""Profile of a file that holds ROS 2 messages only, as rosbag2 writes it; empty for lock-step recordings."""


class RecordingWriter:
    """An MCAP file under way. One thread. No method but the constructor raises because of the disk.

    Args:
        path: The file to create; it must not exist.
        start_ns: The run's start on the clock of the log times.
        on_fault: Told once when recording stops because the disk is full or fails.
        profile: `ROS2_PROFILE`, or empty where there are JSON channels.
        clock: Monotonic time in seconds, for the age of chunks.

    Raises:
        DataError: The file cannot be created.
    """

    def __init__(
        self,
        path: Path,
        *,
        start_ns: int,
        on_fault: FaultHandler,
        profile: str = ROS2_PROFILE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._on_fault = on_fault
        self._clock = clock
        try:
            self._file = SyncedFile(path, clock)
        except OSError as error:
            raise write_fault(path, error) from None
        # LZ4 costs a third of zstd's time here, and rosbag2 and Foxglove read both.
        self._writer = Writer(self._file, chunk_size=CHUNK_BYTES, compression=CompressionType.LZ4)  # type: ignore[arg-type]
        self._stopped = False
        self._oldest_s: float | None = None
        self._checked_room_s = clock()
        self._sequences: dict[int, int] = {}
        self._schemas: dict[tuple[str, str, bytes], int] = {}
        self._guard(self._start, profile, start_ns)

    @property
    def stopped(self) -> bool:
        """Whether recording has ended, by `close` or by a fault."""
        return self._stopped

    def add_ros2_channel(self, topic: str, type_name: str, schema_text: str, qos_profiles: str = "") -> int:
        """Declare a topic whose messages arrive serialised by ROS 2 and return its channel.

        Args:
            topic: Full topic name.
            type_name: Such as ``sensor_msgs/msg/JointState``.
            schema_text: Its definition and all it depends on, in the ``ros2msg`` form.
            qos_profiles: Offered QoS profiles as rosbag2 writes them (YAML), or empty.
        """
        return self._register(
            topic,
            MessageEncoding.CDR,
            (type_name, SchemaEncoding.ROS2, schema_text.encode()),
            {"offered_qos_profiles": qos_profiles},
        )

    def add_json_channel(self, topic: str, schema_name: str, schema: Mapping[str, Any]) -> int:
        """Declare a topic whose messages are JSON objects and return its channel.

        Args:
            topic: Topic name.
            schema_name: Name of the form, such as ``robomatrix.JointState``.
            schema: Its JSON schema; an object at the top, as Foxglove requires.
        """
        form = (schema_name, SchemaEncoding.JSONSchema, json.dumps(schema).encode())
        return self._register(topic, MessageEncoding.JSON, form, {})

    def write(self, channel: int, log_time_ns: int, data: bytes, publish_time_ns: int | None = None) -> None:
        """Record one message. Does nothing once recording has stopped.

        Args:
            channel: What `add_ros2_channel` or `add_json_channel` returned.
            log_time_ns: When it was received.
            data: The serialised message.
            publish_time_ns: When it was sent, if known.
        """
        if self._stopped:
            return
        if self._oldest_s is None:
            self._oldest_s = self._clock()
        self._guard(self._add, channel, log_time_ns, data, publish_time_ns)
        self.poll()

    def write_json(self, channel: int, log_time_ns: int, value: Mapping[str, Any]) -> None:
        """Record one message of a JSON channel; numpy values are fine.

        Args:
            channel: What `add_json_channel` returned.
            log_time_ns: When it was observed.
            value: The message.
        """
        self.write(channel, log_time_ns, json_line(value).rstrip())

    def poll(self) -> None:
        """Write out what has waited long enough. `write` does it too; call this while no messages come."""
        if not self._stopped:
            self._guard(self._flush_if_due)
            self._guard(self._stop_if_low)

    def close(self) -> None:
        """Write the index and close. A second call does nothing."""
        if not self._stopped:
            self._guard(self._finish)
            self._stopped = True

    def _start(self, profile: str, start_ns: int) -> None:
        self._writer.start(profile=profile, library="robomatrix")
        self._writer.add_metadata(START_RECORD, {START_KEY: str(start_ns)})

    def _add(self, channel: int, log_time_ns: int, data: bytes, publish_time_ns: int | None) -> None:
        sequence = self._sequences[channel] = self._sequences.get(channel, 0) + 1
        self._writer.add_message(
            channel, log_time_ns, data, log_time_ns if publish_time_ns is None else publish_time_ns, sequence
        )

    def _flush_if_due(self) -> None:
        if self._oldest_s is not None and self._clock() - self._oldest_s >= CHUNK_AGE_MAX_S:
            self._writer.flush()  # type: ignore[no-untyped-call]
            self._oldest_s = None
        self._file.sync_if_due()

    def _stop_if_low(self) -> None:
        """End with a whole, indexed file while there is still room for it."""
        if self._stopped or self._clock() - self._checked_room_s < 1.0:
            return
        self._checked_room_s = self._clock()
        if is_low(self._path):
            self._finish()
            self._stopped = True
            self._on_fault(low_space(self._path))

    def _finish(self) -> None:
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._file.close()

    def _register(
        self, topic: str, encoding: str, form: tuple[str, str, bytes], metadata: dict[str, str]
    ) -> int:
        """Declare a channel and, if it is new, its form; a stopped recording has channel 0 only."""
        if self._stopped:
            return 0
        try:
            if form not in self._schemas:
                self._schemas[form] = self._writer.register_schema(*form)
            return self._writer.register_channel(topic, encoding, self._schemas[form], metadata)
        except OSError as error:
            self._stop(error)
            return 0

    def _guard(self, act: Callable[..., None], *arguments: object) -> None:
        """Do something that writes; on a fault of the disk stop for good."""
        try:
            act(*arguments)
        except OSError as error:
            self._stop(error)

    def _stop(self, error: OSError) -> None:
        """Say once why recording ends, and leave the file with its whole records."""
        self._stopped = True
        with suppress(OSError):  # the first fault is the one to report
            self._file.close()
        self._on_fault(write_fault(self._path, error))
