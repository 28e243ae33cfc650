"""The LeRobot v3 data set: what is written is read, nothing is lost to kill -9, and damage is noticed."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.lerobot import DATA_FILE, INFO_FILE, OURS_FILE, TASKS_FILE, LerobotDataset, video_file
from robomatrix_py.data.lerobot_video import encode_video
from robomatrix_py.data.lerobot_writer import PARTS_FOLDER, Layout, LerobotWriter, Recorded

pq = pytest.importorskip("pyarrow.parquet", reason="the extra `train` is not installed")

ROOT = Path(__file__).parents[3]
LAYOUT = Layout(10, {"action": ("x_m", "y_m")}, "ur5e")
JOB = {"seed": 1}
PARTS = 5


def episode(number: int) -> Recorded:
    """Return an episode that follows from a number alone."""
    rng = np.random.default_rng(number)
    count = 7 + number % 3
    shade = (np.linspace(40, 200, 64) + 3 * number).astype(np.uint8)
    frames = [np.stack([np.roll(np.tile(shade, (48, 1)), step, 1)] * 3, -1) for step in range(count)]
    columns = {
        "action": rng.normal(size=(count, 2)).astype(np.float32),
        "aim_mask": rng.random((count, 4)) < 0.5,
        "progress": np.linspace(0, 1, count, dtype=np.float32),
        "skill": np.full(count, number % 2),
    }
    return Recorded(f"grasp thing {number % 3}", columns, {"front_camera": frames})


def part(number: int) -> list[Recorded]:
    """Return the episodes of a part: one has none."""
    return [] if number == 2 else [episode(number), episode(10 + number)]


def write(folder: Path, numbers: range = range(PARTS)) -> LerobotWriter:
    writer = LerobotWriter(folder, LAYOUT, JOB)
    for number in numbers:
        if not writer.has(number):
            writer.write(number, part(number), {"number": number})
    return writer


def make(folder: Path) -> str:
    return write(folder).join(range(PARTS), {"robomatrix": "test"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def whole_sha256(folder: Path) -> str:
    return LerobotDataset(folder).sha256


def test_what_was_written_is_read(folder: Path) -> None:
    data = LerobotDataset(folder)
    columns = data.columns(["action", "aim_mask", "progress", "skill", "timestamp", "index", "episode_index"])
    written = [one for number in range(PARTS) for one in part(number)]
    episodes = data.episodes()
    assert [one.task for one in episodes] == [one.task for one in written]
    for number, (stored, recorded) in enumerate(zip(episodes, written, strict=True)):
        rows = slice(stored.first, stored.last)
        for name, values in recorded.columns.items():
            assert np.array_equal(columns[name][rows], values), name
            assert columns[name].dtype == values.dtype
        assert np.allclose(columns["timestamp"][rows], 0.1 * np.arange(stored.last - stored.first))
        assert set(columns["episode_index"][rows]) == {number}
        seen = data.pictures("front_camera", stored)
        # The video loses a little: less than what one frame moves by.
        error = np.abs(np.stack(seen).astype(int) - np.stack(recorded.pictures["front_camera"]).astype(int)).mean()
        assert error < 4.0
    assert np.array_equal(columns["index"], np.arange(len(columns["index"])))
    assert data.about["robomatrix"] == "test"


def test_layout_is_that_of_the_format(folder: Path) -> None:
    info = json.loads((folder / INFO_FILE).read_text())
    assert info["codebase_version"] == "v3.0"
    assert info["total_episodes"] == 8
    assert info["features"]["observation.images.front_camera"]["shape"] == [48, 64, 3]
    assert info["features"]["action"] == {"dtype": "float32", "shape": [2], "names": ["x_m", "y_m"]}
    tasks = pq.read_table(folder / TASKS_FILE)
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]
    assert tasks.column("task").to_pylist() == ["grasp thing 0", "grasp thing 1", "grasp thing 2"][: tasks.num_rows]
    stats = json.loads((folder / "meta" / "stats.json").read_text())
    assert np.shape(stats["observation.images.front_camera"]["mean"]) == (3, 1, 1)
    action = pq.read_table(folder / DATA_FILE).column("action").combine_chunks().flatten().to_numpy().reshape(-1, 2)
    assert np.allclose(stats["action"]["mean"], action.mean(0), atol=1e-6)
    assert not (folder / PARTS_FOLDER).exists()


def test_same_data_has_the_same_hash(whole_sha256: str, tmp_path: Path) -> None:
    assert make(tmp_path) == whole_sha256


def test_other_data_has_another_hash(whole_sha256: str, tmp_path: Path) -> None:
    writer = LerobotWriter(tmp_path, LAYOUT, JOB)
    for number in range(PARTS):
        writer.write(number, [episode(20)] if number == 0 else part(number), {})
    assert writer.join(range(PARTS), {}) != whole_sha256


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_lerobot as t
folder = Path(sys.argv[1])
writer = t.LerobotWriter(folder, t.LAYOUT, t.JOB)
print("begun", flush=True)
t.write(folder)
print("written", flush=True)
writer.join(range(t.PARTS), {"robomatrix": "test"})
print("joined", flush=True)
"""


@pytest.mark.parametrize(("line", "delay_s"), [("begun", 0.03), ("begun", 0.09), ("written", 0.01), ("written", 0.05)])
def test_killed_and_gone_on_with_it_is_the_same(line: str, delay_s: float, whole_sha256: str, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", CHILD, str(tmp_path), str(Path(__file__).parent)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for printed in process.stdout:
            if printed.strip() == line:
                break
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("parts/*.npz")}
    writer = write(tmp_path)
    for path in tmp_path.glob("parts/*.npz"):
        assert kept.get(path.name, path.stat().st_mtime_ns) == path.stat().st_mtime_ns, "was written again"
    assert writer.join(range(PARTS), {}) == whole_sha256
    assert len(LerobotDataset(tmp_path).columns(["action"])["action"]) > 40


def test_finished_data_set_is_left_alone(whole_sha256: str, tmp_path: Path) -> None:
    make(tmp_path)
    stamp = (tmp_path / DATA_FILE).stat().st_mtime_ns
    assert make(tmp_path) == whole_sha256
    assert (tmp_path / DATA_FILE).stat().st_mtime_ns == stamp


def test_folder_of_another_job_is_refused(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, range(1))
    for where in (folder, tmp_path):
        with pytest.raises(DataError, match="data set of another job"):
            LerobotWriter(where, LAYOUT, {"seed": 2})


@pytest.mark.parametrize("name", [DATA_FILE, video_file("observation.images.front_camera")])
def test_truncated_file_is_refused(name: str, tmp_path: Path) -> None:
    make(tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-50])
    data = LerobotDataset(tmp_path)
    with pytest.raises(DataError, match=r"is not the file that was written.*DATA.DAMAGED"):
        if name == DATA_FILE:
            data.columns(["action"])
        else:
            data.pictures("front_camera", data.episodes()[0])


def test_truncated_part_is_refused(tmp_path: Path) -> None:
    writer = write(tmp_path)
    path = tmp_path / PARTS_FOLDER / "00000001.npz"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match=r"00000001\.npz: cannot be read as a part.*delete it"):
        writer.join(range(PARTS), {})


def test_missing_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"00000004\.npz"):
        write(tmp_path, range(4)).join(range(PARTS), {})


def test_data_set_without_an_episode_is_refused(tmp_path: Path) -> None:
    writer = LerobotWriter(tmp_path, LAYOUT, JOB)
    writer.write(0, [], {})
    with pytest.raises(DataError, match="no episode was recorded"):
        writer.join(range(1), {})


def test_unfinished_data_set_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(DataError, match=r"no finished data set.*goes on where it was interrupted"):
        LerobotDataset(tmp_path)


def test_data_set_of_another_version_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    info = json.loads((tmp_path / INFO_FILE).read_text())
    (tmp_path / INFO_FILE).write_text(json.dumps(info | {"codebase_version": "v2.1"}))
    with pytest.raises(DataError, match=r"is of version v2\.1; permitted: v3\.0"):
        LerobotDataset(tmp_path)


def test_data_set_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / OURS_FILE).unlink()
    with pytest.raises(DataError, match="no finished data set"):
        LerobotDataset(tmp_path)


def test_unknown_column_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'joints'; permitted: .*action"):
        LerobotDataset(folder).columns(["joints"])


@pytest.mark.parametrize("frames", [[], [np.zeros((47, 64, 3), dtype=np.uint8)]])
def test_frames_that_make_no_video_are_refused(frames: list[np.ndarray]) -> None:
    with pytest.raises(DataError, match="cannot be encoded"):
        encode_video(frames, 10)


@contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """Have the operating system refuse longer files, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk_is_one_clear_error_and_loses_nothing(whole_sha256: str, tmp_path: Path) -> None:
    writer = write(tmp_path, range(3))
    with largest_file(2_000), pytest.raises(DataError, match=r"NO_SPACE"):
        writer.write(3, part(3), {})
    assert not writer.has(3)
    write(tmp_path)
    with largest_file(8_000), pytest.raises(DataError, match=r"NO_SPACE"):
        writer.join(range(PARTS), {})
    assert make(tmp_path) == whole_sha256
