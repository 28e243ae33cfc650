"""What `robomatrix calibrate` measured of one robot: one file, written by it and laid over the robot's folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from robomatrix_py.contracts.errors import ConfigError, DataError
from robomatrix_py.contracts.lens import Lens
from robomatrix_py.contracts.robot import CAMERA_MOUNTS, CameraDescription, RobotDescription
from robomatrix_py.settings.share import calibration_folder
from robomatrix_py.settings.structure import destructure
from robomatrix_py.settings.yaml_file import load_yaml

_HEAD = "# Written by `robomatrix calibrate`. It is laid over hardware/{robot}/robot.yaml in the mode real.\n"


@dataclass(frozen=True)
class MeasuredLens:
    """A camera's lens, measured.

    Args:
        measured: When, how, and how good, for people.
        lens: The lens.
    """

    measured: str
    lens: Lens


@dataclass(frozen=True)
class MeasuredMount:
    """Where a camera's optical frame is, measured.

    Args:
        measured: When, how, and how good, for people.
        mounted_on: What it is fixed to: ``base`` or ``tool``.
        xyz_m: Its optical frame (x right, y down, z ahead) in the frame of that: position, shape (3,).
        rpy_rad: The same: fixed-axis roll, pitch, yaw, shape (3,).
    """

    measured: str
    mounted_on: str
    xyz_m: tuple[float, float, float]
    rpy_rad: tuple[float, float, float]

    def __post_init__(self) -> None:
        """Refuse what nothing can be fixed to."""
        if self.mounted_on not in CAMERA_MOUNTS:
            raise ValueError(f"mounted_on is {self.mounted_on}; permitted: {', '.join(CAMERA_MOUNTS)}")


@dataclass(frozen=True)
class RobotCalibration:
    """What was measured of one robot.

    Args:
        robot: Which robot it is of.
        lenses: By camera.
        mounts: By camera.
    """

    robot: str
    lenses: dict[str, MeasuredLens] = field(default_factory=dict)
    mounts: dict[str, MeasuredMount] = field(default_factory=dict)

    def laid_over(self, robot: RobotDescription) -> RobotDescription:
        """Return the robot with its cameras where they were measured."""
        return replace(robot, cameras=tuple(self._placed(camera) for camera in robot.cameras))

    def _placed(self, camera: CameraDescription) -> CameraDescription:
        mount = self.mounts.get(camera.name)
        if mount is None:
            return camera
        return replace(camera, mounted_on=mount.mounted_on, xyz_m=mount.xyz_m, rpy_rad=mount.rpy_rad)


def calibration_file(robot: str, name: str) -> Path | None:
    """Return where a robot's calibration is kept; it need not exist. None for an empty name.

    Args:
        robot: Name of the robot.
        name: ``user``, or a path with a ``/`` in it to a folder or a YAML file, or empty.

    Raises:
        ConfigError: It is none of these.
    """
    place = calibration_folder(name)
    return place if place is None or place.suffix == ".yaml" else place / f"{robot}.yaml"


def load_calibration(robot: RobotDescription, name: str) -> RobotCalibration:
    """Return what was measured of a robot; nothing where there is no file.

    Args:
        robot: The robot.
        name: As for :func:`calibration_file`.

    Raises:
        ConfigError: The file is wrong, of another robot, or speaks of a camera that the robot has not.
    """
    path = calibration_file(robot.name, name)
    if path is None or not path.is_file():
        return RobotCalibration(robot.name)
    calibration = load_yaml(RobotCalibration, path)
    if calibration.robot != robot.name:
        raise ConfigError(f"it was measured of the robot {calibration.robot}, not of {robot.name}", where=str(path))
    known = [camera.name for camera in robot.cameras]
    if unknown := sorted({*calibration.lenses, *calibration.mounts} - set(known)):
        raise ConfigError(f"{robot.name} has no camera {', '.join(unknown)}", where=str(path), permitted=known)
    return calibration


def save_calibration(calibration: RobotCalibration, path: Path) -> None:
    """Write a robot's calibration, whole or not at all.

    Raises:
        DataError: It cannot be written.
    """
    text = _HEAD.format(robot=calibration.robot) + yaml.safe_dump(destructure(calibration), sort_keys=False)
    unfinished = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", where=str(path)) from error
