"""Checks the real arm of a robot: its driver's package, its files, its port, its servos. Nothing moves."""

from __future__ import annotations

import time

from robomatrix_py.contracts.errors import ConfigError, EnvironmentFault, RobomatrixError
from robomatrix_py.runtime.findings import Check, Level
from robomatrix_py.settings.devices import MOCK, DeviceSettings, make_device
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import find_folder

_NAME = "arm"


def examine_device(name: str, settings: DeviceSettings) -> list[Check]:
    """Check the arm of a robot, as far as it has a driver for a real one.

    Args:
        name: Robot.
        settings: Where its arm is.
    """
    try:
        robot = load_robot(name)
        if "real" not in robot.driver:
            return [Check(_NAME, Level.WARNING, f"{name} has no driver for a real arm yet", "it runs with --mode sim")]
        choice = make_device(robot, "real", settings)
    except RobomatrixError as error:
        advice = error.remedy or "correct the file that the message names"
        return [Check(_NAME, Level.FAILED, str(error), advice)]
    checks = [Check("arm driver", Level.OK, f"{choice.kind}, {choice.rate_hz:g} set points a second")]
    if choice.kind == MOCK:
        return checks
    guide = find_folder("hardware", name, "robot.yaml") / "README.md"
    began_s = time.monotonic()
    try:
        found = choice.device.probe()
    except (ConfigError, EnvironmentFault) as error:
        return [*checks, Check(_NAME, Level.FAILED, str(error), error.remedy)]
    except RobomatrixError as error:
        return [*checks, Check(_NAME, Level.FAILED, str(error), error.remedy or f"see {guide}")]
    finally:
        choice.device.close()
    took_ms = 1e3 * (time.monotonic() - began_s)
    return [*checks, Check(_NAME, Level.OK, f"{found}, asked in {took_ms:.0f} ms; nothing was moved")]
