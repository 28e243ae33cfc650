"""Runs the physics of a recorded run again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.data.run_folder import CONFIG_FILE, SIM_FINAL_FILE
from robomatrix_py.data.run_reader import read_run
from robomatrix_py.data.video import VideoWriter
from robomatrix_py.settings.settings import Settings
from robomatrix_py.settings.yaml_file import load_yaml
from robomatrix_py.sim.camera import SimCamera
from robomatrix_py.sim.inputs import INPUTS_FILE, Inputs
from robomatrix_py.sim.world import SimWorld

_VIDEO_HZ = 30


@dataclass(frozen=True)
class Replay:
    """How a replay compares with its original.

    Args:
        steps: Physics steps.
        simulated_s: Simulated time.
        bit_equal: Whether the final physics state has the recorded hash.
        difference: The largest distance of a body from where it ended in the original, in words; empty if none.
    """

    steps: int
    simulated_s: float
    bit_equal: bool
    difference: str

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-serialisable form."""
        return asdict(self)


def replay_run(folder: Path, video: Path | None) -> Replay:
    """Run a recorded run again.

    Args:
        folder: A run folder of a run in simulation.
        video: Where to draw it again, or None.

    Raises:
        DataError: The folder lacks its inputs, or they are damaged or of another version's scene.
        EnvironmentFault: A video is wanted and no OpenGL can be had.
    """
    inputs = Inputs.load(folder / INPUTS_FILE)
    try:
        settings = load_yaml(Settings, folder / CONFIG_FILE)
    except ConfigError as error:
        raise DataError(f"the configuration of the run cannot be used: {error}", where=str(folder)) from error
    world = SimWorld(settings.load_robot(), settings.model_file, settings.sim_config())
    draw = _Drawing(world, video) if video else None
    state_hash = inputs.replay(world, draw.update if draw else None)
    if draw:
        draw.close()
    final = read_run(folder).sim_final
    equal = state_hash == inputs.state_hash
    difference = "" if equal or final is None else _difference(world, final)
    return Replay(inputs.count, inputs.count * settings.sim.timestep_s, equal, difference)


def _difference(world: SimWorld, final: Any) -> str:
    """Say which body ended farthest from where it ended in the original."""
    now = world.snapshot()["bodies"]
    far = {
        name: float(np.linalg.norm(np.array(body["position_m"]) - np.array(now[name]["position_m"])))
        for name, body in final["bodies"].items()
        if name in now
    }
    name = max(far, key=lambda key: far[key])
    return f"{name} is {1e3 * far[name]:.3f} mm from its place in {SIM_FINAL_FILE}"


class _Drawing:
    """Draws the front camera while a run is replayed."""

    def __init__(self, world: SimWorld, path: Path) -> None:
        self._world = world
        camera = world.filming_cameras[0]
        self._camera = SimCamera(world, camera)
        self._faults: list[DataError] = []
        self._video = VideoWriter(
            path, width_px=camera.width_px, height_px=camera.height_px, rate_hz=_VIDEO_HZ, on_fault=self._faults.append
        )
        self._every = max(1, round(1.0 / _VIDEO_HZ / world.config.timestep_s))

    def update(self, step: int) -> None:
        """Draw if a frame is due."""
        if step % self._every == 0:
            self._camera.take(self._world)
            self._video.add(step * self._world.config.timestep_s, self._camera.color())

    def close(self) -> None:
        """Finish the video.

        Raises:
            DataError: It could not be written to the end.
        """
        self._camera.close()
        self._video.close()
        if self._faults:
            raise self._faults[0]
