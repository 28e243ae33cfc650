"""Show what the cameras see of a scene and what the encoder attends to when it reads a text."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from robomatrix_py.commands.common import EXIT_SUCCESS, add_json_option, add_world_options, load_settings
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.runtime.environment import require_mujoco


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--attention", metavar="TEXT", required=True, help='what to look for, such as "the red cube"')
    add_world_options(parser)
    parser.add_argument("--out", metavar="FILE", type=Path, default=Path("view.png"), help="PNG (default: view.png)")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    require_mujoco()
    from PIL import Image

    from robomatrix_py.perception.heat_map import attention, overlay
    from robomatrix_py.runtime.perception import make_perception
    from robomatrix_py.sim.camera import SimCamera
    from robomatrix_py.sim.world import SimWorld

    options.perception = options.perception or "camera"
    settings = load_settings(options)
    _, encoder, _ = make_perception(settings)
    world = SimWorld(settings.load_robot(), settings.model_file, settings.sim_config())
    rows, best = [], {}
    for described in world.robot.cameras:
        width, height = encoder.views_px[described.name]
        camera = SimCamera(world, replace(described, width_px=width, height_px=height))
        camera.take(world)
        color = camera.color().copy()
        camera.close()
        heat = attention(encoder, described.name, color, options.attention)
        best[described.name] = round(float(heat.max()), 3)
        pair = np.concatenate([color, overlay(color, heat)], axis=1)
        rows.append(Image.fromarray(pair))
    wide = max(row.width for row in rows)
    rows = [row.resize((wide, row.height * wide // row.width), Image.Resampling.NEAREST) for row in rows]
    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.concatenate([np.asarray(row) for row in rows])).save(options.out)
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be written: {error}", where=str(options.out)) from error
    if options.json:
        print(json.dumps({"text": options.attention, "best_match": best, "picture": str(options.out)}))
    else:
        matches = ", ".join(f"{camera} {value:.2f}" for camera, value in best.items())
        print(f"best match of '{options.attention}': {matches}\npicture  {options.out}")
    return EXIT_SUCCESS
