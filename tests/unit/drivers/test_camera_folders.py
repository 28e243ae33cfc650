"""Every folder of a camera: kind, device and calibration load, there is a guide, and wrong assignments are named."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.settings.calibration import (
    MeasuredLens,
    MeasuredMount,
    RobotCalibration,
    load_calibration,
    save_calibration,
)
from robomatrix_py.settings.cameras import CameraSettings, make_cameras
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.settings import resolve
from robomatrix_py.settings.share import share_folder

HARDWARE = share_folder() / "hardware"
CAMERAS = sorted(path.parent.name for path in HARDWARE.glob("*/camera.yaml"))
HEADINGS = ("Wiring", "Permissions", "First power-on", "Check it", "Protective stop")
LENS = Lens(640, 480, 610.0, 611.0, 320.0, 240.0, (0.1, -0.2, 0.0, 0.0, 0.0))


def mount(**change: object) -> dict[str, object]:
    return {"measured": "", "mounted_on": "base", "xyz_m": [0.0] * 3, "rpy_rad": [0.0] * 3} | change


@pytest.mark.parametrize("name", CAMERAS)
def test_its_driver_can_be_made(name: str) -> None:
    robot = load_robot("so101")
    (choice,) = make_cameras(robot, CameraSettings({"front_camera": name}, calibration=""))
    assert choice.kind.name == name
    assert choice.driver.lens is None


@pytest.mark.parametrize("name", CAMERAS)
def test_its_guide_says_what_a_newcomer_needs(name: str) -> None:
    guide = (HARDWARE / name / "README.md").read_text(encoding="utf-8")
    headings = [line.lstrip("# ").strip() for line in guide.splitlines() if line.startswith("#")]
    for heading in HEADINGS:
        assert heading in headings
    assert "robomatrix doctor --robot" in guide
    assert name in guide


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        ("{front_camera:no_such_camera}", "permitted: realsense_d435, robomaster_camera, uvc_camera"),
        ("{left_eye:uvc_camera}", "permitted: front_camera, wrist_camera"),
        ("{front_camera:uvc_camera@video0}", "cameras.devices.front_camera: address is video0"),
    ],
)
def test_a_wrong_assignment_is_named(devices: str, words: str) -> None:
    settings = resolve([f"cameras.devices={devices}"])
    with pytest.raises(ConfigError, match=words.replace("{", ".")):
        make_cameras(settings.load_robot(), settings.cameras)


def test_what_was_measured_is_laid_over_the_real_robot_only(tmp_path: Path) -> None:
    path = tmp_path / "so101.yaml"
    mount = MeasuredMount("today, by hand", "base", (1.0, 0.2, 0.5), (-2.0, 0.1, 1.5))
    saved = RobotCalibration("so101", {"front_camera": MeasuredLens("today", LENS)}, {"front_camera": mount})
    save_calibration(saved, path)
    assert load_calibration(load_robot("so101"), str(path)) == saved
    assert load_calibration(load_robot("so101"), str(tmp_path)) == saved
    where = f"cameras.calibration={path}"
    real = resolve(["robot=so101", "mode=real", where]).load_robot()
    assert real.cameras[0].xyz_m == mount.xyz_m
    assert real.cameras[0].rpy_rad == mount.rpy_rad
    assert real.cameras[1] == load_robot("so101").cameras[1]
    assert resolve(["robot=so101", where]).load_robot().cameras == load_robot("so101").cameras
    (choice,) = make_cameras(real, CameraSettings({"front_camera": "uvc_camera"}, calibration=str(path)))
    assert choice.driver.lens == LENS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"robot": "ur5e"}, "of the robot ur5e"),
        ({"mounts": {"left_eye": mount()}}, "left_eye"),
        ({"mounts": {"front_camera": mount(mounted_on="leg")}}, "leg"),
        ({"mounts": {"front_camera": mount(xyz_m=[0.0, 0.0])}}, "xyz_m"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_wrong_calibration_file_is_refused(tmp_path: Path, change: dict[str, object], words: str) -> None:
    path = tmp_path / "so101.yaml"
    path.write_text(yaml.safe_dump({"robot": "so101"} | change))
    with pytest.raises(ConfigError, match=words):
        load_calibration(load_robot("so101"), str(path))


def test_a_lens_is_scaled_to_the_same_shape_only() -> None:
    assert LENS.at_size(320, 240) == Lens(320, 240, 305.0, 305.5, 160.0, 120.0, LENS.distortion)
    with pytest.raises(ValueError, match="640x480"):
        LENS.at_size(640, 360)


@pytest.mark.parametrize("change", [{"fx": 0.0}, {"fy": float("nan")}, {"cx": -1.0}, {"cy": 500.0}, {"width_px": 0}])
def test_what_is_no_lens_is_refused(change: dict[str, float]) -> None:
    values = {"width_px": 640, "height_px": 480, "fx": 600.0, "fy": 600.0, "cx": 320.0, "cy": 240.0} | change
    with pytest.raises(ValueError, match=next(iter(change))):
        Lens(**values)  # type: ignore[arg-type]
