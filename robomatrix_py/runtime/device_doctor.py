"""Checks the real arm and base of a robot: drivers' packages, files, ports, servos. Nothing moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from robomatrix_py.contracts.errors import RobomatrixError
from robomatrix_py.runtime.findings import Check, Level
from robomatrix_py.settings.base_devices import make_base_device
from robomatrix_py.settings.devices import MOCK, DeviceChoice, DeviceSettings, make_device
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import find_folder


def examine_device(name: str, settings: DeviceSettings) -> list[Check]:
    """Check the arm and the base of a robot, as far as it has drivers for real ones.

    Args:
        name: Robot.
        settings: Where it is.
    """
    try:
        robot = load_robot(name)
    except RobomatrixError as error:
        return [_failed("robot", error, "correct the file that the message names")]
    checks = _examine(name, "arm", robot.driver, lambda: make_device(robot, "real", settings))
    if robot.base is not None:
        checks += _examine(name, "base", robot.base.driver, lambda: make_base_device(robot, "real", settings))
    return checks


def _examine(name: str, part: str, drivers: Mapping[str, str], make: Callable[[], DeviceChoice[Any]]) -> list[Check]:
    if "real" not in drivers:
        return [Check(part, Level.WARNING, f"{name} has no driver for a real {part} yet", "it runs with --mode sim")]
    try:
        choice = make()
    except RobomatrixError as error:
        return [_failed(part, error, "correct the file that the message names")]
    checks = [Check(f"{part} driver", Level.OK, f"{choice.kind}, {choice.rate_hz:g} set points a second")]
    if choice.kind == MOCK:
        return checks
    guide = find_folder("hardware", name, "robot.yaml") / "README.md"
    began_s = time.monotonic()
    try:
        found = choice.device.probe()
    except RobomatrixError as error:
        return [*checks, _failed(part, error, f"see {guide}")]
    finally:
        choice.device.close()
    took_ms = 1e3 * (time.monotonic() - began_s)
    return [*checks, Check(part, Level.OK, f"{found}, asked in {took_ms:.0f} ms; nothing was moved")]


def _failed(part: str, error: RobomatrixError, advice: str) -> Check:
    return Check(part, Level.FAILED, str(error), error.remedy or advice)
