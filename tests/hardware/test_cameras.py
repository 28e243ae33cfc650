"""Real cameras. `make test` leaves these out; with a camera plugged in:

    pytest -m hardware tests/hardware/test_cameras.py --camera realsense_d435@SERIAL
    pytest -m hardware tests/hardware/test_cameras.py --camera uvc_camera@/dev/video0 -s

Each test says what to do while it runs (-s shows it). Nothing moves.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.drivers.camera_device import CameraFrame
from robomatrix_py.settings.cameras import CameraChoice, CameraSettings, make_cameras
from robomatrix_py.settings.robots import load_robot

pytestmark = pytest.mark.hardware

CAMERA = "front_camera"
WAIT_S = 0.15
FIRST_S = 20.0
MEASURED_S = 10.0
PERSON_S = 60.0
NOTICED_S = 0.5


@pytest.fixture
def choice(request: pytest.FixtureRequest) -> Iterator[CameraChoice]:
    named = request.config.getoption("--camera", "")
    if not named:
        pytest.skip("name the camera with --camera")
    (choice,) = make_cameras(load_robot("ur5e"), CameraSettings({CAMERA: named}, calibration=""))
    yield choice
    choice.driver.close()


def until(choice: CameraChoice, mode: DriverMode, within_s: float) -> float:
    """Run the driver until it is in a mode; return when it was."""
    end_s = time.monotonic() + within_s
    while choice.driver.status.mode is not mode:
        assert time.monotonic() < end_s, choice.driver.status
        choice.driver.update(WAIT_S)
    return time.monotonic()


def test_pictures_come_at_their_rate_and_in_time(choice: CameraChoice) -> None:
    until(choice, DriverMode.READY, FIRST_S)
    frames: list[CameraFrame] = []
    late_s = []
    end_s = time.monotonic() + MEASURED_S
    while time.monotonic() < end_s:
        frame = choice.driver.update(WAIT_S)
        if frame is not None:
            frames.append(frame)
            late_s.append(time.monotonic() - frame.taken_s)
    rate_hz = len(frames) / MEASURED_S
    age_ms = 1e3 * np.median(late_s)
    print(f"{choice.driver.identity}: {rate_hz:.1f} Hz, age p50 {age_ms:.0f} ms, lens {choice.driver.lens}")
    assert rate_hz > 0.95 * choice.camera.rate_hz
    assert age_ms < 150.0
    assert frames[-1].color.std() > 2.0, "the picture is all of one colour: take the cap off the lens"
    if choice.kind.depth:
        assert frames[-1].depth_mm is not None
        assert (frames[-1].depth_mm > 0).mean() > 0.3, "point it at something 0.4 m to 2 m away"


def test_it_is_unplugged_and_plugged_in_again(choice: CameraChoice) -> None:
    until(choice, DriverMode.READY, FIRST_S)
    print(f"\nunplug the camera within {PERSON_S:.0f} s")
    last_s = time.monotonic()
    end_s = last_s + PERSON_S
    while choice.driver.status.mode is DriverMode.READY:
        assert time.monotonic() < end_s, "it was not unplugged"
        last_s = time.monotonic() if choice.driver.update(WAIT_S) is not None else last_s
    noticed_s = time.monotonic() - last_s
    print(f"noticed {1e3 * noticed_s:.0f} ms after the last picture: {choice.driver.status.reason}")
    assert noticed_s < NOTICED_S
    input_s = time.monotonic()
    print(f"plug it in again within {PERSON_S:.0f} s")
    while choice.driver.status.mode is not DriverMode.READY:
        assert time.monotonic() - input_s < PERSON_S, choice.driver.status
        choice.driver.update(WAIT_S)
    print(
        f"pictures again: {choice.driver.identity}; that took {time.monotonic() - input_s:.1f} s with the plugging in"
    )
