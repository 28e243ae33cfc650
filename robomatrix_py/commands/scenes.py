"""Which scenes and seeds a measurement may use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from robomatrix_py.bench.evaluation import DrawnScene
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.settings.settings import Settings
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.training.appearance import throw_shadows
from robomatrix_py.training.episodes import depth_noise_per_m, draw_scene, dress
from robomatrix_py.training.splits import SEEDS, SceneDraw, Split, scene_draw

# A policy is asked about the first things of a scene: they are what a split is about.
_TARGETS = 2


@dataclass(frozen=True)
class SplitScenes:
    """Draws the scenes of a split (a :class:`~robomatrix_py.bench.evaluation.SceneDrawer`).

    Args:
        split: What is new in them.
    """

    split: Split

    def draw(self, settings: Settings, seed: int, attempt: int) -> DrawnScene:
        """Return the scene of a seed; a further attempt gives another one."""
        draw = scene_draw(self.split)
        rng = np.random.default_rng([seed, attempt, 0xE7A])
        scene = draw_scene(settings.scene, draw, rng)
        world_seed = int(rng.integers(2**31))
        cameras = replace(settings.sim.cameras, depth_noise_per_m=depth_noise_per_m(draw, rng))
        if draw.noise > 0:
            cameras = replace(cameras, noise=draw.noise)
        if draw.delay_s > 0:
            cameras = replace(cameras, delay_s=draw.delay_s)
        drawn = replace(settings, scene=scene, seed=world_seed, sim=replace(settings.sim, cameras=cameras))
        return DrawnScene(drawn, scene.objects[:_TARGETS], partial(_dress, draw=draw, seed=world_seed))


def _dress(world: SimWorld, draw: SceneDraw, seed: int) -> None:
    dress(world, draw, seed)
    if draw.shadows:
        throw_shadows(world.model)


def seeds_purpose(seeds: range, purposes: tuple[str, ...] = tuple(SEEDS)) -> str:
    """Return what seeds are for.

    Args:
        seeds: One or more.
        purposes: What they may be for.

    Raises:
        ConfigError: They are for nothing of that, or for two things.
    """
    for name in purposes:
        if seeds.start in SEEDS[name] and seeds[-1] in SEEDS[name]:
            return name
    ranges = [f"{name} {SEEDS[name].start} to {SEEDS[name].stop - 1}" for name in purposes]
    raise ConfigError(f"seeds {seeds.start} to {seeds[-1]}", where="--seed", permitted=ranges)
