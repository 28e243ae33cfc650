"""Run the physics of a recorded run again from its initial state and inputs, and compare the end bit for bit."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from robomatrix_py.commands.common import EXIT_FAILURE, EXIT_SUCCESS, add_json_option
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.runtime.environment import require_mujoco


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("run_folder", type=Path, help="folder of a run in simulation")
    parser.add_argument("--video", type=Path, metavar="FILE", help="draw the run again into this .mp4 file")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    require_mujoco()
    from robomatrix_py.runtime.replay import replay_run

    folder: Path = options.run_folder
    if not folder.is_dir():
        raise DataError("no such folder", where=str(folder), remedy="name the folder of a run, such as runs/...")
    replay = replay_run(folder, options.video)
    if options.json:
        print(json.dumps({"run_folder": str(folder)} | replay.to_json()))
    else:
        print(f"{replay.steps} physics steps, {replay.simulated_s:.1f} s of simulated time, run again")
        print("the final state is bit-equal" if replay.bit_equal else f"the final state DIFFERS: {replay.difference}")
    return EXIT_SUCCESS if replay.bit_equal else EXIT_FAILURE
