"""The RealSense device on librealsense's software device: finding, alignment, lens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.drivers.realsense.config import RealSenseConfig
from robomatrix_py.drivers.realsense.device import FrameReader, lens_of
from robomatrix_py.drivers.realsense.finding import FoundCamera, choose, describe, start_error

software = pytest.importorskip("realsense_software", reason="librealsense is missing", exc_type=ImportError)
rs = software.rs

FIRST, SECOND = "817612070001", "817612070002"
NO_USB = Path("/nonexistent")


def found(*cameras: Any) -> list[FoundCamera]:
    return [describe(rs, camera.device) for camera in cameras]


def camera(serial: str, **values: object) -> Any:
    return software.SoftwareCamera(serial, 640, 480, **values)


def test_the_pinned_serial_number_decides() -> None:
    both = found(camera(FIRST), camera(SECOND))
    assert choose(both, RealSenseConfig(SECOND), NO_USB).serial == SECOND
    assert choose(both[:1], RealSenseConfig(), NO_USB).serial == FIRST
    with pytest.raises(DeviceError, match="none is named") as error:
        choose(both, RealSenseConfig(), NO_USB)
    assert FIRST in str(error.value)
    assert SECOND in str(error.value)
    with pytest.raises(DeviceError, match="no camera with this serial number") as error:
        choose(both, RealSenseConfig("123"), NO_USB)
    assert FIRST in error.value.permitted


def test_the_wrong_model_and_a_slow_link_are_refused() -> None:
    with pytest.raises(DeviceError, match="D415") as error:
        choose(found(camera(FIRST, name="Intel RealSense D415")), RealSenseConfig(product="D435"), NO_USB)
    assert error.value.code == "DEVICE.WRONG_MODEL"
    slow = found(camera(FIRST, usb="2.1"))
    with pytest.raises(DeviceError, match=r"USB 2\.1 link") as error:
        choose(slow, RealSenseConfig(), NO_USB)
    assert error.value.code == "DEVICE.USB2"
    assert choose(slow, RealSenseConfig(usb2=True), NO_USB).serial == FIRST


def test_absent_and_forbidden_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="no RealSense camera is plugged in"):
        choose([], RealSenseConfig(FIRST), tmp_path)
    (tmp_path / "2-1").mkdir()
    (tmp_path / "2-1" / "idVendor").write_text("8086\n")
    (tmp_path / "2-1" / "idProduct").write_text("0b07\n")
    with pytest.raises(DeviceError, match="this user may not use the camera") as error:
        choose([], RealSenseConfig(FIRST), tmp_path)
    assert "udev" in error.value.remedy


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("xioctl(VIDIOC_S_FMT) failed, errno=16 Last Error: Device or resource busy", "another program"),
        ("failed to set power state", "may not use"),
        ("Couldn't resolve requests", "size and rate"),
        ("something new", "does not start: something new"),
    ],
)
def test_why_it_does_not_start(problem: str, words: str) -> None:
    assert words in str(start_error(problem, "realsense"))


def test_depth_is_aligned_to_colour() -> None:
    source = camera(FIRST)
    syncer = rs.syncer()
    for sensor, profile in ((source.depth_sensor, source.depth), (source.color_sensor, source.color)):
        sensor.open(profile)
        sensor.start(syncer)
    reader = FrameReader(rs, 0.001, 0.04)
    frame, halves = None, 0
    try:
        for number in range(1, 40):
            source.push(number, *software.moment(640, 480, number))
            try:
                frame = reader.read(syncer.wait_for_frames(1000), "software")
            except StaleDataError as error:
                # The first set holds one stream only.
                assert "without" in str(error)
                halves += 1
    finally:
        source.depth_sensor.stop()
        source.color_sensor.stop()
    assert frame is not None
    assert halves <= 2
    assert frame.depth_mm is not None
    # The colour sensor stands beside the depth sensor: what is near moves further in its picture, by f * b / z.
    beside_px_mm = 1e3 * software.FOCAL_SHARE * 640 * software.BESIDE_M
    near_px, far_px = (beside_px_mm / mm for mm in (software.BOX_MM, software.WALL_MM))
    left = 640 * 3 // 8
    row = frame.depth_mm[240]
    assert row[320] == software.BOX_MM
    assert row[600] == software.WALL_MM
    begins = int((row == software.BOX_MM).argmax())
    assert begins == pytest.approx(left + near_px, abs=2.0)
    assert abs(begins - (left + far_px)) > 5.0


def test_the_lens_is_the_cameras_own_or_refused() -> None:
    # A stream lives no longer than its device.
    known = camera(FIRST, coefficients=(0.1, -0.2, 0.001, 0.002, 0.05))
    lens = lens_of(rs, known.color, "camera")
    assert (lens.width_px, lens.height_px, lens.fx) == (640, 480, software.FOCAL_SHARE * 640)
    assert lens.distortion == pytest.approx((0.1, -0.2, 0.001, 0.002, 0.05))
    fisheye = camera(FIRST, model=rs.distortion.kannala_brandt4, coefficients=(0.1, 0.0, 0.0, 0.0, 0.0))
    with pytest.raises(DeviceError, match="calibrate intrinsics"):
        lens_of(rs, fisheye.color, "camera")
