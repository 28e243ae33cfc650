"""A lens, from drawn pictures: of an ideal pinhole, and bent as a real lens bends them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered_board import SIZE_PX, RenderedBoard, ideal_lens, pose

from robomatrix_py.calibration.board import BoardConfig
from robomatrix_py.calibration.intrinsics import calibrate_lens
from robomatrix_py.calibration.quality import Demands
from robomatrix_py.calibration.samples import Sample, save_picture
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Pose
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.settings.cameras import CameraSettings, make_cameras
from robomatrix_py.settings.robots import load_robot

sys.path.insert(0, str(Path(__file__).parents[1] / "commands"))
from command_line import robomatrix

pytestmark = pytest.mark.gl

BENT = replace(ideal_lens(), distortion=(-0.28, 0.09, 0.001, -0.0005, 0.0))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderedBoard]:
    folder = tmp_path_factory.mktemp("lens")
    rendered = RenderedBoard(load_robot("ur5e"), folder, BoardConfig(), Pose.at(0, 0, 0), "base", Pose.at(0, 0, 0))
    yield rendered
    rendered.close()


def held(count: int, seed: int = 3, tilt_rad: float = 0.6) -> Iterator[Pose]:
    """Yield where somebody holds a board before a camera."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        tilts = rng.uniform(-tilt_rad, tilt_rad, 3)
        middle = np.array([*rng.uniform((-0.13, -0.09), (0.13, 0.09)), rng.uniform(0.36, 0.55)])
        yield Pose(middle, np.array([0.0, 0.0, 0.0, 1.0])) @ pose((0, 0, 0), tuple(tilts)) @ Pose.at(-0.135, -0.09, 0.0)


def bend(picture: np.ndarray, lens: Lens) -> np.ndarray:
    """Return an ideal picture as a lens with distortion would take it."""
    grid = np.stack(np.meshgrid(np.arange(SIZE_PX[0]), np.arange(SIZE_PX[1])), -1).astype(np.float64).reshape(-1, 1, 2)
    straight = cv2.undistortPoints(grid, lens.matrix, np.array(lens.distortion), P=ideal_lens().matrix)
    where = straight.reshape(SIZE_PX[1], SIZE_PX[0], 2).astype(np.float32)
    return cv2.remap(picture, where[..., 0], where[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def samples_of(drawn: RenderedBoard, count: int, lens: Lens | None = None, **values: float) -> list[Sample]:
    samples = []
    for number, where in enumerate(held(count, **values)):  # type: ignore[arg-type]
        picture = drawn.picture(where)
        sighting = drawn.board.find(picture if lens is None else bend(picture, lens))
        if sighting is not None:
            samples.append(Sample(f"{number:03}.png", SIZE_PX, sighting))
    return samples


@pytest.mark.parametrize("lens", [ideal_lens(), BENT], ids=["pinhole", "bent"])
def test_the_lens_is_found(drawn: RenderedBoard, lens: Lens) -> None:
    result = calibrate_lens(samples_of(drawn, 18, lens if any(lens.distortion) else None), [], Demands())
    print(result, result.lens)
    assert result.lens.fx == pytest.approx(lens.fx, rel=0.005)
    assert result.lens.fy == pytest.approx(lens.fy, rel=0.005)
    assert (result.lens.cx, result.lens.cy) == pytest.approx((lens.cx, lens.cy), abs=2.5)
    assert result.lens.distortion[:2] == pytest.approx(lens.distortion[:2], abs=0.04)
    assert result.reprojection_px < 0.3


def test_pictures_that_say_too_little_are_refused(drawn: RenderedBoard) -> None:
    with pytest.raises(DataError, match="10 or more"):
        calibrate_lens(samples_of(drawn, 6), ["blurred.png"], Demands())
    flat = samples_of(drawn, 14, tilt_rad=0.03)
    with pytest.raises(DataError, match="inclination varies by") as error:
        calibrate_lens(flat, [], Demands())
    assert "turned" in error.value.remedy
    middle = [
        replace(sample, sighting=replace(sample.sighting, pixels=0.2 * sample.sighting.pixels + 200.0))
        for sample in samples_of(drawn, 12)
    ]
    with pytest.raises(DataError, match="% of the picture") as error:
        calibrate_lens(middle, [], Demands())
    assert "edges" in error.value.remedy


def test_a_picture_that_does_not_fit_is_named(drawn: RenderedBoard) -> None:
    samples = samples_of(drawn, 14)
    sighting = samples[4].sighting
    noise = np.random.default_rng(1).normal(0.0, 25.0, sighting.pixels.shape)
    samples[4] = replace(samples[4], sighting=replace(sighting, pixels=sighting.pixels + noise))
    with pytest.raises(DataError, match=f"the worst: {samples[4].name}"):
        calibrate_lens(samples, [], Demands())


def test_the_command_measures_a_lens_that_the_cameras_driver_then_has(drawn: RenderedBoard, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    for number, where in enumerate(held(16)):
        save_picture(pictures, f"{number:03}.png", bend(drawn.picture(where), BENT))
    words = ("--samples", str(pictures), "--set", f"cameras.calibration={tmp_path}/")
    answer = robomatrix("calibrate", "intrinsics", "--camera", "front_camera", *words)
    assert answer.code == 0, answer.err
    (choice,) = make_cameras(
        load_robot("ur5e"), CameraSettings({"front_camera": "uvc_camera"}, calibration=f"{tmp_path}/")
    )
    assert choice.driver.lens is not None
    assert choice.driver.lens.fx == pytest.approx(BENT.fx, rel=0.005)
    assert choice.driver.lens.distortion[0] == pytest.approx(BENT.distortion[0], abs=0.04)
    assert "no camera 'nose'" in robomatrix("calibrate", "intrinsics", "--camera", "nose", *words).error_line
