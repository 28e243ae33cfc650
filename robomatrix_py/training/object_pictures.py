"""Pictures of one simulated thing from all around, as a person would take them to have it added by `add-object`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt
from PIL import Image

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.config import SceneConfig, SimConfig
from robomatrix_py.sim.layout import draw_layout
from robomatrix_py.sim.model import build_model
from robomatrix_py.training.appearance import randomise_looks

PICTURE_PX = 160
"""Edge of a picture."""

# How large the thing is in the picture: 1 when the sphere around its box touches the edges.
_FILLS = (0.65, 0.95)
_ELEVATION_DEG = (20.0, 80.0)
_OFF_CENTRE = 0.1


def save_object_pictures(settings: Settings, count: int, seed: int, name: str, folder: Path) -> list[Path]:
    """Write pictures of a thing as PNG files and return their paths.

    Args:
        settings: Robot and scene.
        count: How many.
        seed: Everything random follows from it.
        name: The thing, ``<color>_<shape>``.
        folder: Takes the files.

    Raises:
        ConfigError: The simulator knows no such thing.
        DataError: A file cannot be written.
    """
    robot = settings.load_robot()
    paths = []
    try:
        for index, picture in enumerate(object_pictures(robot, settings.model_file, settings.scene, name, count, seed)):
            folder.mkdir(parents=True, exist_ok=True)
            paths.append(folder / f"{name}_{index:03}.png")
            Image.fromarray(picture).save(paths[-1])
    except OSError as error:
        raise DataError(f"cannot be written: {error}", where=str(folder)) from error
    return paths


def object_pictures(
    robot: RobotDescription, model_file: Path, scene: SceneConfig, name: str, count: int, seed: int
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield pictures, RGB of shape (PICTURE_PX, PICTURE_PX, 3), of a thing on the table, the same for the same seed.

    Looks of table, light and thing vary, as does its size; the camera is held by hand anywhere above.

    Args:
        robot: The robot; it stands in its zero pose.
        model_file: Its MuJoCo model.
        scene: The scene whose furniture stands around.
        name: The thing, ``<color>_<shape>``.
        count: How many.
        seed: Everything random follows from it.

    Raises:
        ConfigError: The simulator knows no such thing.
    """
    rng = np.random.default_rng([seed, 0x0B7])
    alone = replace(scene, objects=(name,), extra_min=0, extra_max=0, scale_min=0.9, scale_max=1.1)
    for _ in range(count):
        config = SimConfig(alone, seed=int(rng.integers(2**31)))
        layout = draw_layout(alone, config.seed)
        model, _ = build_model(robot, model_file, config, layout)
        (item,) = layout.objects
        randomise_looks(model, {model.body(name).id}, rng)
        data = mujoco.MjData(model)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        radius_m = float(np.linalg.norm(item.shape.size_m)) / 2
        camera = mujoco.MjvCamera()
        camera.type = mujoco.mjtCamera.mjCAMERA_FREE
        camera.azimuth = rng.uniform(0.0, 360.0)
        camera.elevation = -rng.uniform(*_ELEVATION_DEG)
        camera.distance = radius_m / rng.uniform(*_FILLS) / math.sin(math.radians(float(model.vis.global_.fovy)) / 2)
        camera.lookat = data.body(name).xpos + rng.uniform(-1, 1, 3) * _OFF_CENTRE * radius_m
        renderer = mujoco.Renderer(model, PICTURE_PX, PICTURE_PX)
        try:
            renderer.update_scene(data, camera=camera)
            yield renderer.render().copy()
        finally:
            renderer.close()
