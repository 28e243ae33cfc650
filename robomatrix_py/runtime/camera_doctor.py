"""Checks the real cameras of a robot: each is opened, takes a picture, and is closed again."""

from __future__ import annotations

from robomatrix_py.contracts.errors import RobomatrixError
from robomatrix_py.runtime.findings import Check, Level
from robomatrix_py.settings.cameras import CameraChoice, CameraSettings, make_cameras
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import find_folder

_ASSIGN = "such as: --set 'cameras.devices={%s:realsense_d435@SERIAL}'; see docs/cameras.md"


def examine_cameras(name: str, settings: CameraSettings) -> list[Check]:
    """Check the cameras of a robot to which a device is assigned.

    Args:
        name: Robot.
        settings: Which cameras they are.
    """
    try:
        robot = load_robot(name)
        choices = make_cameras(robot, settings)
    except RobomatrixError as error:
        return [Check("cameras", Level.FAILED, str(error), error.remedy or "correct the file that the message names")]
    checks = [_examine(choice) for choice in choices]
    assigned = {choice.camera.name for choice in choices}
    if missing := [camera.name for camera in robot.cameras if camera.name not in assigned]:
        advice = _ASSIGN % missing[0]
        checks.append(Check("cameras", Level.WARNING, f"no device is assigned to {', '.join(missing)}", advice))
    return checks


def _examine(choice: CameraChoice) -> Check:
    guide = find_folder("hardware", choice.kind.name, "camera.yaml") / "README.md"
    try:
        found = choice.device.probe()
    except RobomatrixError as error:
        return Check(choice.camera.name, Level.FAILED, str(error), error.remedy or f"see {guide}")
    finally:
        choice.device.close()
    return Check(choice.camera.name, Level.OK, found)
