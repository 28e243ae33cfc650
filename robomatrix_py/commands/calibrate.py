"""Measure cameras by a ChArUco board: print it, collect pictures, measure lenses and where cameras are on the robot."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robomatrix_py.commands.common import EXIT_SUCCESS, add_json_option, load_settings, seconds
from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.robot import CAMERA_MOUNTS
from robomatrix_py.drivers.packages import require_package
from robomatrix_py.settings.settings import Settings

if TYPE_CHECKING:
    from robomatrix_py.calibration.board import BoardConfig
    from robomatrix_py.calibration.quality import Demands
    from robomatrix_py.runtime.calibration import Measured

_COUNT = 20
_TIMEOUT_S = 900.0
_SIZES = ("columns", "rows", "square_mm", "marker_mm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    board = actions.add_parser("board", help="write a board to print, in true size")
    board.add_argument("--out", type=Path, default=Path("board.pdf"), metavar="FILE", help="PDF or PNG (board.pdf)")
    collect = actions.add_parser(
        "collect", help="take a picture each time the robot has come to rest in another pose, from the running graph"
    )
    collect.add_argument("--out", type=Path, required=True, metavar="DIR", help="where pictures and joint positions go")
    collect.add_argument("--count", type=int, default=_COUNT, metavar="N", help=f"how many (default: {_COUNT})")
    collect.add_argument(
        "--timeout", type=seconds, default=_TIMEOUT_S, metavar="S", help=f"give up after (default: {_TIMEOUT_S:g})"
    )
    collect.add_argument("--no-arm", action="store_true", help="for a lens alone: the board is moved, not the arm")
    intrinsics = actions.add_parser("intrinsics", help="measure a lens from pictures of a folder")
    hand_eye = actions.add_parser("hand-eye", help="measure where a camera is from a folder that `collect` made")
    hand_eye.add_argument("--mounted-on", choices=CAMERA_MOUNTS, default="", help="default: as robot.yaml says")
    for measuring in (intrinsics, hand_eye):
        measuring.add_argument("--samples", type=Path, required=True, metavar="DIR", help="folder of pictures")
        measuring.add_argument("--samples-min", type=int, metavar="N", help="permit as few pictures (default: 10)")
        measuring.add_argument(
            "--reprojection-max", type=float, metavar="PX", help="permit as much, at a width of 640 (default: 3)"
        )
        measuring.add_argument("--dry-run", action="store_true", help="measure and write nothing")
    for action in (board, collect, intrinsics, hand_eye):
        _add_sizes(action)
        add_json_option(action)
    for action in (collect, intrinsics, hand_eye):
        action.add_argument("--camera", required=True, metavar="NAME", help="which of the robot's cameras")
        action.add_argument("--robot", metavar="NAME", help="a folder of hardware/ (default: ur5e)")
        action.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help="such as cameras.calibration=DIR/"
        )
        action.set_defaults(scene=None, perception=None, seed=None)


def _add_sizes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--columns", type=int, metavar="N", help="squares side by side (default: 9)")
    parser.add_argument("--rows", type=int, metavar="N", help="squares one below the other (default: 6)")
    parser.add_argument("--square-mm", type=float, metavar="MM", help="edge of a square as measured (default: 30)")
    parser.add_argument("--marker-mm", type=float, metavar="MM", help="edge of a marker (default: in proportion, 22)")


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    require_package("cv2", "calibration")
    match options.action:
        case "board":
            answer = _board(options)
        case "collect":
            answer = _collect(options, load_settings(options))
        case _:
            answer = _measure(options, load_settings(options))
    lines = answer.pop("lines")
    print(json.dumps(answer) if options.json else "\n".join(lines))
    return EXIT_SUCCESS


def _board(options: argparse.Namespace) -> dict[str, Any]:
    from robomatrix_py.calibration.board import Board

    config = _board_config(options, None)
    Board(config).save(options.out)
    width_mm, height_mm = (1e3 * size for size in config.size_m)
    lines = [
        f"board    {options.out}, {width_mm:g} x {height_mm:g} mm",
        "print it at 100 %, glue it on something flat, measure it, and give the true edge of a square as --square-mm",
    ]
    return {"board": str(options.out), "size_mm": [width_mm, height_mm], "lines": lines}


def _collect(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    from robomatrix_py.nodes.sample_collector import collect
    from robomatrix_py.runtime.calibration import require_camera

    robot = settings.load_robot()
    require_camera(robot, options.camera)
    if not 1 <= options.count <= 200:
        raise ConfigError(f"{options.count} pictures", where="--count", permitted="1 to 200")
    say = (lambda _line: None) if options.json else (lambda line: print(line, flush=True))
    arm = None if options.no_arm else robot
    count = collect(
        robot.name, arm, options.camera, _board_config(options, None), options.out, options.count, options.timeout, say
    )
    return {"samples": count, "folder": str(options.out), "lines": [f"{count} pictures in {options.out}"]}


def _measure(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    from robomatrix_py.runtime.calibration import measure_lens, measure_mount, read_list, save

    place = settings.cameras.calibration
    board = _board_config(options, options.samples)
    listed = read_list(options.samples)
    if listed is not None and options.robot is None:
        options.robot = listed.robot
        settings = load_settings(options)
    # As robot.yaml has it: what was measured before is what is to be measured anew.
    robot = replace(settings, mode="sim").load_robot()
    measured: Measured
    if options.action == "intrinsics":
        measured = measure_lens(robot, options.camera, options.samples, board, place, _demands(options))
    else:
        measured = measure_mount(
            robot, options.camera, options.samples, board, place, _demands(options), options.mounted_on
        )
    path = None if options.dry_run else save(measured, place)
    lines = [measured.summary, measured.changed, f"saved    {path}" if path else "nothing was written"]
    return {**measured.values, "file": str(path) if path else None, "lines": lines}


def _board_config(options: argparse.Namespace, folder: Path | None) -> BoardConfig:
    """Return the board that is meant: what is not named is as the folder says, or the ordinary one."""
    from robomatrix_py.calibration.board import BoardConfig
    from robomatrix_py.runtime.calibration import read_list

    listed = read_list(folder) if folder is not None else None
    config = listed.board if listed else BoardConfig()
    named = {key: getattr(options, key) for key in _SIZES if getattr(options, key) is not None}
    square_m = 1e-3 * named.get("square_mm", 1e3 * config.square_m)
    # A printer scales both alike.
    marker_m = 1e-3 * named.get("marker_mm", 1e3 * config.marker_m * square_m / config.square_m)
    try:
        return BoardConfig(named.get("columns", config.columns), named.get("rows", config.rows), square_m, marker_m)
    except ValueError as error:
        raise ConfigError(str(error), where="the board's sizes") from error


def _demands(options: argparse.Namespace) -> Demands:
    from robomatrix_py.calibration.quality import Demands

    named = {"samples_min": options.samples_min, "reprojection_max_px": options.reprojection_max}
    try:
        return replace(Demands(), **{key: value for key, value in named.items() if value is not None})
    except ValueError as error:
        raise ConfigError(str(error), where="the demands") from error
