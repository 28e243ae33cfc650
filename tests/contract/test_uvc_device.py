"""The UVC device in this process, on an MJPEG stream: what the pictures show, and what becomes of bad ones."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from camera_rigs import UvcRig

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.drivers.camera_device import PictureFormat
from robomatrix_py.drivers.uvc.device import UvcDevice

WANTED = PictureFormat(320, 240, 30.0)
# What tests/hardware/doubles/mjpeg_camera.py draws into the quarters of its pictures.
QUARTERS = {(60, 80): (220, 30, 30), (60, 240): (30, 200, 30), (180, 80): (30, 30, 220), (180, 240): (235, 235, 235)}
WITHIN_S = 15.0


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UvcRig]:
    rig = UvcRig(tmp_path_factory.mktemp("uvc"))
    yield rig
    rig.end()


@pytest.fixture
def device(rig: UvcRig) -> Iterator[UvcDevice]:
    rig.double.ask("fault", corrupt=0.0, frozen=False)
    device = UvcDevice({"address": rig.place}, WANTED)
    yield device
    device.close()


def test_colours_are_where_and_what_they_are(device: UvcDevice) -> None:
    assert device.open(reset=False) is None
    frame = device.read(1.0)
    for (row, column), color in QUARTERS.items():
        assert np.abs(frame.color[row, column].astype(int) - color).max() < 25


def test_a_damaged_picture_is_said_and_not_shown(rig: UvcRig, device: UvcDevice) -> None:
    device.open(reset=False)
    rig.double.ask("fault", corrupt=0.7)
    end_s, damaged = time.monotonic() + WITHIN_S, 0
    while not damaged and time.monotonic() < end_s:
        try:
            device.read(1.0)
        except StaleDataError as error:
            damaged += 1
            assert "damaged" in str(error)
    assert damaged
    rig.double.ask("fault", corrupt=0.0)
    shown = None
    while shown is None and time.monotonic() < end_s:
        try:
            shown = device.read(1.0)
        except StaleDataError:
            continue
    assert shown is not None


def test_whoever_is_slow_gets_the_newest_picture(device: UvcDevice) -> None:
    device.open(reset=False)
    device.read(1.0)
    time.sleep(1.0)
    now_s = time.monotonic()
    frame = device.read(1.0)
    # Thirty pictures came in between; an old one would be a second old.
    assert frame.taken_s > now_s - 0.5
    with pytest.raises(StaleDataError, match="no picture came"):
        for _ in range(2):
            device.read(0.0)


def test_a_camera_that_is_unplugged_is_gone_at_once_and_is_taken_up_again(rig: UvcRig, device: UvcDevice) -> None:
    device.open(reset=False)
    device.read(1.0)
    rig.double.ask("vanish")
    try:
        with pytest.raises(DeviceError, match="gone while in use"):
            for _ in range(200):
                device.read(1.0)
        with pytest.raises(DeviceError, match="nobody sends pictures"):
            device.open(reset=False)
    finally:
        rig.double.ask("come_back")
    device.open(reset=False)
    device.read(1.0)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "there is no such camera"),
        (errno.EACCES, "usermod -aG video"),
        (errno.EBUSY, "another program uses the camera"),
        (errno.ENOTTY, "second file without pictures"),
        (errno.EINVAL, "no mjpeg pictures of 320x240 at 30 Hz"),
    ],
)
def test_what_the_kernel_refuses_gets_a_cause_and_a_remedy(number: int, words: str) -> None:
    error = UvcDevice({"address": "/dev/video0"}, WANTED)._cannot_open(OSError(number, "refused"))
    assert words in str(error)


def test_what_is_no_camera_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "video"
    path.write_bytes(b"no camera")
    with pytest.raises(DeviceError, match="it is no camera"):
        UvcDevice({"address": str(path)}, WANTED).open(reset=False)
