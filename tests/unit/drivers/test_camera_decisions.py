"""The camera driver's own decisions: when it gives up, how long it pauses, when it resets."""

from __future__ import annotations

import numpy as np
import pytest

from robomatrix_py.contracts.driver import DriverMode
from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.drivers import camera as camera_module
from robomatrix_py.drivers.camera import CameraDriver
from robomatrix_py.drivers.camera_config import CameraDriverConfig
from robomatrix_py.drivers.camera_device import CameraFrame, PictureFormat

WANTED = PictureFormat(32, 24, 30.0)
LENS = Lens(64, 48, 60.0, 60.0, 32.0, 24.0)


class Clock:
    """A clock that goes on by each wait."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


class ScriptedCamera:
    """A camera that is there or not, and sends pictures or not."""

    identity = "scripted"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.plugged, self.sends, self.size, self.repeats = True, True, (24, 32), False
        self.opened: list[tuple[float, bool]] = []

    def open(self, *, reset: bool) -> Lens | None:
        self.opened.append((self._clock.now_s, reset))
        if not self.plugged:
            raise DeviceError("it is not there")
        return LENS

    def probe(self) -> str:
        return self.identity

    def read(self, wait_s: float) -> CameraFrame:
        if not self.plugged:
            raise DeviceError("it was unplugged")
        self._clock.now_s += wait_s
        if not self.sends:
            raise StaleDataError("frames did not arrive")
        taken_s = 50.0 if self.repeats else self._clock.now_s
        return CameraFrame(np.zeros((*self.size, 3), np.uint8), None, taken_s)

    def close(self) -> None:
        pass

    def drop(self) -> None:
        pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(camera_module.time, "sleep", clock.sleep)
    return clock


@pytest.fixture
def camera(clock: Clock) -> ScriptedCamera:
    return ScriptedCamera(clock)


@pytest.fixture
def driver(camera: ScriptedCamera, clock: Clock) -> CameraDriver:
    return CameraDriver(camera, WANTED, CameraDriverConfig(), clock=clock)


def run(driver: CameraDriver, clock: Clock, duration_s: float) -> None:
    end_s = clock.now_s + duration_s
    while clock.now_s < end_s:
        before_s = clock.now_s
        driver.update(0.05)
        clock.now_s = max(clock.now_s, before_s + 0.001)


def test_pauses_grow_to_their_bound_and_shrink_after_a_picture(
    driver: CameraDriver, camera: ScriptedCamera, clock: Clock
) -> None:
    camera.plugged = False
    run(driver, clock, 12.0)
    pauses_s = np.diff([when_s for when_s, _ in camera.opened])
    assert pauses_s[:4] == pytest.approx([0.5, 1.0, 2.0, 3.0], abs=0.06)
    assert pauses_s.max() < 3.1
    camera.plugged = True
    run(driver, clock, 3.2)
    assert driver.status.mode is DriverMode.READY
    camera.plugged = False
    count = len(camera.opened)
    run(driver, clock, 1.0)
    assert camera.opened[count][0] - (clock.now_s - 1.0) < 0.7


def test_silence_is_said_soon_and_leads_to_a_reset_but_not_to_one_after_another(
    driver: CameraDriver, camera: ScriptedCamera, clock: Clock
) -> None:
    run(driver, clock, 1.0)
    camera.sends = False
    run(driver, clock, 0.3)
    assert driver.status.mode is DriverMode.DISCONNECTED
    assert "frames did not arrive" in driver.status.reason
    assert len(camera.opened) == 1
    run(driver, clock, 30.0)
    resets_s = [when_s for when_s, reset in camera.opened if reset]
    assert len(camera.opened) > 6
    assert len(resets_s) == 2
    assert resets_s[1] - resets_s[0] >= 20.0


def test_a_short_silence_is_no_loss(driver: CameraDriver, camera: ScriptedCamera, clock: Clock) -> None:
    run(driver, clock, 1.0)
    camera.sends = False
    run(driver, clock, 0.6)
    camera.sends = True
    run(driver, clock, 0.2)
    assert driver.status.mode is DriverMode.READY
    assert len(camera.opened) == 1


def test_unplugged_is_no_reason_to_reset(driver: CameraDriver, camera: ScriptedCamera, clock: Clock) -> None:
    run(driver, clock, 1.0)
    camera.plugged = False
    run(driver, clock, 5.0)
    assert "it is not there" in driver.status.reason
    assert not any(reset for _, reset in camera.opened)


def test_old_pictures_and_pictures_of_another_size_are_none(
    driver: CameraDriver, camera: ScriptedCamera, clock: Clock
) -> None:
    run(driver, clock, 1.0)
    camera.repeats = True
    run(driver, clock, 0.4)
    assert "an old picture" in driver.status.reason
    camera.repeats, camera.size = False, (48, 64)
    run(driver, clock, 0.2)
    assert "not 32x24" in driver.status.reason


def test_the_lens_is_brought_to_the_size_of_the_pictures(camera: ScriptedCamera, clock: Clock) -> None:
    own = CameraDriver(camera, WANTED, CameraDriverConfig(), clock=clock)
    run(own, clock, 0.2)
    assert own.lens == Lens(32, 24, 30.0, 30.0, 16.0, 12.0)
    measured = Lens(32, 24, 31.0, 31.5, 15.0, 12.5)
    known = CameraDriver(camera, WANTED, CameraDriverConfig(), measured, clock)
    run(known, clock, 0.2)
    assert known.lens == measured
    wrong = CameraDriver(camera, WANTED, CameraDriverConfig(), Lens(64, 64, 60.0, 60.0, 32.0, 24.0), clock)
    run(wrong, clock, 0.2)
    assert "calibrate intrinsics" in wrong.status.reason


@pytest.mark.parametrize(
    "values",
    [{"late_s": 2.0, "silence_max_s": 1.0}, {"retry_first_s": 4.0}, {"reset_every_s": 0.0}, {"late_s": float("nan")}],
)
def test_settings_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="permitted"):
        CameraDriverConfig(**values)
