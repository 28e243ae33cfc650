"""Makes the device of a robot's base."""

from __future__ import annotations

from dataclasses import dataclass

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.device import BaseDevice
from robomatrix_py.drivers.mock.base import MockBaseDevice
from robomatrix_py.settings.devices import MOCK, driver_kind

_MOCK_RATE_HZ = 50.0


@dataclass(frozen=True)
class BaseDeviceChoice:
    """A base's device that was made, and how often it wants a velocity.

    Args:
        device: The device.
        rate_hz: Velocities a second.
        kind: Its family, or `MOCK`.
        address: Where it is; empty for a mocked one.
    """

    device: BaseDevice
    rate_hz: float
    kind: str
    address: str = ""


def make_base_device(robot: RobotDescription, mode: str) -> BaseDeviceChoice:
    """Return the device of a robot's base in mode ``real`` or ``mock``. Nothing is opened yet.

    Raises:
        ConfigError: The robot has none in this mode.
    """
    kind = driver_kind(robot, mode)
    if kind != MOCK:
        where = f"hardware/{robot.name}/robot.yaml: driver.{mode}"
        raise ConfigError(f"no driver '{kind}' for a base", where=where, permitted=[MOCK])
    return BaseDeviceChoice(MockBaseDevice(), _MOCK_RATE_HZ, MOCK)
