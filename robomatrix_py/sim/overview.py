"""The scene's own camera, and with it all that films a run."""

from __future__ import annotations

from robomatrix_py.contracts.robot import CameraDescription, RobotDescription

OVERVIEW = CameraDescription("overview", width_px=640, height_px=480, rate_hz=15.0)
"""A camera of the scene, not of the robot, that shows where a mobile robot is: for videos, never for perception."""


def filming_cameras(robot: RobotDescription) -> tuple[CameraDescription, ...]:
    """Return what shows a run in simulation to people: the scene's camera where the robot moves about, then its own."""
    return robot.cameras if robot.base is None else (OVERVIEW, *robot.cameras)
