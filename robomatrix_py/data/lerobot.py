"""The LeRobot v3 data-set format: what lies where, and reading it back as arrays.

`meta/info.json` names columns and cameras, `data/` holds a row a frame, `videos/` one long video a camera,
`meta/episodes/` says which rows and which times belong to which episode, `meta/tasks.parquet` what each was about.
`meta/robomatrix.json` is ours: the data hash, and a hash of every file, so that damage is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy.typing as npt

from robomatrix_py.contracts.errors import DataError, EnvironmentFault
from robomatrix_py.data.lerobot_video import Frame, read_frames

VERSION = "v3.0"
"""Of the format."""
INFO_FILE = "meta/info.json"
STATS_FILE = "meta/stats.json"
TASKS_FILE = "meta/tasks.parquet"
EPISODES_FILE = "meta/episodes/chunk-000/file-000.parquet"
DATA_FILE = "data/chunk-000/file-000.parquet"
OURS_FILE = "meta/robomatrix.json"
PICTURES = "observation.images."
"""What the name of every camera's column begins with."""

Column = npt.NDArray[Any]


def video_file(key: str) -> str:
    """Return where the video of a camera's column lies."""
    return f"videos/{key}/chunk-000/file-000.mp4"


@dataclass(frozen=True)
class StoredEpisode:
    """One episode of a data set.

    Args:
        task: What it is about, in words.
        first: Its first row.
        last: The row after its last.
    """

    task: str
    first: int
    last: int


class LerobotDataset:
    """A data set on disk that :class:`~robomatrix_py.data.lerobot_writer.LerobotWriter` wrote.

    Args:
        folder: Holds `meta/`, `data/` and `videos/`.

    Raises:
        DataError: It is no data set, is not finished, or of another version.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.info: Mapping[str, Any] = self._json(INFO_FILE)
        self.about: Mapping[str, Any] = self._json(OURS_FILE)
        version = self.info.get("codebase_version")
        if version != VERSION:
            where = str(folder / INFO_FILE)
            raise DataError(f"is of version {version}", where=where, permitted=VERSION, code="VERSION")
        self._checked: set[str] = set()

    @property
    def sha256(self) -> str:
        """Hash over everything in it; equal for equal seeds and settings."""
        return str(self.about["data_sha256"])

    def columns(self, names: Iterable[str]) -> dict[str, Column]:
        """Return columns of all frames by name, shape (frames,) or (frames, numbers).

        Raises:
            DataError: There is no such column, or the file is damaged.
        """
        wanted = list(names)
        known = [key for key, feature in self.info["features"].items() if feature["dtype"] != "video"]
        for name in wanted:
            if name not in known:
                raise DataError(f"no column '{name}'", where=str(self._folder), permitted=known, code="COLUMN")
        table = self._table(DATA_FILE, wanted)
        return {name: _array(table.column(name)) for name in wanted}

    def episodes(self) -> list[StoredEpisode]:
        """Return the episodes in order.

        Raises:
            DataError: The file is damaged.
        """
        table = self._table(EPISODES_FILE, ["tasks", "dataset_from_index", "dataset_to_index"])
        rows = table.to_pylist()
        return [StoredEpisode(r["tasks"][0], r["dataset_from_index"], r["dataset_to_index"]) for r in rows]

    def pictures(self, camera: str, episode: StoredEpisode) -> list[Frame]:
        """Return what a camera saw in an episode, RGB, uint8, shape (H, W, 3) each.

        Raises:
            DataError: The file is damaged.
        """
        name = video_file(PICTURES + camera)
        return read_frames(self._intact(name), episode.first, episode.last)

    def _intact(self, name: str) -> Path:
        """Return the path of a file after holding it against its hash, once."""
        path = self._folder / name
        if name not in self._checked:
            wanted = self.about["files"].get(name)
            try:
                with path.open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise DataError(f"cannot be read: {error.strerror}", where=str(path), code="DAMAGED") from error
            if found != wanted:
                remedy = "make the data set again or copy it again"
                raise DataError("is not the file that was written", where=str(path), remedy=remedy, code="DAMAGED")
            self._checked.add(name)
        return path

    def _table(self, name: str, columns: list[str]) -> Any:
        path = self._intact(name)
        try:
            return parquet().read_table(path, columns=columns)
        except (OSError, ValueError) as error:
            raise DataError(f"cannot be read: {error}", where=str(path), code="DAMAGED") from error

    def _json(self, name: str) -> dict[str, Any]:
        path = self._folder / name
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            remedy = "give the command that makes it again: it goes on where it was interrupted"
            raise DataError(
                f"no finished data set: {error}", where=str(path), remedy=remedy, code="UNFINISHED"
            ) from error
        if not isinstance(values, dict):
            raise DataError("holds no mapping", where=str(path), code="DAMAGED")
        return values


def arrow() -> ModuleType:
    """Return the module `pyarrow`.

    Raises:
        EnvironmentFault: It is not installed.
    """
    try:
        import pyarrow
    except ImportError as error:
        remedy = "pip install 'robomatrix_py[train]'"
        raise EnvironmentFault(f"data sets cannot be read or written: {error}", remedy=remedy) from error
    module: ModuleType = pyarrow
    return module


def parquet() -> ModuleType:
    """Return the module `pyarrow.parquet`.

    Raises:
        EnvironmentFault: It is not installed.
    """
    arrow()
    import pyarrow.parquet

    module: ModuleType = pyarrow.parquet
    return module


def _array(column: Any) -> Column:
    """Return a column of one or of several chunks as an array, rows first."""
    array = column.combine_chunks()
    size = getattr(array.type, "list_size", 0)
    if not size:
        values: Column = array.to_numpy(zero_copy_only=False)
        return values
    flat: Column = array.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(-1, size)
