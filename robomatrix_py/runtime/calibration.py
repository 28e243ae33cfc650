"""From a folder of pictures to a robot's calibration file."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from robomatrix_py.calibration.board import Board, BoardConfig
from robomatrix_py.calibration.hand_eye import calibrate_hand_eye
from robomatrix_py.calibration.intrinsics import calibrate_lens
from robomatrix_py.calibration.quality import Demands
from robomatrix_py.calibration.samples import LIST_FILE, Sample, SampleList, find_samples, pictures_of
from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.geometry import Pose, rpy_from_rotation
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.contracts.robot import CameraDescription, RobotDescription
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.settings.calibration import (
    MeasuredLens,
    MeasuredMount,
    RobotCalibration,
    calibration_file,
    load_calibration,
    save_calibration,
)
from robomatrix_py.settings.structure import structure
from robomatrix_py.settings.yaml_file import read_yaml


@dataclass(frozen=True)
class Measured:
    """What came of a calibration.

    Args:
        summary: How good it is, in one line.
        changed: What it changes, for a person.
        calibration: The robot's calibration with it.
        values: The numbers, for programs.
    """

    summary: str
    changed: str
    calibration: RobotCalibration
    values: Mapping[str, object]


def read_list(folder: Path) -> SampleList | None:
    """Return what a folder of samples says of itself, or None where it says nothing.

    Raises:
        ConfigError: Its list cannot be read or does not fit.
    """
    path = folder / LIST_FILE
    # JSON is YAML.
    return structure(SampleList, read_yaml(path), str(path)) if path.is_file() else None


def require_camera(robot: RobotDescription, name: str) -> CameraDescription:
    """Return a camera of a robot.

    Raises:
        ConfigError: It has none of that name.
    """
    known = {camera.name: camera for camera in robot.cameras}
    if name not in known:
        raise ConfigError(f"{robot.name} has no camera '{name}'", where="--camera", permitted=known)
    return known[name]


def measure_lens(
    robot: RobotDescription, camera: str, folder: Path, board: BoardConfig, place: str, demands: Demands
) -> Measured:
    """Return a camera's lens from the pictures of a folder.

    Args:
        robot: Whose camera it is.
        camera: Which.
        folder: Pictures.
        board: What board they show.
        place: Where the robot's calibration is kept, see `calibration_file`.
        demands: What is demanded.

    Raises:
        ConfigError: A name or a file is wrong.
        DataError: The pictures are not good enough; the message says why.
    """
    described = require_camera(robot, camera)
    listed = read_list(folder)
    samples, without = find_samples(folder, listed.samples if listed else pictures_of(folder), Board(board))
    result = calibrate_lens(samples, without, demands)
    _require_shape(result.lens, described)
    known = load_calibration(robot, place)
    measured = MeasuredLens(_measured("intrinsics", str(result)), result.lens)
    lens = result.lens
    changed = f"{camera}: fx {lens.fx:.1f}, fy {lens.fy:.1f}, cx {lens.cx:.1f}, cy {lens.cy:.1f} px"
    values = {"reprojection_px": result.reprojection_px, "coverage": result.coverage, "samples": result.samples}
    return Measured(
        str(result), changed, replace(known, lenses={**known.lenses, camera: measured}), {"camera": camera, **values}
    )


def measure_mount(
    robot: RobotDescription,
    camera: str,
    folder: Path,
    board: BoardConfig,
    place: str,
    demands: Demands,
    mounted_on: str = "",
) -> Measured:
    """Return where a camera is from a folder that `robomatrix calibrate collect` made.

    Args:
        robot: Whose camera it is.
        camera: Which.
        folder: Pictures and joint positions.
        board: What board they show.
        place: Where the robot's calibration is kept, see `calibration_file`.
        demands: What is demanded.
        mounted_on: ``tool`` or ``base``; empty: as robot.yaml says.

    Raises:
        ConfigError: A name or a file is wrong.
        DataError: The samples are not good enough, or have no joint positions or no lens; the message says why.
    """
    described = require_camera(robot, camera)
    listed = read_list(folder)
    if listed is None:
        raise DataError(
            f"there is no {LIST_FILE} in it, which says where the arm was",
            where=str(folder),
            remedy="take the pictures with: robomatrix calibrate collect",
        )
    if (listed.robot, listed.camera) != (robot.name, camera):
        raise DataError(f"its pictures are of {listed.camera} of {listed.robot}", where=str(folder), permitted=camera)
    samples, without = find_samples(folder, listed.samples, Board(board))
    chain = SerialChain(robot)
    poses = [_tool_pose(chain, robot, sample) for sample in samples]
    known = load_calibration(robot, place)
    lens = _lens(listed, known.lenses.get(camera), samples)
    mounted_on = mounted_on or described.mounted_on
    result = calibrate_hand_eye(samples, without, poses, lens, mounted_on, demands)
    found = result.pose_camera_in_mount
    mount = MeasuredMount(
        _measured("hand-eye", str(result)),
        mounted_on,
        _triple(found.position_m, 6),
        _triple(rpy_from_rotation(found.rotation), 8),
    )
    values = {
        "camera": camera,
        "reprojection_px": result.reprojection_px,
        "deviation_mm": result.deviation_mm,
        "deviation_deg": result.deviation_deg,
        "samples": result.samples,
        **{key: getattr(mount, key) for key in ("mounted_on", "xyz_m", "rpy_rad")},
    }
    changed = f"{camera} on the {mounted_on}: {_difference(described, mounted_on, found)}"
    return Measured(str(result), changed, replace(known, mounts={**known.mounts, camera: mount}), values)


def save(measured: Measured, place: str) -> Path:
    """Write a robot's calibration and return where.

    Raises:
        ConfigError: The place is switched off.
        DataError: It cannot be written.
    """
    path = calibration_file(measured.calibration.robot, place)
    if path is None:
        where, permitted = "cameras.calibration", "user, or a path with a '/'"
        raise ConfigError("there is no place for it", where=where, permitted=permitted)
    save_calibration(measured.calibration, path)
    return path


def _measured(how: str, summary: str) -> str:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return f"{today}, robomatrix calibrate {how}: {summary}"


def _require_shape(lens: Lens, camera: CameraDescription) -> None:
    try:
        lens.at_size(camera.width_px, camera.height_px)
    except ValueError as error:
        raise DataError(
            f"the pictures are {lens.width_px}x{lens.height_px}, where robot.yaml has {camera.name} at "
            f"{camera.width_px}x{camera.height_px}",
            remedy="take pictures of that size or of that shape",
            code="WRONG_SIZE",
        ) from error


def _lens(listed: SampleList, measured: MeasuredLens | None, samples: list[Sample]) -> Lens:
    lens = measured.lens if measured else listed.lens
    if lens is None:
        raise DataError(
            f"nobody knows the lens of {listed.camera}",
            remedy="measure it first: robomatrix calibrate intrinsics",
            code="NO_LENS",
        )
    try:
        return lens.at_size(*samples[0].size_px) if samples else lens
    except ValueError as error:
        raise DataError(str(error), remedy="take pictures of one shape throughout", code="WRONG_SIZE") from error


def _tool_pose(chain: SerialChain, robot: RobotDescription, sample: Sample) -> Pose:
    joints = sample.joints_rad
    if missing := [name for name in robot.joint_names if not np.isfinite(joints.get(name, np.nan))]:
        raise DataError(f"it has no position of {', '.join(missing)}", where=f"{LIST_FILE}: {sample.name}")
    return chain.tool_pose(np.array([joints[name] for name in robot.joint_names]))


def _triple(values: np.ndarray[tuple[int], np.dtype[np.float64]], digits: int) -> tuple[float, float, float]:
    x, y, z = (round(float(value), digits) for value in values)
    return x, y, z


def _difference(camera: CameraDescription, mounted_on: str, found: Pose) -> str:
    if camera.mounted_on != mounted_on:
        return f"robot.yaml has it on the {camera.mounted_on}"
    # On its mount, whichever that is.
    before = replace(camera, mounted_on="base").pose_in_base(found)
    shift_mm = 1e3 * float(np.linalg.norm(found.position_m - before.position_m))
    turn = before.rotation.T @ found.rotation
    turn_deg = float(np.rad2deg(np.arccos(np.clip((np.trace(turn) - 1.0) / 2.0, -1.0, 1.0))))
    return f"{shift_mm:.1f} mm and {turn_deg:.1f} degrees from where robot.yaml has it"
