"""Measure how often single skills succeed, in lock-step, in random scenes. Prints JSON or a table: no test."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from robomatrix_py.bench.evaluation import DrawnScene, Evaluation, evaluate
from robomatrix_py.commands.common import EXIT_SUCCESS, add_json_option, add_policy_option, policy_overrides
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.policy import SKILLS
from robomatrix_py.data.versions import collect_versions
from robomatrix_py.runtime.environment import apply_graph_defaults, require_mujoco
from robomatrix_py.settings.settings import Settings, require_name, resolve
from robomatrix_py.sim.world import SimWorld
from robomatrix_py.training.appearance import throw_shadows
from robomatrix_py.training.episodes import depth_noise_per_m, draw_scene, dress
from robomatrix_py.training.splits import SEEDS, SceneDraw, Split, scene_draw

# A policy is asked about the first things of a scene: they are what a split is about.
_TARGETS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_policy_option(parser)
    parser.add_argument("--perception", metavar="NAME", default="camera", help="camera or sim_truth (default: camera)")
    parser.add_argument("--skills", metavar="A,B", default=",".join(SKILLS), help="which skills (default: all)")
    parser.add_argument("--episodes", type=int, default=20, metavar="N", help="trials a skill (default: 20)")
    first = SEEDS["evaluation"].start
    parser.add_argument(
        "--seed", type=int, default=first, metavar="S", help=f"first seed (default: {first}; development: below it)"
    )
    splits = [split.value for split in Split]
    parser.add_argument("--split", metavar="NAME", default="seen", help=f"{', '.join(splits)} (default: seen)")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--processes", type=int, default=cores, metavar="N", help=f"side by side (default: {cores})")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    apply_graph_defaults()
    require_mujoco()
    perception = require_name("perception", options.perception)
    settings = resolve([f"perception={perception}", *policy_overrides(options), *options.set])
    try:
        split = Split(options.split)
    except ValueError:
        raise ConfigError(
            f"unknown split '{options.split}'", where="--split", permitted=[split.value for split in Split]
        ) from None
    try:
        job = Evaluation(
            settings=settings,
            scenes=SplitScenes(split),
            skills=tuple(dict.fromkeys(word for word in options.skills.split(",") if word)),
            episodes=options.episodes,
            first_seed=options.seed,
            processes=options.processes,
        )
    except ValueError as error:
        raise ConfigError(str(error), where="eval") from error
    purpose = _purpose(range(options.seed, options.seed + options.episodes))
    figures = evaluate(job, lambda line: print(line, file=sys.stderr, flush=True))
    about = {"split": split.value, "seeds_are_for": purpose, "versions": collect_versions()}
    if options.json:
        print(json.dumps(figures | about))
    else:
        _show(figures | about)
    return EXIT_SUCCESS


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


def _purpose(seeds: range) -> str:
    """Return what seeds are for.

    Raises:
        ConfigError: They are of no range, or of two.
    """
    for name, permitted in SEEDS.items():
        if seeds.start in permitted and seeds[-1] in permitted:
            return name
    ranges = [f"{name} {values.start} to {values.stop - 1}" for name, values in SEEDS.items()]
    raise ConfigError(f"seeds {seeds.start} to {seeds[-1]}", where="--seed", permitted=ranges)


def _show(figures: dict[str, Any]) -> None:
    print(f"policy {figures['policy']}, perception {figures['perception']}, split {figures['split']}")
    for skill, values in figures["skills"].items():
        if not values["n"]:
            print(f"{skill:14} no trial could be prepared")
            continue
        low, high = values["interval"]
        failures = ", ".join(f"{cause} {count}" for cause, count in values["failures"].items())
        print(f"{skill:14} {100 * values['success_rate']:5.1f} % of {values['n']} [{low:.3f}, {high:.3f}]  {failures}")
