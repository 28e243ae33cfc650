"""Pictures of steps: whole JPEG files whose names say what they show."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data import disk
from robomatrix_py.data.pictures import PictureName, save_picture

NAME = PictureName(1, 2, "position_over", "before", "front_camera")
FRAME = np.zeros((48, 64, 3), dtype=np.uint8) + np.array([200, 40, 30], dtype=np.uint8)


def test_picture_is_saved_with_its_meaning(tmp_path: Path, faults: list[DataError]) -> None:
    path = save_picture(tmp_path, NAME, FRAME, faults.append)
    assert path == "pictures/step-02_try-2_position-over_before_front-camera.jpg"
    assert PictureName.parse(path) == NAME
    assert NAME.caption == "Step 2, try 2: before position_over, front_camera"
    with Image.open(tmp_path / path) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))
        assert np.abs(np.asarray(image).mean(axis=(0, 1)) - [200, 40, 30]).max() < 5
    assert faults == []


words = st.from_regex(r"[a-z0-9]+(_[a-z0-9]+){0,3}", fullmatch=True).filter(lambda word: len(word) <= 48)


@given(st.builds(PictureName, st.integers(0, 150), st.integers(1, 12), words, words, words))
def test_every_name_can_be_read_back(name: PictureName) -> None:
    assert PictureName.parse(name.path) == name


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../other/pictures/step-01_try-1_grasp_before_front.jpg",
        "pictures/../../step-01_try-1_grasp_before_front.jpg",
        "https://example.org/step-01_try-1_grasp_before_front.jpg",
        "javascript:alert(1)",
        "pictures/step-01_try-1_grasp_before_front.jpg\n",
        "pictures/step-01_try-1_grasp_before_<b>.jpg",
        "",
    ],
)
def test_other_paths_are_no_pictures(path: str) -> None:
    assert PictureName.parse(path) is None


def test_low_disk_saves_nothing(tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "FLOOR_BYTES", 10**18)
    assert save_picture(tmp_path, NAME, FRAME, faults.append) is None
    assert [fault.code for fault in faults] == ["DATA.NO_SPACE"]
    assert list(tmp_path.iterdir()) == []


def test_fault_leaves_nothing_half_written(
    tmp_path: Path, faults: list[DataError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    assert save_picture(tmp_path, NAME, FRAME, faults.append) is None
    assert [fault.code for fault in faults] == ["DATA.WRITE"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
