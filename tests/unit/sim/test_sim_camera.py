"""The cameras: size, depth and where things appear, against geometry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sim_worlds import make_world, place, ur5e

from robomatrix_py.contracts.errors import EnvironmentFault
from robomatrix_py.sim.camera import SimCamera, add_depth_noise, add_image_noise, camera_positions
from robomatrix_py.sim.world import SimWorld

pytestmark = pytest.mark.gl

ALONE = {"objects": ("red_cube",), "extra_min": 0, "extra_max": 0}


@pytest.fixture
def alone() -> SimWorld:
    """Return a world with one red cube in plain view of both cameras."""
    world = make_world(scene_changes=ALONE)
    place(world, "red_cube", 0.48, 0.06, 0.03)
    return world


@pytest.fixture(params=["front_camera", "wrist_camera"])
def camera(request: pytest.FixtureRequest, alone: SimWorld) -> Iterator[SimCamera]:
    """Return each camera, looking at the world."""
    description = next(c for c in ur5e().cameras if c.name == request.param)
    camera = SimCamera(alone, description)
    camera.take(alone)
    yield camera
    camera.close()


def project(world: SimWorld, camera: SimCamera, points_m: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels, shape (n, 2) as column and row, and depths of points in the base frame."""
    index = world.model.camera(camera.camera.name).id
    rays = np.atleast_2d(points_m) - world.data.cam_xpos[index]
    local = rays @ world.data.cam_xmat[index].reshape(3, 3)
    depth = -local[:, 2]
    k = camera.intrinsics()
    return np.stack([k["cx"] + k["fx"] * local[:, 0] / depth, k["cy"] - k["fy"] * local[:, 1] / depth], axis=1), depth


def test_pictures_have_the_size_and_type_that_is_promised(camera: SimCamera) -> None:
    size = (camera.camera.height_px, camera.camera.width_px)
    color, depth = camera.color(), camera.depth_m()
    assert (color.shape, color.dtype) == ((*size, 3), np.uint8)
    assert (depth.shape, depth.dtype) == (size, np.float32)
    assert color.std() > 10, "not an empty picture"
    assert np.isfinite(depth).all()


def reddest(image: np.ndarray) -> np.ndarray:
    red, green, blue = (image[..., i].astype(int) for i in range(3))
    return (red > 100) & (green < 0.45 * red) & (blue < 0.45 * red)


def test_the_red_cube_is_where_projection_says(camera: SimCamera, alone: SimWorld) -> None:
    half = alone.layout.objects[0].shape.size_m[0] / 2
    corners = alone.pose("red_cube").transform(
        half * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    )
    pixels, _ = project(alone, camera, corners)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    rows, columns = np.nonzero(reddest(camera.color()))
    inside = (columns >= low[0] - 2) & (columns <= high[0] + 2) & (rows >= low[1] - 2) & (rows <= high[1] + 2)
    # The lamp of the button is red as well, elsewhere.
    assert inside.sum() > 50
    found_low = np.array([columns[inside].min(), rows[inside].min()])
    found_high = np.array([columns[inside].max(), rows[inside].max()])
    np.testing.assert_allclose(found_low, low, atol=3.0)
    np.testing.assert_allclose(found_high, high, atol=3.0)


def test_depth_is_the_distance_along_the_optical_axis(camera: SimCamera, alone: SimWorld) -> None:
    top = alone.pose("red_cube").transform([0, 0, alone.layout.objects[0].shape.size_m[2] / 2])
    table = np.array([[0.42, 0.10, 0.0], [0.52, 0.15, 0.0], [0.56, 0.06, 0.0]])
    pixels, expected = project(alone, camera, np.vstack([top, table]))
    depth = camera.depth_m()
    for (column, row), distance_m in zip(pixels.round().astype(int), expected, strict=True):
        assert depth[row, column] == pytest.approx(distance_m, abs=0.004)


def test_color_and_depth_alternate_without_disturbing_each_other(camera: SimCamera) -> None:
    color, depth = camera.color().copy(), camera.depth_m().copy()
    np.testing.assert_array_equal(camera.color(), color)
    np.testing.assert_array_equal(camera.depth_m(), depth)


def test_a_picture_shows_the_moment_that_was_taken(alone: SimWorld) -> None:
    camera = SimCamera(alone, ur5e().cameras[0])
    camera.take(alone)
    before = camera.color().copy()
    place(alone, "red_cube", 0.35, 0.05, 0.03)
    np.testing.assert_array_equal(camera.color(), before)
    camera.take(alone)
    assert (camera.color() != before).any()
    camera.close()


def test_drawing_disturbs_nothing(alone: SimWorld) -> None:
    before = alone.state_hash()
    camera = SimCamera(alone, ur5e().cameras[1])
    camera.take(alone)
    camera.color()
    camera.depth_m()
    camera.close()
    assert alone.state_hash() == before


def test_a_lit_lamp_shows(alone: SimWorld) -> None:
    camera = SimCamera(alone, ur5e().cameras[0])
    (pixel,), _ = project(alone, camera, alone.pose("button").transform([0, 0, 0.022]))
    colors = []
    for _ in range(2):
        camera.take(alone)
        colors.append(camera.color()[round(pixel[1]), round(pixel[0])].astype(int))
        alone.data.qpos[alone.model.joint("button_joint").qposadr[0]] = 0.006
        alone._update_button(alone._buttons[0])
        alone.data.qpos[alone.model.joint("button_joint").qposadr[0]] = 0.0
    camera.close()
    assert colors[0][0] > colors[0][1] + 40, "red while off"
    assert colors[1][1] > colors[1][0] + 40, "green while lit"


def test_without_graphics_there_is_one_clear_error(alone: SimWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    import mujoco

    def refuse(*_: Any) -> None:
        raise mujoco.FatalError("gladLoadGL error")

    monkeypatch.setattr(mujoco, "Renderer", refuse)
    with pytest.raises(EnvironmentFault) as caught:
        SimCamera(alone, ur5e().cameras[0])
    assert caught.value.code == "ENVIRONMENT.GL"
    assert "gladLoadGL" in caught.value.what
    assert "apt-get install" in caught.value.remedy
    assert "--no-video" in caught.value.remedy


def test_image_noise_has_its_standard_deviation_and_stays_within_the_range() -> None:
    image = np.full((200, 200, 3), 128, np.uint8)
    noisy = add_image_noise(image, 8.0, np.random.default_rng(0))
    assert noisy.dtype == np.uint8
    assert (noisy.astype(float) - 128).std() == pytest.approx(8.0, rel=0.05)
    extremes = add_image_noise(np.array([[[0, 255, 0]]], np.uint8), 90.0, np.random.default_rng(1))
    assert extremes.min() >= 0
    np.testing.assert_array_equal(image, 128)


def test_camera_positions_are_those_of_the_model(alone: SimWorld) -> None:
    positions = camera_positions(alone)
    assert set(positions) == {"front_camera", "wrist_camera"}
    np.testing.assert_allclose(positions["front_camera"], [1.30, 0.06, 0.80])


def test_noise_of_depth_grows_with_the_square_of_the_distance() -> None:
    rng = np.random.default_rng(0)
    near, far = (np.full((200, 200), distance_m, np.float32) for distance_m in (0.5, 1.0))
    spread = [float(add_depth_noise(depth_m, 0.004, rng).std()) for depth_m in (near, far)]
    assert spread == pytest.approx([0.001, 0.004], rel=0.05)
    assert add_depth_noise(far, 0.004, rng).dtype == np.float32


def test_color_and_depth_of_one_drawing_are_those_of_two(camera: SimCamera) -> None:
    color, depth_m = camera.color().copy(), camera.depth_m().copy()
    both_color, both_depth_m = camera.color_and_depth_m()
    np.testing.assert_array_equal(both_color, color)
    assert both_color.flags.c_contiguous
    assert both_depth_m.flags.c_contiguous
    sky = depth_m > 50.0
    np.testing.assert_allclose(both_depth_m[~sky], depth_m[~sky], rtol=1e-4)
    assert (both_depth_m[sky] == 0.0).all()
