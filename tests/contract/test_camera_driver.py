"""What every camera's driver does, whatever stands behind it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest
from camera_rigs import CAMERA, CAMERA_RIGS, SERIAL, CameraRig, RealSenseRig

from robomatrix_py.contracts.driver import DriverMode

RECOVERY_S = 20.0


@pytest.fixture(scope="module", params=CAMERA_RIGS, ids=lambda kind: kind.name)
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CameraRig]:
    if request.param is RealSenseRig:
        pytest.importorskip("pyrealsense2", reason="librealsense or libusb-1.0 is missing", exc_type=ImportError)
    rig = request.param(tmp_path_factory.mktemp(request.param.name))
    yield rig
    rig.end()


def test_pictures_have_the_robots_size_and_the_times_of_their_taking(rig: CameraRig) -> None:
    began_s = time.monotonic()
    frames = rig.frames(8)
    taken_s = [frame.taken_s for frame in frames]
    assert taken_s == sorted(set(taken_s))
    assert began_s - 0.5 < taken_s[0]
    assert taken_s[-1] < time.monotonic()
    camera = next(camera for camera in rig.robot.cameras if camera.name == CAMERA)
    for frame in frames:
        assert frame.color.shape == (camera.height_px, camera.width_px, 3)
        assert frame.color.dtype == np.uint8
        assert (frame.depth_mm is not None) == rig.depth
    assert rig.driver.status.mode is DriverMode.READY
    assert rig.driver.identity


def test_a_package_that_hangs_is_noticed_ended_and_started_again(rig: CameraRig) -> None:
    rig.frames(3)
    hung = rig.worker()
    rig.hang()
    rig.run_until(rig.lost)
    assert "no picture for" in rig.driver.status.reason
    rig.run_until(lambda: rig.driver.status.mode is DriverMode.READY, RECOVERY_S)
    assert rig.worker() != hung


def test_a_package_that_dies_is_started_again(rig: CameraRig) -> None:
    rig.frames(1)
    rig.signal_worker(signal.SIGKILL)
    rig.run_until(rig.lost)
    assert "has ended" in rig.driver.status.reason
    rig.run_until(lambda: rig.driver.status.mode is DriverMode.READY, RECOVERY_S)


def test_nothing_stays_open_after_closing(rig: CameraRig) -> None:
    rig.frames(1)
    rig.driver.close()
    assert rig.driver.status.reason == "closed"
    assert rig.choice.device._worker._process is None
    rig.frames(1)


def test_a_wrong_address_names_the_likely_cause(rig: CameraRig) -> None:
    choice = rig.make(rig.wrong_address)
    try:
        choice.driver.update(0.1)
        assert choice.driver.status.mode is DriverMode.DISCONNECTED
        assert rig.wrong_address in choice.driver.status.reason
        assert rig.wrong_address_words in choice.driver.status.reason
    finally:
        choice.driver.close()


def test_the_probe_of_the_doctor_says_what_was_found(rig: CameraRig) -> None:
    rig.driver.close()
    found = rig.choice.device.probe()
    assert "320x240" in found
    assert (SERIAL in found) == isinstance(rig, RealSenseRig)
    rig.choice.device.close()
