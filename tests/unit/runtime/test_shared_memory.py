"""The sweep of shared memory: what killed processes left goes, what anybody uses or has just made stays."""

from __future__ import annotations

import mmap
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from robomatrix_py.runtime import shared_memory
from robomatrix_py.runtime.shared_memory import remove_orphans


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder in real shared memory, so that no other graph's segments are touched."""
    with tempfile.TemporaryDirectory(prefix="robomatrix-test-", dir="/dev/shm") as name:
        monkeypatch.setattr(shared_memory, "_FOLDER", Path(name))
        yield Path(name)


def left_behind(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(b"\0" * 4096)
    return path


def test_segments_nobody_uses_are_removed_and_named(folder: Path) -> None:
    paths = [left_behind(folder, name) for name in ("fastdds_1a", "sem.fastdds_1a_mutex", "fastdds_port7400")]
    assert remove_orphans() == sorted(path.name for path in paths)
    assert list(folder.iterdir()) == []


def test_what_is_not_of_fast_dds_stays(folder: Path) -> None:
    other = left_behind(folder, "my_fastdds_notes")
    left_behind(folder, "fastdds_x")
    assert remove_orphans() == ["fastdds_x"]
    assert list(folder.iterdir()) == [other]


def test_segment_that_a_process_maps_stays(folder: Path) -> None:
    path = left_behind(folder, "fastdds_mapped")
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 4096)
    try:
        assert remove_orphans() == []
        assert path.exists()
    finally:
        mapped.close()
    assert remove_orphans() == ["fastdds_mapped"]


def test_segment_that_a_process_holds_open_stays(folder: Path) -> None:
    path = left_behind(folder, "fastdds_open")
    with path.open("rb"):
        assert remove_orphans() == []
    assert remove_orphans() == ["fastdds_open"]


def test_segment_made_during_the_sweep_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind(folder, "fastdds_old")
    real_sleep = time.sleep

    def sleep(seconds: float) -> None:
        real_sleep(seconds)
        # Another process replaces the segment at this very moment: same name, just made.
        (folder / "fastdds_old").unlink()
        left_behind(folder, "fastdds_old")

    monkeypatch.setattr(time, "sleep", sleep)
    assert remove_orphans() == []
    assert (folder / "fastdds_old").exists()


def test_nothing_to_do_takes_no_time(folder: Path) -> None:
    del folder
    began_s = time.monotonic()
    assert remove_orphans() == []
    assert time.monotonic() - began_s < 0.05


def test_machine_without_shared_memory_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shared_memory, "_FOLDER", tmp_path / "nothing")
    assert remove_orphans() == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a file away")
def test_segment_of_another_user_stays(folder: Path) -> None:
    os.chown(left_behind(folder, "fastdds_theirs"), 65534, 65534)
    assert remove_orphans() == []
