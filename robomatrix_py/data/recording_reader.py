"""Reads and repairs `recording.mcap`, whole or cut off at any byte."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import IO, Any

from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Header, McapRecord, Message, Metadata, Schema
from mcap.stream_reader import CRCValidationError, StreamReader
from mcap.well_known import MessageEncoding
from mcap.writer import MCAP0_MAGIC, CompressionType, Writer

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.recording import CHUNK_BYTES, START_KEY, START_RECORD

_RECORD_HEAD = struct.Struct("<BQ")
# What mcap and lz4 raise on damaged bytes; MemoryError and OverflowError come from a damaged length.
_DAMAGE = (McapError, CRCValidationError, RuntimeError, ValueError, struct.error, MemoryError, OverflowError)
_KNOWN_OPCODES = frozenset(opcode.value for opcode in Opcode)


@dataclass(frozen=True)
class RecordedMessage:
    """One message of a recording.

    Args:
        topic: Topic name.
        type_name: Name of the message's form.
        encoding: ``cdr`` (ROS 2) or ``json``.
        log_time_ns: When it was received.
        data: The serialised message.
    """

    topic: str
    type_name: str
    encoding: str
    log_time_ns: int
    data: bytes

    def json(self) -> Any:
        """Return the content of a JSON message.

        Raises:
            ValueError: It is not JSON.
        """
        if self.encoding != MessageEncoding.JSON:
            raise ValueError(f"topic {self.topic} is encoded as {self.encoding}, not as JSON")
        return json.loads(self.data)


@dataclass(frozen=True)
class RecordingInfo:
    """What a recording is.

    Args:
        start_ns: The run's start on the clock of the log times.
        profile: ``ros2`` or empty.
        complete: Whether it was closed: it has its index.
        whole_bytes: Length of its whole records; what follows is torn.
        size_bytes: Length of the file.
    """

    start_ns: int
    profile: str
    complete: bool
    whole_bytes: int
    size_bytes: int


def inspect_recording(path: Path) -> RecordingInfo:
    """Return what a recording is, without reading its messages.

    Raises:
        DataError: ``DATA.NOT_MCAP``: the file is missing or no MCAP file.
    """
    profile, start_ns = "", 0
    for record in _records(path):
        if isinstance(record, Header):
            profile = record.profile
        elif isinstance(record, Metadata) and record.name == START_RECORD:
            start_ns = int(record.metadata.get(START_KEY, "0"))
            break
        elif isinstance(record, Message):
            break
    with _open(path) as file:
        whole, complete = _whole_length(file)
    return RecordingInfo(start_ns, profile, complete, whole, path.stat().st_size)


def read_messages(path: Path) -> Iterator[RecordedMessage]:
    """Yield the messages in the order of recording, up to where the file is cut off or damaged.

    Raises:
        DataError: ``DATA.NOT_MCAP``: the file is missing or no MCAP file.
    """
    schemas: dict[int, Schema] = {}
    channels: dict[int, Channel] = {}
    for record in _records(path):
        match record:
            case Schema():
                schemas[record.id] = record
            case Channel():
                channels[record.id] = record
            case Message() if record.channel_id in channels:
                channel = channels[record.channel_id]
                schema = schemas.get(channel.schema_id)
                yield RecordedMessage(
                    topic=channel.topic,
                    type_name=schema.name if schema else "",
                    encoding=channel.message_encoding,
                    log_time_ns=record.log_time,
                    data=record.data,
                )


def repair_recording(path: Path) -> bool:
    """Give a cut-off recording its index, so that every MCAP tool opens it; leave a complete one alone.

    Returns:
        Whether it was rewritten.

    Raises:
        DataError: ``DATA.NOT_MCAP``: the file is missing or no MCAP file.
        OSError: There is no room for the new file; the old one stands.
    """
    if inspect_recording(path).complete:
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            _copy(path, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _copy(path: Path, file: IO[bytes]) -> None:
    writer = Writer(file, chunk_size=CHUNK_BYTES, compression=CompressionType.LZ4)
    schemas: dict[int, int] = {0: 0}
    channels: dict[int, int] = {}
    for record in _records(path):
        match record:
            case Header():
                writer.start(record.profile, record.library)
            case Metadata():
                writer.add_metadata(record.name, record.metadata)
            case Schema() if record.id not in schemas:
                schemas[record.id] = writer.register_schema(record.name, record.encoding, record.data)
            case Channel() if record.id not in channels:
                channels[record.id] = writer.register_channel(
                    record.topic, record.message_encoding, schemas.get(record.schema_id, 0), record.metadata
                )
            case Message() if record.channel_id in channels:
                writer.add_message(
                    channels[record.channel_id],
                    record.log_time,
                    record.data,
                    record.publish_time,
                    record.sequence,
                )
    writer.finish()  # type: ignore[no-untyped-call]


def _records(path: Path) -> Iterator[McapRecord]:
    """Yield the records up to the cut or the first damaged chunk."""
    with _open(path) as file:
        whole, _ = _whole_length(file)
        file.seek(0)
        reader = StreamReader(_Prefix(file, whole), validate_crcs=True).records
        while True:
            try:
                record = next(reader)
            except (StopIteration, *_DAMAGE):
                return
            yield record


class _Prefix(RawIOBase):
    """The first bytes of a file as a stream of their own."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file = file
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


def _open(path: Path) -> IO[bytes]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise _not_mcap(path, error.strerror or str(error)) from None
    if file.read(len(MCAP0_MAGIC)) != MCAP0_MAGIC:
        file.close()
        raise _not_mcap(path, "does not begin as an MCAP file")
    return file


def _whole_length(file: IO[bytes]) -> tuple[int, bool]:
    """Return the length of the whole records from the start, and whether the closing record is among them."""
    size = file.seek(0, os.SEEK_END)
    position = len(MCAP0_MAGIC)
    while position + _RECORD_HEAD.size <= size:
        file.seek(position)
        opcode, length = _RECORD_HEAD.unpack(file.read(_RECORD_HEAD.size))
        end = position + _RECORD_HEAD.size + length
        # A power cut may leave zeros where data was to come.
        if end > size or opcode not in _KNOWN_OPCODES:
            break
        position = end
        if opcode == Opcode.FOOTER:
            return position + len(MCAP0_MAGIC), size == position + len(MCAP0_MAGIC)
    return position, False


def _not_mcap(path: Path, why: str) -> DataError:
    return DataError(
        f"the recording cannot be read: {why}",
        where=str(path),
        remedy="give the recording.mcap of a run folder",
        code="NOT_MCAP",
    )
