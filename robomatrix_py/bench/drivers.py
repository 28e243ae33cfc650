"""How long a driver takes from a command to the bytes of the set point on the wire."""

from __future__ import annotations

import gc
import os
import pty
import time
import tty
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from robomatrix_py.bench.deaf import DeafDevice
from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.errors import DeviceError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.contracts.statistics import spread
from robomatrix_py.drivers.arm import DeviceArmDriver
from robomatrix_py.drivers.calibration import Calibration
from robomatrix_py.drivers.config import DriverConfig
from robomatrix_py.drivers.dynamixel.bus import DynamixelBus
from robomatrix_py.drivers.feetech.bus import FeetechBus
from robomatrix_py.drivers.mock.device import MockArmDevice
from robomatrix_py.drivers.servo_arm import ServoArmConfig, ServoArmDevice
from robomatrix_py.settings.robots import load_robot
from robomatrix_py.settings.share import find_folder
from robomatrix_py.settings.yaml_file import load_yaml

_BUSES: dict[str, type[FeetechBus] | type[DynamixelBus]] = {"so101": FeetechBus, "vx300s": DynamixelBus}


def measure_drivers(count: int) -> dict[str, Any]:
    """Measure the drivers of the servo arms.

    Args:
        count: Commands each.

    Returns:
        By robot: bytes of a set point, and milliseconds from the call with a command until its bytes are written.
    """
    return {name: _measure(load_robot(name), count) for name in _BUSES}


def _measure(robot: RobotDescription, count: int) -> dict[str, Any]:
    folder = find_folder("hardware", robot.name, "device.yaml")
    master, slave = pty.openpty()
    tty.setraw(slave)
    config = replace(load_yaml(ServoArmConfig, folder / "device.yaml"), address=os.ttyname(slave))
    bus = _BUSES[robot.name](config.address, config.baud)
    calibration = load_yaml(Calibration, Path(folder) / "calibration.yaml")
    arm = DeafDevice(ServoArmDevice(robot, config, calibration, bus), MockArmDevice(robot), bus.open, bus.close)
    driver = DeviceArmDriver(robot, arm, DriverConfig())
    period_s = 1.0 / config.rate_hz
    times_ms, size = [], 0
    try:
        now_s = 0.0
        driver.update(now_s)
        gc.collect()
        gc.freeze()
        for i in range(count):
            now_s += period_s
            positions = robot.home + 0.05 * np.sin(now_s)
            command = JointCommand(robot.joint_names, positions, np.zeros(len(positions)), 0.5, period_s)
            began_s = time.perf_counter()
            refusal = driver.command(command, now_s)
            driver.update(now_s)
            times_ms.append(1e3 * (arm.written_s - began_s))
            if refusal or not (size := len(os.read(master, 4096))):
                raise DeviceError(f"command {i} was not sent: {refusal}", where=robot.name)
    finally:
        gc.unfreeze()
        driver.close()
        os.close(master)
        os.close(slave)
    return {"commands": count, "set_point_bytes": size, "command_to_bytes_ms": spread(times_ms)}
