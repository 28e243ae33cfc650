"""Writes data sets in the LeRobot v3 format: in parts that survive kill -9, joined when all are there."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.disk import write_fault
from robomatrix_py.data.durable import write_atomic
from robomatrix_py.data.lerobot import (
    DATA_FILE,
    EPISODES_FILE,
    INFO_FILE,
    OURS_FILE,
    PICTURES,
    STATS_FILE,
    TASKS_FILE,
    VERSION,
    Column,
    arrow,
    parquet,
    video_file,
)
from robomatrix_py.data.lerobot_video import CODEC, PIXELS, Frame, encode_video, join_videos

PARTS_FOLDER = "parts"
_JOINING = "joining"
_QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
# Every so many frames, and pixels of them, are enough for mean and deviation of pictures.
_SAMPLE_FRAMES, _SAMPLE_PIXELS = 16, 8
_DAMAGE = (OSError, ValueError, KeyError, zipfile.BadZipFile)


@dataclass(frozen=True, eq=False)
class Recorded:
    """One episode to be kept.

    Args:
        task: What it is about, in words.
        columns: By name, each of shape (frames,) or (frames, numbers).
        pictures: What each camera saw, RGB, uint8, as many as there are frames.
    """

    task: str
    columns: Mapping[str, Column]
    pictures: Mapping[str, Sequence[Frame]] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """What every episode of a data set has in common.

    Args:
        rate_hz: Frames a second.
        names: By column, what each of its numbers is called.
        robot: Robot name.
    """

    rate_hz: int
    names: Mapping[str, Sequence[str]]
    robot: str


class LerobotWriter:
    """A data set under way. Parts may be written by several processes at once, each part by one.

    Args:
        folder: Takes the data set; created if it is not there.
        layout: What all episodes have in common.
        job: What is being made; a folder with parts of another job is refused.

    Raises:
        DataError: The folder holds another job's parts or cannot be written.
    """

    def __init__(self, folder: Path, layout: Layout, job: Mapping[str, Any]) -> None:
        self._folder = folder
        self._layout = layout
        self._job = json.loads(json.dumps(dict(job)))
        known = self._read(folder / PARTS_FOLDER / "job.json") or self._read(folder / OURS_FILE).get("job")
        if known and known != self._job:
            raise DataError("holds a data set of another job", where=str(folder), remedy="choose another folder")
        try:
            if not self.finished:
                (folder / PARTS_FOLDER).mkdir(parents=True, exist_ok=True)
                write_atomic(folder / PARTS_FOLDER / "job.json", json.dumps(self._job).encode())
        except OSError as error:
            raise write_fault(folder, error) from error

    @property
    def finished(self) -> bool:
        """Whether all parts have been joined."""
        return (self._folder / OURS_FILE).exists()

    @property
    def sha256(self) -> str:
        """Hash over everything in it, once it is finished."""
        return str(self._read(self._folder / OURS_FILE).get("data_sha256", ""))

    def has(self, part: int) -> bool:
        """Return whether a part is there."""
        return self.finished or self._part(part).exists()

    def write(self, part: int, episodes: Sequence[Recorded], account: Mapping[str, Any]) -> None:
        """Keep one part as a whole or not at all.

        Args:
            part: Its number.
            episodes: None or more.
            account: What else is to be known of the part, JSON-serialisable.

        Raises:
            DataError: It cannot be written, or a picture cannot be encoded.
        """
        arrays: dict[str, Any] = {}
        tasks = [episode.task for episode in episodes]
        for number, episode in enumerate(episodes):
            for name, values in episode.columns.items():
                arrays[f"{number}/columns/{name}"] = values
            for key, frames in episode.pictures.items():
                video = encode_video(frames, self._layout.rate_hz)
                arrays[f"{number}/videos/{PICTURES}{key}"] = np.frombuffer(video, dtype=np.uint8)
                arrays[f"{number}/sums/{PICTURES}{key}"] = _picture_sums(frames)
                # Of the pictures, not of their video: encoders need not give the same bytes twice.
                arrays[f"{number}/sha256/{PICTURES}{key}"] = np.array(_sha256(frames))
        about = {"tasks": tasks, "account": dict(account)}
        arrays["about"] = np.array(json.dumps(about))
        content = io.BytesIO()
        np.savez(content, **arrays)
        try:
            write_atomic(self._part(part), content.getvalue())
        except OSError as error:
            raise write_fault(self._part(part), error) from error

    def account(self, part: int) -> dict[str, Any]:
        """Return what was said of a part when it was written.

        Raises:
            DataError: It is damaged.
        """
        account: dict[str, Any] = json.loads(str(self._load(part)["about"]))["account"]
        return account

    def join(self, parts: Iterable[int], about: Mapping[str, Any]) -> str:
        """Make the data set of all parts, in their order, and return its hash; the parts are removed.

        Args:
            parts: Their numbers.
            about: Further entries of `meta/robomatrix.json`.

        Raises:
            DataError: A part is missing or damaged, there is no episode at all, or the disk is full.
        """
        if self.finished:
            shutil.rmtree(self._folder / PARTS_FOLDER, ignore_errors=True)
            return self.sha256
        joining = self._folder / _JOINING
        try:
            shutil.rmtree(joining, ignore_errors=True)
            digest = self._join_rows(parts, joining)
            files = sorted(path for path in joining.rglob("*") if path.is_file())
            ours = {
                "data_sha256": digest,
                "job": self._job,
                "files": {path.relative_to(joining).as_posix(): _hash_of(path) for path in files},
                **about,
            }
            for top in sorted(path.name for path in joining.iterdir()):
                # From an earlier attempt that was cut off between two of these.
                shutil.rmtree(self._folder / top, ignore_errors=True)
                (joining / top).rename(self._folder / top)
            # Written last: without it there is no data set.
            write_atomic(self._folder / OURS_FILE, json.dumps(ours, indent=1).encode())
            shutil.rmtree(joining, ignore_errors=True)
            shutil.rmtree(self._folder / PARTS_FOLDER, ignore_errors=True)
        except OSError as error:
            raise write_fault(self._folder, error) from error
        return digest

    def _join_rows(self, parts: Iterable[int], joining: Path) -> str:
        pq = parquet()
        rows: list[dict[str, Any]] = []
        tasks: dict[str, int] = {}
        digest = hashlib.sha256()
        writer: Any = None
        videos: dict[str, list[tuple[int, int]]] = {}
        first: Mapping[str, Column] = {}
        kept: dict[str, list[Column]] = {}
        sums: dict[str, list[Column]] = {}
        begin = 0
        for part in parts:
            for recorded in self._episodes(part, digest):
                length = len(next(iter(recorded.columns.values())))
                task = tasks.setdefault(recorded.task, len(tasks))
                columns = self._indexed(recorded.columns, len(rows), begin, task, length)
                table = _table(columns)
                if writer is None:
                    first = columns
                    path = joining / DATA_FILE
                    path.parent.mkdir(parents=True)
                    writer = pq.ParquetWriter(path, table.schema)
                writer.write_table(table)
                for name, values in columns.items():
                    kept.setdefault(name, []).append(values)
                for key, values in recorded.sums.items():
                    sums.setdefault(key, []).append(values)
                    videos.setdefault(key, []).append((part, recorded.number))
                rows.append(self._episode_row(len(rows), recorded, begin, begin + length))
                begin += length
        if writer is None:
            raise DataError("no episode was recorded", where=str(self._folder), code="EMPTY")
        writer.close()
        sizes: dict[str, tuple[int, int]] = {}
        for key, places in videos.items():
            path = joining / video_file(key)
            path.parent.mkdir(parents=True)
            join_videos((self._video(part, number, key) for part, number in places), self._layout.rate_hz, path)
            sizes[key] = (int(sums[key][0][0]), int(sums[key][0][1]))
        self._write_meta(joining, rows, list(tasks), first, kept, sums, sizes)
        return digest.hexdigest()

    def _episodes(self, part: int, digest: Any) -> Iterator[_Read]:
        arrays = self._load(part)
        for number, task in enumerate(json.loads(str(arrays["about"]))["tasks"]):
            columns, hashes, sums = (_below(arrays, f"{number}/{kind}/") for kind in ("columns", "sha256", "sums"))
            digest.update(f"episode {task}".encode())
            for name, values in columns.items():
                digest.update(f"{name} {values.dtype.str} {values.shape}".encode())
                digest.update(np.ascontiguousarray(values).tobytes())
            for key, sha256 in hashes.items():
                digest.update(f"{key} {sha256}".encode())
            yield _Read(number, task, columns, sums)

    def _video(self, part: int, number: int, key: str) -> bytes:
        video: bytes = self._load(part)[f"{number}/videos/{key}"].tobytes()
        return video

    def _indexed(
        self, columns: Mapping[str, Column], episode: int, begin: int, task: int, length: int
    ) -> dict[str, Column]:
        """Return the columns together with those that the format wants."""
        frames = np.arange(length, dtype=np.int64)
        return {
            **columns,
            "timestamp": (frames / self._layout.rate_hz).astype(np.float32),
            "frame_index": frames,
            "episode_index": np.full(length, episode, dtype=np.int64),
            "index": frames + begin,
            "task_index": np.full(length, task, dtype=np.int64),
        }

    def _episode_row(self, number: int, recorded: _Read, begin: int, end: int) -> dict[str, Any]:
        row: dict[str, Any] = {
            "episode_index": number,
            "tasks": [recorded.task],
            "length": end - begin,
            "data/chunk_index": 0,
            "data/file_index": 0,
            "dataset_from_index": begin,
            "dataset_to_index": end,
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
        }
        for key in recorded.sums:
            row[f"videos/{key}/chunk_index"] = row[f"videos/{key}/file_index"] = 0
            row[f"videos/{key}/from_timestamp"] = begin / self._layout.rate_hz
            row[f"videos/{key}/to_timestamp"] = end / self._layout.rate_hz
        return row

    def _write_meta(
        self,
        joining: Path,
        rows: list[dict[str, Any]],
        tasks: list[str],
        first: Mapping[str, Column],
        kept: Mapping[str, list[Column]],
        sums: Mapping[str, list[Column]],
        sizes: Mapping[str, tuple[int, int]],
    ) -> None:
        pa, pq = arrow(), parquet()
        (joining / EPISODES_FILE).parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows), joining / EPISODES_FILE)
        pq.write_table(_task_table(tasks), joining / TASKS_FILE)
        features = {key: self._camera_feature(*size) for key, size in sizes.items()}
        features |= {name: self._feature(name, values) for name, values in first.items()}
        info = {
            "codebase_version": VERSION,
            "robot_type": self._layout.robot,
            "total_episodes": len(rows),
            "total_frames": rows[-1]["dataset_to_index"],
            "total_tasks": len(tasks),
            "chunks_size": 1000,
            "data_files_size_in_mb": 100,
            "video_files_size_in_mb": 200,
            "fps": self._layout.rate_hz,
            "splits": {"train": f"0:{len(rows)}"},
            "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
            "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4" if sizes else None,
            "features": features,
        }
        stats = {name: _statistics(np.concatenate(values)) for name, values in kept.items()}
        stats |= {key: _picture_statistics(np.array(values)) for key, values in sums.items()}
        (joining / INFO_FILE).write_text(json.dumps(info, indent=1), encoding="utf-8")
        (joining / STATS_FILE).write_text(json.dumps(stats), encoding="utf-8")

    def _feature(self, name: str, values: Column) -> dict[str, Any]:
        names = list(self._layout.names.get(name, ())) or None
        return {"dtype": values.dtype.name, "shape": list(values.shape[1:]) or [1], "names": names}

    def _camera_feature(self, height_px: int, width_px: int) -> dict[str, Any]:
        return {
            "dtype": "video",
            "shape": [height_px, width_px, 3],
            "names": ["height", "width", "channels"],
            "info": {
                "video.height": height_px,
                "video.width": width_px,
                "video.codec": CODEC,
                "video.pix_fmt": PIXELS,
                "video.is_depth_map": False,
                "video.fps": self._layout.rate_hz,
                "video.channels": 3,
                "has_audio": False,
            },
        }

    def _part(self, part: int) -> Path:
        return self._folder / PARTS_FOLDER / f"{part:08d}.npz"

    def _load(self, part: int) -> dict[str, Column]:
        path = self._part(part)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except _DAMAGE as error:
            message = f"cannot be read as a part of a data set: {' '.join(str(error).split())}"
            remedy = "delete it and give the command again"
            raise DataError(message, where=str(path), remedy=remedy, code="DAMAGED") from error

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except (OSError, ValueError) as error:
            raise DataError(f"cannot be read: {error}", where=str(path), code="DAMAGED") from error
        return dict(values)


@dataclass(frozen=True, eq=False)
class _Read:
    """One episode of a part, but for its videos."""

    number: int
    task: str
    columns: Mapping[str, Column]
    sums: Mapping[str, Column]


def _below(arrays: Mapping[str, Column], prefix: str) -> dict[str, Column]:
    """Return the arrays whose names begin with a prefix, by the rest of their names, in order."""
    return {name.removeprefix(prefix): arrays[name] for name in sorted(arrays) if name.startswith(prefix)}


def _table(columns: Mapping[str, Column]) -> Any:
    pa = arrow()
    arrays = {}
    for name, values in columns.items():
        flat = pa.array(np.ascontiguousarray(values).ravel())
        arrays[name] = flat if values.ndim == 1 else pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
    return pa.table(arrays)


def _task_table(tasks: Sequence[str]) -> Any:
    """Return the tasks as pandas would write them with the task as index: so readers expect it."""
    pa = arrow()
    table = pa.table({"task_index": pa.array(range(len(tasks)), pa.int64()), "task": pa.array(tasks, pa.string())})
    columns = [
        {"name": name, "field_name": name, "pandas_type": kind, "numpy_type": numpy_kind, "metadata": None}
        for name, kind, numpy_kind in (("task_index", "int64", "int64"), ("task", "unicode", "object"))
    ]
    pandas = {"index_columns": ["task"], "column_indexes": [], "columns": columns, "pandas_version": "2.0.0"}
    return table.replace_schema_metadata({"pandas": json.dumps(pandas)})


def _statistics(values: Column) -> dict[str, list[float]]:
    numbers = values.reshape(len(values), -1).astype(np.float64)
    stats: dict[str, Any] = {
        "min": numbers.min(0),
        "max": numbers.max(0),
        "mean": numbers.mean(0),
        "std": numbers.std(0),
        **dict(zip(_QUANTILES, np.quantile(numbers, list(_QUANTILES.values()), axis=0), strict=True)),
    }
    return {name: value.tolist() for name, value in stats.items()} | {"count": [len(values)]}


def _picture_sums(frames: Sequence[Frame]) -> Column:
    """Return height, width, and of some pixels their number, the sums of their colours in 0 to 1 and of the squares."""
    sample = np.stack([frame[::_SAMPLE_PIXELS, ::_SAMPLE_PIXELS] for frame in frames[::_SAMPLE_FRAMES]]) / 255.0
    pixels = sample.reshape(-1, 3)
    return np.array([*frames[0].shape[:2], len(pixels), *pixels.sum(0), *(pixels**2).sum(0)])


def _picture_statistics(sums: Column) -> dict[str, Any]:
    """Return the statistics of a camera from what :func:`_picture_sums` says of every episode."""
    _, _, count, *totals = sums.sum(0)
    mean = np.array(totals[:3]) / count
    deviation = np.sqrt(np.maximum(np.array(totals[3:]) / count - mean**2, 0.0))
    values = {"min": np.zeros(3), "max": np.ones(3), "mean": mean, "std": deviation}
    stats: dict[str, Any] = {name: value[:, None, None].tolist() for name, value in values.items()}
    return stats | {"count": [int(count)]}


def _sha256(frames: Sequence[Frame]) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(np.ascontiguousarray(frame).data)
    return digest.hexdigest()


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
